import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import { firstSeqOf } from '../statements/receipt.ts'
import { linesKept } from './receipt-expiry.ts'
import {
  type ConversionStatesOf,
  linesFor,
  type ReceiptLine,
  type StoredRow,
  storedById,
  storedColumns,
} from './receipt-line.ts'
import { refusedLines } from './refused-receipt.ts'

/** A receipt (接收回执) as it stands now. */
export interface Receipt {
  receipt: Id
  /**
   * False where it is so old that repeats and conflicts of its request, if there were any, are no longer told of: then
   * the lines are those of what was stored under it, and have no index.
   */
  complete: boolean
  statements: ReceiptLine[]
}

/** How many statements one request can have stored: more cannot stand under one receipt. */
const mostOfOne = 5000

/**
 * What became of the request with this receipt; null if the source has none of that id. A request that repeated one
 * request and nothing else has the receipt of the first. Every statement of a request is there, in the order sent; of
 * one that was refused, each fault, and once it was replayed each statement.
 */
export async function receiptOf(
  handle: Handle,
  ask: { sourceId: Id; receipt: Id; now: Instant; statesOf?: ConversionStatesOf },
): Promise<Receipt | null> {
  const { sourceId, receipt, now, statesOf } = ask
  const refused = await refusedLines(handle, ask)
  if (refused) return { receipt, complete: true, statements: refused }
  const first = firstSeqOf(receipt)
  const fresh: StoredRow[] = await handle('statement')
    .select(storedColumns)
    .whereBetween('seq', [first, first + mostOfOne])
    .andWhere({ receipt_id: uuidBytes(receipt), source_id: idBytes(sourceId) })
    .orderBy('seq')
  const others: OtherRow[] = await handle('receipt_line')
    .where({ receipt_id: uuidBytes(receipt), source_id: idBytes(sourceId) })
    .orderBy('position')
  if (fresh.length + others.length === 0) return null
  const complete = others.length > 0 || fresh.every(({ stored }) => safeInteger(stored) >= now - linesKept)
  const statements = await linesInOrder(handle, { sourceId, fresh, others, statesOf })
  return { receipt, complete, statements: complete ? statements : statements.map(withoutIndex) }
}

interface OtherRow {
  position: unknown
  statement_id: Buffer
  outcome: 'duplicate' | 'conflict'
}

/** What was new and what was not, in the order sent. */
async function linesInOrder(
  handle: Handle,
  found: {
    sourceId: Id
    fresh: StoredRow[]
    others: OtherRow[]
    statesOf: ConversionStatesOf | undefined
  },
): Promise<ReceiptLine[]> {
  const { sourceId, fresh, others, statesOf } = found
  const repeated = others.filter(({ outcome }) => outcome === 'duplicate')
  const repeats = await storedById(
    handle,
    sourceId,
    repeated.map(({ statement_id }) => statement_id),
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
  return statements
}

function withoutIndex({ index: _, ...line }: ReceiptLine): ReceiptLine {
  return line as ReceiptLine
}

/** What became of one statement that a source sent, by its id; null if none of that id is stored. */
export async function statementReceipt(
  handle: Handle,
  { sourceId, statementId, statesOf }: { sourceId: Id; statementId: Id; statesOf?: ConversionStatesOf },
): Promise<ReceiptLine | null> {
  const row = (await storedById(handle, sourceId, [uuidBytes(statementId)])).get(statementId)
  if (!row) return null
  return (await linesFor(handle, [row], statesOf))(row, 'accepted')
}
