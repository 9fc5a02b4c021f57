import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { flag } from '../statements/flags.ts'

/**
 * How late a source pushes what has happened, over its newest pushes. Seconds. Files that were imported and what was
 * replayed say nothing of it, and are not in it.
 */
export interface Delivery {
  /** Over how many statements; those without a timestamp of their own say nothing. */
  sample: number
  /** How many more were left out: they happened a month and longer before, so somebody sent what is past. */
  backfilled: number
  p50: number | null
  p95: number | null
  /** How far the latest timestamp lies behind its receipt: what the clock of the source is ahead; 0 where none is. */
  clockAhead: number | null
}

/** Of how many pushed statements, and among how many of any kind these are looked for. */
const sampleSize = 200
const mostRead = 1000
/** How far `stored` may run ahead of the clock, as it does under load and where clocks differ. Microseconds. */
const slack = 10_000_000
/** What happened longer ago when it came was no late delivery any more. Seconds. */
const backfillSeconds = 30 * 86_400

/** What deliveries are looked for by. */
export interface DeliveryOrder {
  sourceId: Id
  storeId: Id
  /** Null before the first push. What was stored later came by another way. */
  lastPushAt: Instant | null
}

interface Row {
  occurred: unknown
  stored: unknown
  flags: number
  credential_id: Buffer
}

/** How late the newest statements came that a source pushed. Reads a bounded sample along an index. */
export async function deliveryOf(
  handle: Handle,
  { sourceId, storeId, lastPushAt }: DeliveryOrder,
): Promise<Delivery> {
  if (lastPushAt === null) return { sample: 0, backfilled: 0, p50: null, p95: null, clockAhead: null }
  const pushers = await pushersOf(handle, sourceId)
  const pushed = async (limit: number) => {
    const rows: Row[] = await handle('statement')
      .select('occurred', 'stored', 'flags', 'credential_id')
      .where({ store_id: idBytes(storeId) })
      .andWhere('stored', '<=', lastPushAt + slack)
      .orderBy('stored', 'desc')
      .limit(limit)
    return rows.filter(({ credential_id }) => pushers.has(idText(credential_id))).slice(0, sampleSize)
  }
  const newest = await pushed(sampleSize)
  const all = (newest.length < sampleSize ? await pushed(mostRead) : newest)
    .filter(({ flags }) => !(flags & flag.timestampAssumed))
    .map(({ occurred, stored }) => (safeInteger(stored) - safeInteger(occurred)) / 1_000_000)
  const lags = all.filter((seconds) => seconds < backfillSeconds).sort((a, b) => a - b)
  // What a clock is ahead is no delivery before the event.
  const late = lags.map((seconds) => Math.max(0, seconds))
  return {
    sample: lags.length,
    backfilled: all.length - lags.length,
    p50: percentile(late, 0.5),
    p95: percentile(late, 0.95),
    clockAhead: lags.length === 0 ? null : Math.max(0, -(lags[0] as number)),
  }
}

/** What stands as credential on statements that a source pushed: its keys, and itself where a signature let it in. */
export async function pushersOf(handle: Handle, sourceId: Id): Promise<ReadonlySet<Id>> {
  const rows: { credential_id: Buffer }[] = await handle('credential')
    .select('credential_id')
    .where({ source_id: idBytes(sourceId) })
  return new Set([sourceId, ...rows.map(({ credential_id }) => idText(credential_id))])
}

/** The smallest value that so large a share does not exceed; null of nothing. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}
