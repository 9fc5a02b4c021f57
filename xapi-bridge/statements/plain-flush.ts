import { safeInteger } from '../../foundation/database/codec.ts'
import type { Lines, Send } from '../../foundation/database/lines.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { type Flushed, literalLists, literalOf, type Plan, planned, type Sequence } from './flush.ts'
import { isPlain, plainTexts } from './insert.ts'
import type { Writing } from './writing.ts'

/** How long one text may be, before its last statement: what a server takes by default is four times as much. */
const largestText = 4 * 1024 * 1024

/** Whether every statement of these requests is written by its row and its references alone. */
export function arePlain(writings: Writing[]): boolean {
  return writings.every((writing) => writing.statements.every((statement) => isPlain(writing, statement)))
}

/**
 * What plain requests will write where the sequence stands as expected. Null if they repeat each other: that is for the
 * whole flush.
 */
export function planAfter(writings: Writing[], expected: Sequence, now: Instant): Plan | null {
  const plan = planned(writings, new Map(), expected, now)
  return isMixed(plan) ? null : plan
}

/**
 * The flush of plain requests by a process that knows where the sequence stands, since it wrote last: all of it is one
 * text, and the server is waited for once. Throws, with nothing written, if the sequence stands elsewhere
 * (`isMisplaced`) or an id is here already.
 *
 * The order of seq is the order of commit here too (S1): the first statement of the text locks the sequence. A flush may
 * be sent while the one that it expects is under way: it waits for that lock, and fails if that one failed.
 */
export function flushAfter(
  lines: Lines,
  { written, rows, after }: Plan,
  expected: Sequence,
): Promise<Flushed> {
  return lines.transact(async (send) => {
    await sendAll(send, ['BEGIN', moveFrom(expected, after), ...plainTexts(rows, after.lastStored), 'COMMIT'])
    return { written, after }
  })
}

/**
 * The flush of plain requests when it must be asked first where the sequence stands, or whether an id is here already
 * (`search`): two texts. Null, with nothing written, if one is, or if a statement awaits one of these: that is for the
 * whole flush.
 */
export function flushAsking(
  lines: Lines,
  writings: Writing[],
  now: Instant,
  search: 'none' | 'sent',
): Promise<Flushed | null> {
  return lines.transact(async (send) => {
    const asked = questions(writings, search)
    const answers = await send(['BEGIN', lockText, ...asked].join(';'))
    const [row] = answers[1] as Record<string, unknown>[]
    const sequence = sequenceOf(row as Record<string, unknown>)
    const plan = planned(writings, new Map(), sequence, now)
    const isFound = answers.slice(2).some((found) => (found as unknown[]).length > 0)
    if (isFound || isMixed(plan)) {
      await send('ROLLBACK')
      return null
    }
    const { after, written, rows } = plan
    await sendAll(send, [...plainTexts(rows, after.lastStored), moveTo(after), 'COMMIT'])
    return { written, after }
  })
}

/** Whether a flush failed because the sequence does not stand where it was expected. Nothing was written then. */
export function isMisplaced(error: unknown): boolean {
  return (error as { errno?: number }).errno === 1048
}

/** Requests that have something in common: an id twice, so not all of them are simply stored. */
function isMixed({ written, lines }: Plan): boolean {
  return lines.length > 0 || written.some((one) => one.outcome === 'conflict' || one.duplicates > 0)
}

const lockText = 'SELECT next_seq, last_stored, targets FROM statement_sequence WHERE id = 1 FOR UPDATE'

function sequenceOf(row: Record<string, unknown>): Sequence {
  return {
    nextSeq: safeInteger(row.next_seq),
    lastStored: asInstant(safeInteger(row.last_stored)),
    targets: safeInteger(row.targets),
  }
}

function moveTo({ nextSeq, lastStored }: Sequence): string {
  return `UPDATE statement_sequence SET next_seq = ${nextSeq}, last_stored = ${lastStored} WHERE id = 1`
}

/**
 * Moves the sequence if it stands where it is expected, else fails: NULL is no value of that column, and the text ends
 * there. The condition stands first, since the assignments are made in their order.
 */
function moveFrom(expected: Sequence, after: Sequence): string {
  const stands = `next_seq = ${expected.nextSeq} AND last_stored = ${expected.lastStored} AND targets = 0`
  return `UPDATE statement_sequence SET last_stored = IF(${stands}, ${after.lastStored}, NULL), next_seq = ${after.nextSeq} WHERE id = 1`
}

/** Whether an id that a client chose is here already, and whether a statement that is here refers to a new one. */
function questions(writings: Writing[], search: 'none' | 'sent'): string[] {
  const byStore = new Map<Id, { all: Id[]; sent: Id[] }>()
  for (const { storeId, statements } of writings) {
    const ids = byStore.get(storeId) ?? { all: [], sent: [] }
    for (const { id, idSent } of statements) {
      ids.all.push(id)
      if (idSent && search === 'sent') ids.sent.push(id)
    }
    byStore.set(storeId, ids)
  }
  const asked: string[] = []
  for (const [storeId, { all, sent }] of byStore) {
    const where = `WHERE store_id = ${literalOf(storeId)} AND`
    for (const list of literalLists(sent))
      asked.push(`SELECT 1 FROM statement ${where} statement_id IN (${list}) LIMIT 1`)
    for (const list of literalLists(all))
      asked.push(`SELECT 1 FROM statement_target ${where} target_id IN (${list}) LIMIT 1`)
  }
  return asked
}

/** Sends statements in as few texts as their length allows, one after the other. */
async function sendAll(send: Send, statements: string[]): Promise<void> {
  let text = ''
  for (const statement of statements) {
    text += text === '' ? statement : `;${statement}`
    if (text.length < largestText) continue
    await send(text)
    text = ''
  }
  if (text !== '') await send(text)
}
