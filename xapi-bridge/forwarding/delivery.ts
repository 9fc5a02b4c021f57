import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import type { Destination } from './destination.ts'
import type { DeliveryCode } from './verdict.ts'

/** waiting: not there yet · delivered · dead: given up until somebody replays it. */
export const deliveryStates = ['waiting', 'delivered', 'dead'] as const
/** One of `deliveryStates`. */
export type DeliveryState = (typeof deliveryStates)[number]

/** One statement or event on its way to one destination. */
export interface Delivery {
  id: Id
  destinationId: Id
  event: string
  seq: number | null
  content: Buffer | null
  state: DeliveryState
  code: DeliveryCode | null
  status: number | null
  attempts: number
  /** It failed by itself, so it is sent in a request of its own. */
  alone: boolean
  queuedAt: Instant
  nextAt: Instant
  firstTriedAt: Instant | null
  finishedAt: Instant | null
}

/** The next deliveries of a destination, in order, at most `limit`, without `except`; one that goes alone stands alone. */
export async function nextDeliveries(
  handle: Handle,
  { id }: Pick<Destination, 'id'>,
  { now, limit, except = [] }: { now: Instant; limit: number; except?: readonly Id[] },
): Promise<Delivery[]> {
  const query = handle('delivery')
    .where({ destination_id: idBytes(id), state: 'waiting' })
    .where('next_at', '<=', now)
    .orderBy(['place', 'delivery_id'])
    .limit(limit)
  if (except.length > 0) query.whereNotIn('delivery_id', except.map(idBytes))
  const due: Delivery[] = (await query).map(deliveryOf)
  const first = due.findIndex(({ alone }) => alone)
  if (first === 0) return due.slice(0, 1)
  return first === -1 ? due : due.slice(0, first)
}

/** How many deliveries wait, counted no further than `most`. */
export async function waitingUpTo(
  handle: Handle,
  { id }: Pick<Destination, 'id'>,
  most: number,
): Promise<number> {
  const some = handle('delivery')
    .select('delivery_id')
    .where({ destination_id: idBytes(id), state: 'waiting' })
    .limit(most)
    .as('some')
  const row = await handle(some).count({ n: '*' }).first()
  return sumOf(row?.n)
}

/** Notes that these reached the destination. */
export async function markDelivered(
  trx: Trx,
  deliveries: readonly Delivery[],
  { status, now }: { status: number; now: Instant },
): Promise<void> {
  await ofThese(trx, deliveries)
    .increment('attempts', 1)
    .update({
      state: 'delivered',
      status,
      code: null,
      finished_at: now,
      ...firstTried(trx, now),
    })
}

/** Gives one up: it stays, with its reason, until somebody replays it. */
export async function markDead(
  trx: Trx,
  deliveries: readonly Delivery[],
  { code, status, now }: { code: DeliveryCode; status: number | null; now: Instant },
): Promise<void> {
  if (deliveries.length === 0) return
  await ofThese(trx, deliveries)
    .increment('attempts', 1)
    .update({
      state: 'dead',
      code,
      status,
      finished_at: now,
      ...firstTried(trx, now),
    })
}

/** Notes an attempt that failed; they stay in their places. */
export async function markFailed(
  trx: Trx,
  deliveries: readonly Delivery[],
  failure: { code: DeliveryCode | null; status: number | null; now: Instant; nextAt?: Instant },
): Promise<void> {
  if (deliveries.length === 0) return
  const { code, status, now, nextAt } = failure
  await ofThese(trx, deliveries)
    .increment('attempts', 1)
    .update({
      code,
      status,
      ...firstTried(trx, now),
      ...(nextAt === undefined ? {} : { next_at: nextAt, alone: 1 }),
    })
}

/** Whatever came of it, the first attempt was now unless there was one before. */
function firstTried(trx: Trx, now: Instant) {
  return { first_tried_at: trx.raw('coalesce(first_tried_at, ?)', [now]) }
}

function ofThese(trx: Trx, deliveries: readonly Delivery[]) {
  return trx('delivery')
    .whereIn(
      'delivery_id',
      deliveries.map(({ id }) => idBytes(id)),
    )
    .where({ state: 'waiting' })
}

/** The value of a row of table `delivery`. */
export function deliveryOf(row: Record<string, unknown>): Delivery {
  const instantOrNull = (value: unknown) => (value == null ? null : asInstant(safeInteger(value)))
  return {
    id: idText(row.delivery_id as Buffer),
    destinationId: idText(row.destination_id as Buffer),
    event: row.event as string,
    seq: row.seq === null ? null : safeInteger(row.seq),
    content: row.content as Buffer | null,
    state: row.state as DeliveryState,
    code: row.code as DeliveryCode | null,
    status: row.status === null ? null : safeInteger(row.status),
    attempts: safeInteger(row.attempts),
    alone: row.alone === 1,
    queuedAt: asInstant(safeInteger(row.queued_at)),
    nextAt: asInstant(safeInteger(row.next_at)),
    firstTriedAt: instantOrNull(row.first_tried_at),
    finishedAt: instantOrNull(row.finished_at),
  }
}
