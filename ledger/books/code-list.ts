import type { Handle, Trx } from '../../foundation/database/connect.ts'
import {
  actKinds,
  actReasons,
  claimKinds,
  factKinds,
  inboxReasons,
  inboxStates,
  roles,
} from '../claims/claim.ts'
import type { CodeWords } from '../claims/code-words.ts'
import { waitingReasons, whys } from '../policy/evaluation.ts'
import {
  buckets,
  causeKinds,
  entryKinds,
  exceptionKinds,
  levelWords,
  outboxStates,
  outboxTopics,
  postingKinds,
} from './words.ts'

/** Lists whose words come from policies and the catalogue, not from code. The empty word is 0 in each. */
export type OpenList = 'category' | 'form'

/** The numbers of the words of the open lists, as one transaction sees them. */
export interface CodeList {
  /** The number of a word; throws for a word that `ensureWords` did not see. */
  code(list: OpenList, word: string): number
  /** The word of a number; a number without a word gives a text that no word is, so that it shows. */
  word(list: OpenList, code: number): string
}

/** Reads the words of the open lists and gives a number to those that have none yet. */
export async function ensureWords(trx: Trx, words: Iterable<[OpenList, string]>): Promise<CodeList> {
  const known = await readRows(trx)
  const newest: Record<string, number> = {}
  for (const { list, code } of known) newest[list] = Math.max(newest[list] ?? 0, code)
  const codes = new Map(known.map(({ list, code, word }) => [`${list}\t${word}`, code]))
  for (const [list, word] of words) {
    if (word === '' || codes.has(`${list}\t${word}`)) continue
    const code = (newest[list] ?? 0) + 1
    await trx('code_word').insert({ list, code, word })
    newest[list] = code
    codes.set(`${list}\t${word}`, code)
    known.push({ list, code, word })
  }
  return codeListOf(known)
}

/** The words of the open lists as they are. */
export async function readWords(handle: Handle): Promise<CodeList> {
  return codeListOf(await readRows(handle))
}

interface WordRow {
  list: string
  code: number
  word: string
}

async function readRows(handle: Handle): Promise<WordRow[]> {
  const rows: WordRow[] = await handle('code_word')
    .select('list', 'code', 'word')
    .whereIn('list', ['category', 'form'] satisfies OpenList[])
  return rows
}

function codeListOf(rows: readonly WordRow[]): CodeList {
  const codes = new Map(rows.map(({ list, code, word }) => [`${list}\t${word}`, code]))
  const words = new Map(rows.map(({ list, code, word }) => [`${list}\t${code}`, word]))
  return {
    code(list, word) {
      if (word === '') return 0
      const code = codes.get(`${list}\t${word}`)
      if (code === undefined) throw new RangeError(`${list}: the word has no number`)
      return code
    },
    word: (list, code) => (code === 0 ? '' : (words.get(`${list}\t${code}`) ?? `\u0000${code}`)),
  }
}

const closedLists: CodeWords<string>[] = [
  claimKinds,
  roles,
  actKinds,
  actReasons,
  inboxStates,
  inboxReasons,
  factKinds,
  whys,
  waitingReasons,
  postingKinds,
  causeKinds,
  entryKinds,
  buckets,
  levelWords,
  exceptionKinds,
  outboxTopics,
  outboxStates,
]

/**
 * Writes the words of code into `code_word`, for readers of SQL; what is there stays. To be called after migrations.
 * Nothing reads these rows back: in code the constants decide.
 */
export async function mirrorCodeWords(trx: Trx): Promise<void> {
  const rows: WordRow[] = await trx('code_word').select('list', 'code', 'word')
  const known = new Set(rows.map(({ list, code }) => `${list}\t${code}`))
  for (const list of closedLists) {
    for (const word of list.words) {
      const code = list.code(word)
      if (known.has(`${list.name}\t${code}`)) continue
      await trx('code_word').insert({ list: list.name, code, word })
    }
  }
}
