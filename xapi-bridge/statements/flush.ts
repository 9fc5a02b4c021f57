import { selectText } from '../../foundation/database/bulk.ts'
import { safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { type Row as Line, lockForUpdate } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { isSameStatement } from '../language/same.ts'
import { hexOf, uuidText } from '../language/uuid.ts'
import type { Version } from '../language/version.ts'
import { insertFlush } from './insert.ts'
import type { Prepared } from './prepare.ts'
import { insertLines, linesUnder, receiptFor } from './receipt-lines.ts'
import { isSealedText } from './sealed.ts'
import type { Row, Writing } from './writing.ts'

/** What became of one request: stored (or all here already), or refused because of these statements. */
export type Written =
  | { outcome: 'stored'; receipt: Id; accepted: number; duplicates: number; conflicts: number[] }
  | { outcome: 'conflict'; conflicts: number[] }

/** What one flush did: each request's fate, and what the sequence is once it is committed. */
export interface Flushed {
  written: Written[]
  after: Sequence
}

/**
 * Which ids are looked up before writing. none: a repeat makes the unique key fail the flush, which then runs again with
 * `sent` · sent: ids that clients chose · all: also ids that we made; after a lost COMMIT they may be here.
 */
export type Search = 'none' | 'sent' | 'all'

/** The row that orders all flushes, locked until the transaction ends. */
export interface Sequence {
  nextSeq: number
  lastStored: Instant
  /** How many statements so far have another as object. While there are none, nothing can be awaited. */
  targets: number
}

const millisecond = 1000

/**
 * Writes several requests in one transaction and says what became of each, in order.
 *
 * The sequence row is locked first and held to the commit, so the order of seq is the order of becoming visible (S1): a
 * reader that has seen n never finds something new below n, however many bridges write. `stored` grows with every flush
 * by a millisecond at least, so that `since` parts two flushes.
 */
export async function flush(trx: Trx, writings: Writing[], now: Instant, search: Search): Promise<Flushed> {
  const sequence = await lockSequence(trx)
  const plan = planned(writings, await findKnown(trx, writings, search), sequence, now)
  await insertLines(trx, plan.lines)
  if (plan.rows.length > 0) {
    const { nextSeq, lastStored, targets } = plan.after
    await insertFlush(trx, plan.rows, lastStored, targets > 0)
    await trx('statement_sequence')
      .where({ id: 1 })
      .update({ next_seq: nextSeq, last_stored: lastStored, targets })
  }
  return { written: plan.written, after: plan.after }
}

/** What a flush will write, and what it will leave the sequence at. */
export interface Plan {
  written: Written[]
  rows: Row[]
  /** Rows of `receipt_line`. */
  lines: Line[]
  /** The same as before where nothing is written. */
  after: Sequence
}

/** Decides what becomes of each request, given what is here already and where the sequence stands. */
export function planned(
  writings: Writing[],
  known: Map<string, Known>,
  sequence: Sequence,
  now: Instant,
): Plan {
  const rows: Row[] = []
  const lines: Line[] = []
  const written: Written[] = []
  let { nextSeq, targets } = sequence
  for (const writing of writings) {
    const fates = sort(writing, known)
    const { fresh, conflicts, repeats } = fates
    if (conflicts.length > 0 && !writing.quiet) {
      written.push({ outcome: 'conflict', conflicts })
      continue
    }
    const receipt = receiptFor(fates, nextSeq)
    lines.push(...linesUnder(receipt, writing, fates, now))
    for (const statement of fresh) {
      const { sha256, text } = statement
      known.set(keyOf(writing.storeId, statement.id), { sha256, text, receipt })
      rows.push({ seq: nextSeq++, writing, statement, receipt })
      if (statement.target !== null) targets++
    }
    const counts = { accepted: fresh.length, duplicates: repeats.length, conflicts }
    written.push({ outcome: 'stored', receipt, ...counts })
  }
  const lastStored = rows.length > 0 ? nextStored(sequence, now) : sequence.lastStored
  return { written, rows, lines, after: { nextSeq, lastStored, targets } }
}

/** Moves the watermark to now without storing anything, and returns it; another bridge may have moved it further. */
export async function advanceWatermark(trx: Trx, now: Instant): Promise<Instant> {
  const { lastStored } = await lockSequence(trx)
  if (lastStored >= now - millisecond) return lastStored
  const stored = wholeMillisecond(now)
  await trx('statement_sequence').where({ id: 1 }).update({ last_stored: stored })
  return stored
}

async function lockSequence(trx: Trx): Promise<Sequence> {
  const row = await lockForUpdate(
    trx('statement_sequence').where({ id: 1 }).first('next_seq', 'last_stored', 'targets'),
  )
  return {
    nextSeq: safeInteger(row.next_seq),
    lastStored: asInstant(safeInteger(row.last_stored)),
    targets: safeInteger(row.targets),
  }
}

function nextStored({ lastStored }: Sequence, now: Instant): Instant {
  return Math.max(wholeMillisecond(now), lastStored + millisecond) as Instant
}

function wholeMillisecond(instant: Instant): Instant {
  return (instant - (instant % millisecond)) as Instant
}

/** A statement that is here already, in the database or earlier in the same flush. */
export interface Known {
  sha256: string
  receipt: Id
  /** Of one in the same flush. What the database holds may be long, so it was compared where it was read. */
  text?: string
  /** Statements of this flush with other bytes that say the same as the one in the database. */
  same?: Set<Prepared>
}

function keyOf(storeId: Id, id: Id): string {
  return `${storeId} ${id}`
}

async function findKnown(trx: Trx, writings: Writing[], search: Search): Promise<Map<string, Known>> {
  const known = new Map<string, Known>()
  if (search === 'none') return known
  const byStore = new Map<Id, Id[]>()
  for (const { storeId, statements } of writings) {
    const ids = byStore.get(storeId) ?? []
    for (const { idSent, id } of statements) if (idSent || search === 'all') ids.push(id)
    byStore.set(storeId, ids)
  }
  for (const [storeId, ids] of byStore) {
    for (const list of literalLists(ids)) {
      const rows = await selectText<{ statement_id: Buffer; sha256: Buffer; receipt_id: Buffer }>(
        trx,
        `SELECT statement_id, sha256, receipt_id FROM statement WHERE store_id = ${literalOf(storeId)} AND statement_id IN (${list})`,
      )
      for (const row of rows)
        known.set(keyOf(storeId, uuidText(row.statement_id)), {
          sha256: row.sha256.toString('hex'),
          receipt: uuidText(row.receipt_id),
        })
    }
  }
  if (known.size > 0) await compareOthers(trx, writings, known)
  return known
}

/** Compares repeats that have other bytes with what is stored, one stored statement at a time: each may be megabytes. */
async function compareOthers(trx: Trx, writings: Writing[], known: Map<string, Known>): Promise<void> {
  for (const { storeId, statements, version } of writings)
    for (const statement of statements) {
      const earlier = known.get(keyOf(storeId, statement.id))
      if (!earlier || earlier.sha256 === statement.sha256) continue
      const [row] = await selectText<{ raw: Buffer }>(
        trx,
        `SELECT raw FROM statement WHERE store_id = ${literalOf(storeId)} AND statement_id = ${literalOf(statement.id)}`,
      )
      const text = row?.raw.toString()
      if (text === undefined || !isRepeat(statement, { sha256: earlier.sha256, text }, version)) continue
      earlier.same ??= new Set()
      earlier.same.add(statement)
    }
}

/** Ids as a query lists them, so many at once as it can hold. */
export function literalLists(ids: Id[]): string[] {
  const lists: string[] = []
  for (let from = 0; from < ids.length; from += 500)
    lists.push(
      ids
        .slice(from, from + 500)
        .map(literalOf)
        .join(','),
    )
  return lists
}

/** An id as it stands in a query that is text throughout. */
export function literalOf(id: Id): string {
  return `X'${hexOf(id)}'`
}

interface Sorted {
  fresh: Prepared[]
  repeats: Known[]
  conflicts: number[]
}

function sort({ storeId, statements, version }: Writing, known: Map<string, Known>): Sorted {
  const sorted: Sorted = { fresh: [], repeats: [], conflicts: [] }
  statements.forEach((statement, index) => {
    const earlier = known.get(keyOf(storeId, statement.id))
    if (!earlier) sorted.fresh.push(statement)
    else if (earlier.same?.has(statement) || isRepeat(statement, earlier, version))
      sorted.repeats.push(earlier)
    else sorted.conflicts.push(index)
  })
  return sorted
}

/**
 * Whether a statement says the same as the one that is stored under its id. Equal bytes need no comparison, and nearly
 * every repeat is one.
 */
export function isRepeat(
  statement: Prepared,
  earlier: Pick<Known, 'sha256' | 'text'>,
  version: Version,
): boolean {
  if (statement.sha256 === earlier.sha256) return true
  if (earlier.text === undefined) return false
  const { sealed, text } = statement
  const before = isSealedText(earlier.text) ? (sealed?.open(earlier.text) ?? null) : earlier.text
  return before !== null && isSameStatement(sealed?.plain ?? text, before, version)
}
