import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { type WaitingOf, waitingBySource } from '../queue/waiting-by-source.ts'
import { type OpenAlarm, openAlarms } from './alarms.ts'
import { type Credential, credentialsOf } from './credential.ts'
import { type Delivery, deliveryOf } from './delivery.ts'
import { type HourTally, hour, type Tally } from './health.ts'
import { type Rhythm, rhythmOf } from './rhythm.ts'
import { type Source, sourceOf } from './source.ts'
import { unreadSince } from './unread.ts'

/** A source with what it has pushed so far. */
export interface SourceWithHealth extends Source, Tally {
  /** Null before the first push. */
  lastPushAt: Instant | null
  createdAt: Instant
  /** Keys that are valid now. */
  keys: string[]
  /** A secret is known with which its platform signs webhooks, so that each has to be signed. */
  isSigned: boolean
}

/** How a source is (接入状态): all that its page shows. */
export interface Condition extends SourceWithHealth {
  credentials: Credential[]
  rhythm: Rhythm
  /** What came in the last day, 24 hours counted back from now, whole hours. */
  lastDay: HourTally
  /** Refused and conflicting among all statements of the last day, 0–1; null where none came. */
  errorRate: number | null
  delivery: Delivery
  /** Since when its oldest statement waits to be read by the rules; null where none does. */
  unreadSince: Instant | null
  waiting: WaitingOf[]
  alarms: OpenAlarm[]
}

/** How long hours are kept, in microseconds: four weeks and some days, for the rhythm. */
export const hoursKept = 30 * 24 * hour

/** Every source by name, with what it pushed in all. */
export async function sourcesWithHealth(handle: Handle): Promise<SourceWithHealth[]> {
  const rows = await handle('source as s')
    .leftJoin('source_health as h', 'h.source_id', 's.source_id')
    .leftJoin('source_signing as g', 'g.source_id', 's.source_id')
    .select('s.*', 'h.last_push_at', 'h.accepted', 'h.duplicate', 'h.refused', 'h.conflict', 'g.set_at')
    .orderBy('s.name')
  const credentials = await credentialsOf(handle)
  return rows.map((row) => ({
    ...sourceOf(row),
    // 0: counted was only what may have been sent by somebody else.
    lastPushAt: Number(row.last_push_at) === 0 ? null : asInstant(safeInteger(row.last_push_at)),
    createdAt: asInstant(safeInteger(row.created_at)),
    accepted: safeInteger(row.accepted ?? 0),
    duplicate: safeInteger(row.duplicate ?? 0),
    refused: safeInteger(row.refused ?? 0),
    conflict: safeInteger(row.conflict ?? 0),
    keys: credentials.filter(({ sourceId }) => sourceId === idText(row.source_id)).map(({ key }) => key),
    isSigned: row.set_at !== null,
  }))
}

/** How every source is, by name; with an id, that one alone. */
export async function conditionsOf(handle: Handle, now: Instant, sourceId?: Id): Promise<Condition[]> {
  const sources = (await sourcesWithHealth(handle)).filter(
    ({ id }) => sourceId === undefined || id === sourceId,
  )
  const credentials = await credentialsOf(handle)
  const hours = await hoursSince(handle, now - hoursKept)
  const waiting = await waitingBySource(handle)
  const alarms = await openAlarms(handle)
  const unread = await unreadSince(
    handle,
    sources.map(({ storeId }) => storeId),
  )
  const conditions: Condition[] = []
  for (const source of sources) {
    const own = hours.filter((one) => one.sourceId === source.id)
    const lastDay = sumOf(own.filter(({ at }) => at > now - 24 * hour))
    conditions.push({
      ...source,
      credentials: credentials.filter((one) => one.sourceId === source.id),
      rhythm: rhythmOf(
        own.map(({ at }) => at),
        source.lastPushAt,
        now,
      ),
      lastDay,
      errorRate: errorRateOf(lastDay),
      delivery: await deliveryOf(handle, { ...source, sourceId: source.id }),
      unreadSince: unread.get(source.storeId) ?? null,
      waiting: waiting.filter((one) => one.sourceId === source.id),
      alarms: alarms.filter((one) => one.sourceId === source.id),
    })
  }
  return conditions
}

/** Refused and conflicting among all statements; null of none. */
export function errorRateOf({ accepted, duplicate, refused, conflict }: Tally): number | null {
  const all = accepted + duplicate + refused + conflict
  return all === 0 ? null : (refused + conflict) / all
}

/** What one source pushed in one hour. */
export interface SourceHour extends HourTally {
  sourceId: Id
  /** The beginning of the hour. */
  at: Instant
}

/** What was pushed hour by hour from then on, oldest first; with an id, by that source alone. */
export async function hoursSince(handle: Handle, since: number, sourceId?: Id): Promise<SourceHour[]> {
  const query = handle('source_hour').where('hour', '>=', since).orderBy(['hour', 'source_id'])
  if (sourceId) query.andWhere({ source_id: idBytes(sourceId) })
  const rows = await query
  return rows.map((row: Record<string, unknown>) => ({
    sourceId: idText(row.source_id as Buffer),
    at: asInstant(safeInteger(row.hour)),
    requests: safeInteger(row.requests),
    accepted: safeInteger(row.accepted),
    duplicate: safeInteger(row.duplicate),
    refused: safeInteger(row.refused),
    conflict: safeInteger(row.conflict),
    limited: safeInteger(row.limited),
  }))
}

function sumOf(hours: readonly HourTally[]): HourTally {
  const sum: HourTally = { requests: 0, accepted: 0, duplicate: 0, refused: 0, conflict: 0, limited: 0 }
  for (const one of hours) for (const what of Object.keys(sum) as (keyof HourTally)[]) sum[what] += one[what]
  return sum
}
