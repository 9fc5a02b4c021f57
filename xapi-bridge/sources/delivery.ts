import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { flag } from '../statements/flags.ts'

/** How late statements come, over the newest of a source. Seconds. */
export interface Delivery {
  /** Over how many statements; those without a timestamp of their own say nothing. */
  sample: number
  p50: number | null
  p95: number | null
  /** How far the latest timestamp lies behind its receipt: what the clock of the source is ahead; 0 where none is. */
  clockAhead: number | null
}

const sampleSize = 200

/** How late the newest statements of a store came. Reads a bounded sample along an index. */
export async function deliveryOf(handle: Handle, storeId: Id): Promise<Delivery> {
  const rows: { occurred: unknown; stored: unknown; flags: number }[] = await handle('statement')
    .select('occurred', 'stored', 'flags')
    .where({ store_id: idBytes(storeId) })
    .orderBy('stored', 'desc')
    .limit(sampleSize)
  const lags = rows
    .filter(({ flags }) => !(flags & flag.timestampAssumed))
    .map(({ occurred, stored }) => (safeInteger(stored) - safeInteger(occurred)) / 1_000_000)
    .sort((a, b) => a - b)
  return {
    sample: lags.length,
    p50: percentile(lags, 0.5),
    p95: percentile(lags, 0.95),
    clockAhead: lags.length === 0 ? null : Math.max(0, -(lags[0] as number)),
  }
}

/** The smallest value that so large a share does not exceed; null of nothing. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}
