import { InvalidInput } from '../foundation/errors.ts'
import { type Id, isId } from '../foundation/ids.ts'

/** An id as it is given to a command. Throws `bad-usage`, which ends the command with 2. */
export function readId(text: string, what: string): Id {
  if (!isId(text)) throw new InvalidInput('bad-usage', `${what} is named by its UUID, as the list shows it`)
  return text
}
