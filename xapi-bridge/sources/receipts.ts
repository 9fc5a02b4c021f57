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
  /** accepted, conflict or refused; then what the conversion has made of it: ignored, evidence, parked, quarantined, claimed. */
  status: string
  stored?: string
  seq?: number
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

/**
 * What became of the request with this receipt; null if the source has none of that id. A request that repeated what was
 * stored before has the receipt of the first.
 */
export async function receiptOf(
  handle: Handle,
  { sourceId, receipt, statesOf }: { sourceId: Id; receipt: Id; statesOf?: ConversionStatesOf },
): Promise<Receipt | null> {
  const refused = await rejectedById(handle, sourceId, receipt)
  if (refused) {
    const status = refused.status === 409 ? 'conflict' : 'refused'
    const statements = refused.faults.map(({ index, pointer, code }) => ({
      statement_id: null,
      index,
      pointer,
      code,
      status,
    }))
    return { receipt, statements }
  }
  const first = firstSeqOf(receipt)
  const rows: { seq: unknown; statement_id: Buffer; stored: unknown }[] = await handle('statement')
    .select('seq', 'statement_id', 'stored')
    .whereBetween('seq', [first, first + mostOfOne])
    .andWhere({ receipt_id: uuidBytes(receipt), source_id: idBytes(sourceId) })
    .orderBy('seq')
  if (rows.length === 0) return null
  const seqs = rows.map(({ seq }) => safeInteger(seq))
  const states = statesOf ? await statesOf(handle, seqs) : new Map<number, { status: string }>()
  const statements = rows.map((row, n) => {
    const seq = seqs[n] as number
    const stored = isoOf(asInstant(safeInteger(row.stored)))
    return { statement_id: uuidText(row.statement_id), seq, stored, status: 'accepted', ...states.get(seq) }
  })
  return { receipt, statements }
}
