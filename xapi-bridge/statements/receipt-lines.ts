import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { insertRows, type Row } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { uuidBytes } from '../language/uuid.ts'
import type { Prepared } from './prepare.ts'
import { newReceipt } from './receipt.ts'
import type { Writing } from './writing.ts'

/** What became of the statements of one request. */
interface Fates {
  fresh: Prepared[]
  repeats: { receipt: Id }[]
  conflicts: number[]
}

/**
 * The receipt of a request: the first one where it repeats a request and nothing else, so that a retry tells nothing
 * new; else one of its own.
 */
export function receiptFor({ fresh, repeats, conflicts }: Fates, nextSeq: number): Id {
  const [first] = repeats
  const isRepeat = fresh.length === 0 && conflicts.length === 0
  if (isRepeat && first && repeats.every(({ receipt }) => receipt === first.receipt)) return first.receipt
  return newReceipt(nextSeq)
}

/**
 * Rows for the statements of a request that are not stored under its receipt, so that the receipt accounts for each.
 * None for the usual request, all new or all a repeat: only those that mix pay for it.
 */
export function linesUnder(receipt: Id, writing: Writing, fates: Fates, now: Instant): Row[] {
  const { fresh, repeats, conflicts } = fates
  if (repeats.length + conflicts.length === 0 || repeats[0]?.receipt === receipt) return []
  const stored = new Set(fresh)
  const conflicting = new Set(conflicts)
  return writing.statements.flatMap((statement, position) => {
    if (stored.has(statement)) return []
    return {
      receipt_id: uuidBytes(receipt),
      position,
      source_id: idBytes(writing.sourceId),
      statement_id: uuidBytes(statement.id),
      outcome: conflicting.has(position) ? 'conflict' : 'duplicate',
      received_at: now,
    }
  })
}

/** Writes them, in the transaction of the flush. */
export async function insertLines(trx: Trx, lines: Row[]): Promise<void> {
  if (lines.length > 0) await insertRows(trx, 'receipt_line', lines)
}
