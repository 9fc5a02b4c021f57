import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
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
import { Overtaken } from './overtaken.ts'
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
  /** Whether a word has a number; the empty word has. */
  has(list: OpenList, word: string): boolean
}

/** Gives a number to words that have none yet, and answers the list with them; `known` itself where none is missing. */
export async function ensureWords(
  trx: Trx,
  known: CodeList,
  words: Iterable<[OpenList, string]>,
): Promise<CodeList> {
  const missing = [...words].filter(([list, word]) => !known.has(list, word))
  if (missing.length === 0) return known
  const rows = await readRows(trx)
  for (const [list, word] of missing) {
    if (rows.some((row) => row.list === list && row.word === word)) continue
    const codes = rows.filter((row) => row.list === list).map(({ code }) => code)
    const row = { list, code: Math.max(0, ...codes) + 1, word }
    await insertWord(trx, row)
    rows.push(row)
  }
  return codeListOf(rows)
}

async function insertWord(trx: Trx, row: WordRow): Promise<void> {
  try {
    await trx('code_word').insert(row)
  } catch (error) {
    // Another worker met a new word at this moment; from the top its number is known.
    if (isDuplicateKey(error)) throw new Overtaken('code_word')
    throw error
  }
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
    has: (list, word) => word === '' || codes.has(`${list}\t${word}`),
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
