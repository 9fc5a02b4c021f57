import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, isoOf } from '../../foundation/time.ts'
import { uuidText } from '../language/uuid.ts'
import { flag } from '../statements/flags.ts'

/** One statement of a receipt: what became of it so far. */
export interface ReceiptLine {
  statement_id: Id | null
  /** What the request did with it: accepted, duplicate, conflict or refused. */
  received: 'accepted' | 'duplicate' | 'conflict' | 'refused'
  /**
   * The same, or accepted of what was mended; then what the conversion has made of it: ignored, evidence, parked,
   * quarantined, claimed.
   */
  status: string
  /** Place in its request, counted from 0; absent where that is not known. */
  index?: number
  stored?: string
  seq?: number
  /** Under which receipt it was stored. */
  receipt?: Id
  /** Of what was refused and a person decided on: mended and replayed, left out of the replay, or set aside. */
  settled?: 'mended' | 'left_out' | 'dismissed'
  settled_at?: string
  /** The receipt of the request in which it was refused. */
  refused_receipt?: Id
  /** Of what was mended: the faults for which it was refused. */
  refused_for?: { pointer: string; code: string }[]
  [more: string]: unknown
}

/** Says what the conversion has made of statements, by seq; one that it has not reached yet is absent. */
export type ConversionStatesOf = (
  handle: Handle,
  seqs: number[],
) => Promise<Map<number, { status: string; [more: string]: unknown }>>

/** A stored statement as lines of receipts need it. */
export interface StoredRow {
  seq: unknown
  statement_id: Buffer
  stored: unknown
  receipt_id: Buffer
  flags: number
}

/** The columns of `StoredRow`. */
export const storedColumns = ['seq', 'statement_id', 'stored', 'receipt_id', 'flags']

/** Statements of a source by their ids, wherever they were stored; its store is found by the source. */
export async function storedById(
  handle: Handle,
  sourceId: Id,
  ids: readonly Buffer[],
): Promise<Map<Id, StoredRow>> {
  const found = new Map<Id, StoredRow>()
  for (let from = 0; from < ids.length; from += 500) {
    const rows: StoredRow[] = await handle('statement')
      .select(storedColumns)
      .where(
        'store_id',
        handle('source')
          .select('store_id')
          .where({ source_id: idBytes(sourceId) }),
      )
      .whereIn('statement_id', ids.slice(from, from + 500))
      .andWhere({ source_id: idBytes(sourceId) })
    for (const row of rows) found.set(uuidText(row.statement_id), row)
  }
  return found
}

/** Makes the line of one of these rows. `accepted` becomes `refused` for what got in by a replay alone. */
export type LineOf = (row: StoredRow, received: ReceiptLine['received']) => ReceiptLine

/** What became of stored statements, for the lines that speak of them. */
export async function linesFor(
  handle: Handle,
  rows: readonly StoredRow[],
  statesOf: ConversionStatesOf | undefined,
): Promise<LineOf> {
  const seqs = rows.map(({ seq }) => safeInteger(seq))
  const states = statesOf && seqs.length > 0 ? await statesOf(handle, seqs) : new Map<number, object>()
  const replays = await replaysOf(handle, rows)
  return (row, received) => {
    const seq = safeInteger(row.seq)
    const replayed = received === 'accepted' ? replays.get(seq) : undefined
    return {
      statement_id: uuidText(row.statement_id),
      seq,
      stored: isoOf(asInstant(safeInteger(row.stored))),
      receipt: uuidText(row.receipt_id),
      received,
      // However it came in, it is stored: until it is read that is all there is to say.
      status: received === 'duplicate' ? received : 'accepted',
      ...states.get(seq),
      ...replayed,
    }
  }
}

type Replay = Pick<ReceiptLine, 'received' | 'settled' | 'settled_at' | 'refused_receipt'>

/** Of those that a person mended and replayed: where they were refused, by seq. */
async function replaysOf(handle: Handle, stored: readonly StoredRow[]): Promise<Map<number, Replay>> {
  const replays = new Map<number, Replay>()
  const seqs = stored.filter(({ flags }) => flags & flag.replayed).map(({ seq }) => safeInteger(seq))
  for (let from = 0; from < seqs.length; from += 500) {
    const rows: Record<string, unknown>[] = await handle('statement_replay as r')
      .leftJoin('rejected_statement as o', function join() {
        this.on('o.rejected_id', 'r.rejected_id').andOn('o.position', 'r.position')
      })
      .whereIn('r.seq', seqs.slice(from, from + 500))
      .select('r.seq', 'r.rejected_id', 'r.replayed_at', 'o.status')
    for (const row of rows)
      replays.set(safeInteger(row.seq), {
        received: row.status === 409 ? 'conflict' : 'refused',
        settled: 'mended',
        settled_at: isoOf(asInstant(safeInteger(row.replayed_at))),
        refused_receipt: idText(row.rejected_id as Buffer),
      })
  }
  return replays
}
