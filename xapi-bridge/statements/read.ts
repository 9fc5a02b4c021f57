import type { Knex } from 'knex'
import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import { flag } from './flags.ts'

/** One statement as it is kept: the bytes that came and what we noted about them. */
export interface StoredStatement {
  seq: number
  sourceId: Id
  storeId: Id
  id: Id
  /** Exactly the bytes received: it may lack id, timestamp, stored and authority. */
  raw: Buffer
  /** When it happened, by its own timestamp; the time of storing where it has none. */
  occurred: Instant
  stored: Instant
  timestampAssumed: boolean
  voiding: boolean
  flags: number
}

/** A row of table `statement`. */
export interface StatementRow {
  seq: number
  store_id: Buffer
  statement_id: Buffer
  source_id: Buffer
  credential_id: Buffer
  raw: Buffer
  occurred: number
  stored: number
  version: number
  flags: number
}

/** The columns of `StatementRow`. */
export const statementColumns = [
  'seq',
  'store_id',
  'statement_id',
  'source_id',
  'credential_id',
  'raw',
  'occurred',
  'stored',
  'version',
  'flags',
].map((column) => `statement.${column}`)

/**
 * Statements of all sources in the order in which they became visible, after `seq`, at most `limit`.
 *
 * A reader that remembers the last seq it saw never misses one: nothing below a visible seq appears later. Voided and
 * voiding statements are among them.
 */
export async function statementsAfter(
  handle: Handle,
  { seq, limit }: { seq: number; limit: number },
): Promise<StoredStatement[]> {
  const next = handle('statement').where('seq', '>', seq).orderBy('seq').limit(limit)
  const rows: StatementRow[] = await handle('statement')
    .select(statementColumns)
    .whereIn('seq', await firstWithin(handle, await seqsOf(next)))
    .orderBy('seq')
  return rows.map(storedOf)
}

/** How many bytes of statements are taken into memory at once: one of them may have megabytes, and a batch hundreds of them. */
export const mostReadBytes = 16 * 1024 * 1024

/** The seqs that a query over `statement` finds, in its order. */
export async function seqsOf(query: Knex.QueryBuilder): Promise<number[]> {
  const rows: { seq: unknown }[] = await query.select('seq')
  return rows.map((row) => safeInteger(row.seq))
}

/** As many of these, from the first on, as may be in memory at once; the first however large it is. */
export async function firstWithin(handle: Handle, seqs: readonly number[]): Promise<number[]> {
  if (seqs.length < 2) return [...seqs]
  const lengths = new Map<number, number>()
  for (let from = 0; from < seqs.length; from += 500) {
    const rows: { seq: unknown; length: unknown }[] = await handle('statement')
      .select('seq', handle.raw('LENGTH(raw) AS length'))
      .whereIn('seq', seqs.slice(from, from + 500))
    for (const { seq, length } of rows) lengths.set(safeInteger(seq), safeInteger(length))
  }
  let bytes = 0
  const beyond = seqs.findIndex((seq, n) => {
    bytes += lengths.get(seq) ?? 0
    return n > 0 && bytes > mostReadBytes
  })
  return beyond < 0 ? [...seqs] : seqs.slice(0, beyond)
}

/** The statements of these seqs, in the order of seq; unknown ones are absent. */
export async function statementsAt(handle: Handle, seqs: readonly number[]): Promise<StoredStatement[]> {
  const found: StoredStatement[] = []
  const wanted = [...new Set(seqs)].sort((a, b) => a - b)
  for (let from = 0; from < wanted.length; from += 500) {
    const rows: StatementRow[] = await handle('statement')
      .select(statementColumns)
      .whereIn('seq', wanted.slice(from, from + 500))
      .orderBy('seq')
    found.push(...rows.map(storedOf))
  }
  return found
}

/** The statement of that id in one store, voided or not; null if it is not there (yet). */
export async function statementById(handle: Handle, storeId: Id, id: Id): Promise<StoredStatement | null> {
  const row: StatementRow | undefined = await handle('statement')
    .first(statementColumns)
    .where({ store_id: idBytes(storeId), statement_id: uuidBytes(id) })
  return row ? storedOf(row) : null
}

/** The last seq that is visible; 0 before the first statement. */
export async function lastSeq(handle: Handle): Promise<number> {
  const row: { next_seq: unknown } | undefined = await handle('statement_sequence').first('next_seq')
  return row ? safeInteger(row.next_seq) - 1 : 0
}

/** The value of a row, in the words of code. */
export function storedOf(row: StatementRow): StoredStatement {
  return {
    seq: safeInteger(row.seq),
    sourceId: idText(row.source_id),
    storeId: idText(row.store_id),
    id: uuidText(row.statement_id),
    raw: row.raw,
    occurred: asInstant(safeInteger(row.occurred)),
    stored: asInstant(safeInteger(row.stored)),
    timestampAssumed: (row.flags & flag.timestampAssumed) !== 0,
    voiding: (row.flags & flag.voiding) !== 0,
    flags: row.flags,
  }
}
