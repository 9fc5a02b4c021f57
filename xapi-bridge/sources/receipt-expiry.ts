import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { ExpectedError, NotFound } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { firstSeqOf } from '../statements/receipt.ts'

const day = 86_400_000_000

/** How long a receipt tells of repeats and conflicts among what was new, in days and in microseconds. */
export const linesKeptDays = 90
/** The same in microseconds. */
export const linesKept = linesKeptDays * day

/** A receipt that is too old: what it would tell is no longer kept. */
export class ReceiptExpired extends ExpectedError {
  readonly kind = 'gone'
  readonly code = 'receipt-expired'
  constructor(days: number) {
    super(
      `a receipt as old as this is no longer kept: repeats and refusals are told of for ${days} days; ` +
        'what was stored is found by its statement id',
    )
  }
}

/**
 * Why there is nothing under a receipt: it is older than what is kept, or nobody was given it. Its age is in the id:
 * of a refused request the time itself, of any other the place in the sequence of statements.
 */
export async function whyNoReceipt(
  handle: Handle,
  receipt: Id | null,
  { now, rejectedInputDays }: { now: Instant; rejectedInputDays: number },
): Promise<ExpectedError> {
  const unknown = new NotFound('receipt-unknown', 'this source has no such receipt')
  if (receipt === null) return unknown
  if (receipt[14] === '7') {
    const madeAt = Number.parseInt(receipt.slice(0, 8) + receipt.slice(9, 13), 16) * 1000
    return madeAt < now - rejectedInputDays * day ? new ReceiptExpired(rejectedInputDays) : unknown
  }
  if (receipt[14] !== '8') return unknown
  const next = await handle('statement')
    .where('seq', '>=', firstSeqOf(receipt))
    .orderBy('seq')
    .first('stored')
  const isOld = next !== undefined && safeInteger(next.stored) < now - linesKept
  return isOld ? new ReceiptExpired(linesKeptDays) : unknown
}
