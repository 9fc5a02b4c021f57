import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, isId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { lastSeq } from '../statements/read.ts'
import { type Delivery, type DeliveryState, deliveryOf } from './delivery.ts'
import { type Destination, requireDestination } from './destination.ts'
import type { DeliveryCode } from './verdict.ts'

/** How a destination does. */
export interface Figures {
  /** Entered and not there yet. */
  pending: number
  /** Of those: how many were tried and failed. */
  failed: number
  dead: number
  /** Statements that were not even looked at yet. */
  behind: number
  /** Since when the oldest of all these waits; null when nothing does. */
  waitingSince: Instant | null
}

/** The figures of these destinations. */
export async function figuresOf(handle: Handle, all: readonly Destination[]): Promise<Map<Id, Figures>> {
  const last = await lastSeq(handle)
  const rows: { destination_id: Buffer; state: string; n: unknown; failed: unknown; since: unknown }[] =
    await handle('delivery')
      .select('destination_id', 'state')
      .count({ n: '*' })
      .sum({ failed: handle.raw('CASE WHEN attempts > 0 THEN 1 ELSE 0 END') })
      .min({ since: 'queued_at' })
      .whereIn('state', ['waiting', 'dead'])
      .groupBy('destination_id', 'state')
  const figures = new Map<Id, Figures>()
  for (const { id, kind, cursorSeq } of all) {
    const own = (state: string) =>
      rows.find((row) => row.state === state && row.destination_id.equals(idBytes(id)))
    const waiting = own('waiting')
    const behind = kind === 'lrs' ? Math.max(0, last - cursorSeq) : 0
    const first = behind > 0 ? await storedAfter(handle, cursorSeq) : null
    const since = [waiting ? safeInteger(waiting.since) : null, first].filter((at) => at !== null)
    figures.set(id, {
      pending: safeInteger(waiting?.n ?? 0),
      failed: safeInteger(waiting?.failed ?? 0),
      dead: safeInteger(own('dead')?.n ?? 0),
      behind,
      waitingSince: since.length > 0 ? asInstant(Math.min(...since)) : null,
    })
  }
  return figures
}

async function storedAfter(handle: Handle, seq: number): Promise<number | null> {
  const row = await handle('statement').where('seq', '>', seq).orderBy('seq').first('stored')
  return row ? safeInteger(row.stored) : null
}

/** Which deliveries a list shows. */
export interface DeliveryQuery {
  destinationId?: Id | undefined
  state?: DeliveryState | undefined
  event?: string | undefined
  code?: DeliveryCode | undefined
  /** `next` of the page before. */
  after?: string | undefined
  size: number
}

/** Deliveries, newest first, a page at a time; `next` is null at the end. */
export async function deliveriesPage(
  handle: Handle,
  query: DeliveryQuery,
): Promise<{ deliveries: Delivery[]; next: string | null }> {
  const rows = handle('delivery')
    .orderBy([
      { column: 'queued_at', order: 'desc' },
      { column: 'delivery_id', order: 'desc' },
    ])
    .limit(query.size)
  if (query.destinationId) rows.where({ destination_id: idBytes(query.destinationId) })
  for (const column of ['state', 'event', 'code'] as const)
    if (query[column] !== undefined) rows.where(column, query[column])
  const [at, id] = query.after?.split('_') ?? []
  if (at && id && /^\d{1,16}$/.test(at) && isId(id)) {
    rows.where((before) =>
      before
        .where('queued_at', '<', Number(at))
        .orWhere((same) => same.where('queued_at', Number(at)).where('delivery_id', '<', idBytes(id))),
    )
  }
  const deliveries = (await rows).map(deliveryOf)
  const last = deliveries.at(-1)
  return {
    deliveries,
    next: last && deliveries.length === query.size ? `${last.queuedAt}_${last.id}` : null,
  }
}

/** Which deliveries of one destination are to go again. */
export interface Replay {
  state: 'dead' | 'delivered'
  code?: DeliveryCode | undefined
  deliveryIds?: readonly Id[] | undefined
}

const chunk = 500

/**
 * Puts deliveries back in line, all that match, a chunk at a time; returns how many. The receiver knows statements by
 * their ids and events by their delivery. Throws NotFound (`destination-unknown`).
 */
export async function replayDeliveries(
  { db, now }: Pick<Ground, 'db' | 'now'>,
  destinationId: Id,
  replay: Replay,
  actor: string,
): Promise<number> {
  await requireDestination(db, destinationId)
  // What is delivered again while this runs is not put back a second time.
  const begun = now()
  let put = 0
  for (;;) {
    const done = await transact(db, (trx) => replayChunk(trx, destinationId, replay, begun), {
      idempotent: true,
    })
    put += done
    if (done < chunk) break
  }
  await transact(db, (trx) =>
    recordAudit(trx, {
      actor,
      action: 'deliveries-replayed',
      subjectKind: 'destination',
      subjectId: destinationId,
      detail: { state: replay.state, code: replay.code ?? null, deliveries: put },
      now: now(),
    }),
  )
  return put
}

async function replayChunk(
  handle: Handle,
  destinationId: Id,
  { state, code, deliveryIds }: Replay,
  begun: Instant,
): Promise<number> {
  const query = handle('delivery')
    .select('delivery_id')
    .where({ destination_id: idBytes(destinationId), state })
    .where('finished_at', '<=', begun)
    .limit(chunk)
  if (code !== undefined) query.where({ code })
  if (deliveryIds) query.whereIn('delivery_id', deliveryIds.map(idBytes))
  const ids: Buffer[] = (await query).map(({ delivery_id }) => delivery_id)
  if (ids.length === 0) return 0
  await handle('delivery').whereIn('delivery_id', ids).where({ state }).update({
    state: 'waiting',
    code: null,
    status: null,
    attempts: 0,
    alone: 0,
    next_at: begun,
    first_tried_at: null,
    finished_at: null,
  })
  return ids.length
}

const dayMicros = 86_400_000_000
/** A dead delivery is somebody's to look at; after a year nobody will. */
const deadDays = 366

/**
 * Forgets deliveries whose time is over, and those of destinations that were removed; at most `chunk` of each kind.
 * Returns how many went.
 */
export async function forgetDeliveries({
  db,
  now,
  config,
}: Pick<Ground, 'db' | 'now' | 'config'>): Promise<number> {
  const old = (state: DeliveryState, days: number) =>
    db('delivery')
      .select('delivery_id')
      .where({ state })
      .where('finished_at', '<', now() - days * dayMicros)
      .limit(chunk)
  const removed = db('delivery as d')
    .join('destination as t', 't.destination_id', 'd.destination_id')
    .select('d.delivery_id')
    .where('t.state', 'removed')
    .limit(chunk)
  let gone = 0
  for (const query of [old('delivered', config.deliveryDays), old('dead', deadDays), removed])
    gone += await forget(
      db,
      (await query).map(({ delivery_id }) => delivery_id),
    )
  return gone
}

async function forget(db: Database, ids: Buffer[]): Promise<number> {
  return ids.length === 0 ? 0 : db('delivery').whereIn('delivery_id', ids).delete()
}
