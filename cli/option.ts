import type { z } from 'zod'
import { InvalidInput } from '../foundation/errors.ts'
import { type Id, isId } from '../foundation/ids.ts'

/** An id as it is given to a command. Throws `bad-usage`, which ends the command with 2. */
export function readId(text: string, what: string): Id {
  if (!isId(text)) throw new InvalidInput('bad-usage', `${what} is named by its UUID, as the list shows it`)
  return text
}

/** A word as it is given to an option. Throws `bad-usage` that names the words there are. */
export function readWord<const Word extends string>(
  text: string,
  words: readonly Word[],
  option: string,
): Word {
  const word = words.find((one) => one === text)
  if (word === undefined) throw new InvalidInput('bad-usage', `${option} takes ${words.join(', ')}`)
  return word
}

/**
 * What options do not take, in the words of options: where a setting goes by the words of a list, that list; else what
 * the check says. `optionOf` names the option of a field.
 */
export function wrongOption(
  error: z.ZodError,
  optionOf: (field: string) => string = (field) => `--${field.replaceAll('_', '-')}`,
): InvalidInput {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys')
    return new InvalidInput('bad-usage', `${issue.keys.map(optionOf).join(', ')} cannot be given here`)
  const field = issue?.path.findLast((part) => typeof part === 'string')
  const option = field === undefined ? 'the options' : optionOf(field)
  const says =
    issue?.code === 'invalid_value'
      ? `takes ${issue.values.map(String).join(', ')}`
      : `is not right: ${issue?.message ?? 'not valid'}`
  return new InvalidInput('bad-usage', `${option} ${says}`)
}
