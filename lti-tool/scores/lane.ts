import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { ScoreCode } from './score.ts'

/** What may be done about line items that are missing: nothing, or make them. */
export const lineItemRules = ['use', 'create'] as const
/** One of `lineItemRules`. */
export type LineItemRule = (typeof lineItemRules)[number]

/** How scores go to one platform. */
export interface Lane {
  registrationId: Id
  lineItems: LineItemRule
  /** Why nothing is sent until a person says so; null while scores go. */
  pausedCode: ScoreCode | null
  pausedAt: Instant | null
  /** What somebody should look at; null when it is over. */
  alarmCode: ScoreCode | null
  alarmSince: Instant | null
  /** Failures of the platform as a whole, in a row. */
  failures: number
  notBefore: Instant
}

/** The lane of a registration; one of which nothing is noted goes, and uses the line items that are there. */
export async function laneOf(handle: Handle, registrationId: Id): Promise<Lane> {
  return (await lanesOf(handle, [registrationId]))[0] as Lane
}

/** The lanes of these registrations, in their order. */
export async function lanesOf(handle: Handle, registrationIds: readonly Id[]): Promise<Lane[]> {
  const rows = await handle('score_lane').whereIn('registration_id', registrationIds.map(idBytes))
  return registrationIds.map((registrationId) => {
    const row = rows.find((one) => idText(one.registration_id) === registrationId)
    return {
      registrationId,
      lineItems: row?.line_items ?? 'use',
      pausedCode: row?.paused_code ?? null,
      pausedAt: row?.paused_at == null ? null : (safeInteger(row.paused_at) as Instant),
      alarmCode: row?.alarm_code ?? null,
      alarmSince: row?.alarm_since == null ? null : (safeInteger(row.alarm_since) as Instant),
      failures: row ? safeInteger(row.failures) : 0,
      notBefore: (row ? safeInteger(row.not_before) : 0) as Instant,
    }
  })
}

/** Changes a lane; what is not named stays. */
export async function changeLane(
  handle: Handle,
  registrationId: Id,
  changes: Record<string, string | number | null>,
): Promise<void> {
  const fresh = {
    registration_id: idBytes(registrationId),
    line_items: 'use',
    failures: 0,
    not_before: 0,
    looked_at: 0,
  }
  await upsert(handle, 'score_lane', [{ ...fresh, ...changes }], {
    key: ['registration_id'],
    set: Object.keys(changes),
  })
}

/** Up to when launches were looked at; 0 before the first look. */
export async function lastLook(handle: Handle): Promise<number> {
  return sumOf((await handle('score_lane').max({ at: 'looked_at' }).first())?.at)
}

/** Notes how far launches were looked at. */
export async function noteLook(handle: Handle, registrationId: Id, at: Instant): Promise<void> {
  await changeLane(handle, registrationId, {})
  await handle('score_lane')
    .where({ registration_id: idBytes(registrationId) })
    .where('looked_at', '<', at)
    .update({ looked_at: at })
}
