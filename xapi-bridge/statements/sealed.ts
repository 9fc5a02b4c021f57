import type { Config } from '../../foundation/config.ts'
import type { Id } from '../../foundation/ids.ts'
import { keyFor, sealUnder, unsealUnder } from '../../foundation/sealing.ts'

const mark = 'sealed '

/** Makes statements unreadable and readable again; the key stays outside the database. */
export interface StatementSeal {
  /** What is stored instead of a statement that holds an identity number. Text in ASCII, a third longer than what it hides. */
  close(text: string, id: Id): string
  /** The statement as it came; null if it was sealed with another key or for another store or id. */
  open(sealed: string, id: Id): string | null
}

/** The seal of one store, under the identity key. */
export function statementSeal({ identityKey }: Pick<Config, 'identityKey'>, storeId: Id): StatementSeal {
  const key = keyFor(identityKey, 'statement-seal')
  const boundTo = (id: Id) => `statement ${storeId} ${id}`
  return {
    close: (text, id) => mark + sealUnder(key, text, boundTo(id)).toString('base64'),
    open: (sealed, id) => {
      try {
        return unsealUnder(key, Buffer.from(sealed.slice(mark.length), 'base64'), boundTo(id)).toString()
      } catch {
        return null
      }
    },
  }
}

/** Whether a stored text is sealed. No JSON begins like that. */
export function isSealedText(text: string): boolean {
  return text.startsWith(mark)
}
