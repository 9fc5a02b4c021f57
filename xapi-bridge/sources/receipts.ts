import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, isoOf } from '../../foundation/time.ts'
import { rejectedById } from '../dead-letter/find.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import { firstSeqOf } from '../statements/receipt.ts'

/** One statement of a receipt: what became of it so far. */
export interface ReceiptLine {
  statement_id: Id | null
  /** What the request did with it: accepted, duplicate, conflict or refused. */
  received: 'accepted' | 'duplicate' | 'conflict' | 'refused'
  /** The same, then what the conversion has made of it: ignored, evidence, parked, quarantined, claimed. */
  status: string
  /** Place in its request, counted from 0; a statement asked for by its id has none. */
  index?: number
  stored?: string
  seq?: number
  /** Under which receipt it was stored. */
  receipt?: Id
  [more: string]: unknown
}

/** A receipt (接收回执) as it stands now. */
export interface Receipt {
  receipt: Id
  statements: ReceiptLine[]
}

/** Says what the conversion has made of statements, by seq; one that it has not reached yet is absent. */
export type ConversionStatesOf = (
  handle: Handle,
  seqs: number[],
) => Promise<Map<number, { status: string; [more: string]: unknown }>>

/** How many statements one request can have stored: more cannot stand under one receipt. */
const mostOfOne = 5000

interface StoredRow {
  seq: unknown
  statement_id: Buffer
  stored: unknown
  receipt_id: Buffer
}

const storedColumns = ['seq', 'statement_id', 'stored', 'receipt_id']

/**
 * What became of the request with this receipt; null if the source has none of that id. A request that repeated one
 * request and nothing else has the receipt of the first. Every statement of a request is there, in the order sent; of
 * one that was refused, each fault.
 */
export async function receiptOf(
  handle: Handle,
  { sourceId, receipt, statesOf }: { sourceId: Id; receipt: Id; statesOf?: ConversionStatesOf },
): Promise<Receipt | null> {
  const refused = await refusedReceipt(handle, sourceId, receipt)
  if (refused) return refused
  const first = firstSeqOf(receipt)
  const fresh: StoredRow[] = await handle('statement')
    .select(storedColumns)
    .whereBetween('seq', [first, first + mostOfOne])
    .andWhere({ receipt_id: uuidBytes(receipt), source_id: idBytes(sourceId) })
    .orderBy('seq')
  const others: { position: unknown; statement_id: Buffer; outcome: 'duplicate' | 'conflict' }[] =
    await handle('receipt_line')
      .where({ receipt_id: uuidBytes(receipt), source_id: idBytes(sourceId) })
      .orderBy('position')
  if (fresh.length + others.length === 0) return null
  const repeats = await rowsOf(
    handle,
    sourceId,
    others.filter(({ outcome }) => outcome === 'duplicate').map(({ statement_id }) => statement_id),
  )
  const lineOf = await linesFor(handle, [...fresh, ...repeats.values()], statesOf)
  const byPosition = new Map(others.map((one) => [safeInteger(one.position), one]))
  const waiting = [...fresh]
  const statements: ReceiptLine[] = []
  for (let index = 0; index < fresh.length + others.length; index++) {
    const other = byPosition.get(index)
    const row = other ? repeats.get(uuidText(other.statement_id)) : waiting.shift()
    if (other && (other.outcome === 'conflict' || !row)) {
      const { outcome } = other
      statements.push({
        index,
        statement_id: uuidText(other.statement_id),
        received: outcome,
        status: outcome,
      })
    } else if (row) {
      const line = lineOf(row, other ? 'duplicate' : 'accepted')
      statements.push({ index, ...line })
    }
  }
  return { receipt, statements }
}

/** What became of one statement that a source sent, by its id; null if none of that id is stored. */
export async function statementReceipt(
  handle: Handle,
  { sourceId, statementId, statesOf }: { sourceId: Id; statementId: Id; statesOf?: ConversionStatesOf },
): Promise<ReceiptLine | null> {
  const row = (await rowsOf(handle, sourceId, [uuidBytes(statementId)])).get(statementId)
  if (!row) return null
  return (await linesFor(handle, [row], statesOf))(row, 'accepted')
}

async function refusedReceipt(handle: Handle, sourceId: Id, receipt: Id): Promise<Receipt | null> {
  const refused = await rejectedById(handle, sourceId, receipt)
  if (!refused) return null
  const received = refused.status === 409 ? 'conflict' : 'refused'
  const statements = refused.faults.map(({ index, pointer, code }) => ({
    statement_id: null,
    index,
    pointer,
    code,
    received,
    status: received,
  }))
  return { receipt, statements } as Receipt
}

/** Statements of a source by their ids, wherever they were stored; its store is found by the source. */
async function rowsOf(handle: Handle, sourceId: Id, ids: Buffer[]): Promise<Map<Id, StoredRow>> {
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

async function linesFor(
  handle: Handle,
  rows: StoredRow[],
  statesOf: ConversionStatesOf | undefined,
): Promise<(row: StoredRow, received: 'accepted' | 'duplicate') => ReceiptLine> {
  const seqs = rows.map(({ seq }) => safeInteger(seq))
  const states = statesOf && seqs.length > 0 ? await statesOf(handle, seqs) : new Map<number, object>()
  return (row, received) => {
    const seq = safeInteger(row.seq)
    return {
      statement_id: uuidText(row.statement_id),
      seq,
      stored: isoOf(asInstant(safeInteger(row.stored))),
      receipt: uuidText(row.receipt_id),
      received,
      status: received,
      ...states.get(seq),
    }
  }
}
