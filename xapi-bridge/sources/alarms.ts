import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'

/**
 * What can be wrong with a source: silent against its rhythm · refusals: much of the last day was refused · waiting:
 * something is quarantined for too long · expiry: its last credential ends soon.
 */
export const alarmKinds = ['silent', 'refusals', 'waiting', 'expiry'] as const

/** One of them. */
export type AlarmKind = (typeof alarmKinds)[number]

/** A trouble of one source, as it is now. */
export interface Trouble {
  sourceId: Id
  kind: AlarmKind
  /** When it began: the same trouble has the same beginning. For silence the last push. */
  since: Instant
}

/** A trouble that was seen and is not over. */
export interface OpenAlarm extends Trouble {
  alarmId: Id
  raisedAt: Instant
}

/** Alarms that stand, in the order in which they were raised. */
export async function openAlarms(handle: Handle): Promise<OpenAlarm[]> {
  const rows = await handle('source_alarm').whereNull('ended_at').orderBy(['raised_at', 'alarm_id'])
  return rows.map(alarmOf)
}

function alarmOf(row: Record<string, unknown>): OpenAlarm {
  return {
    alarmId: idText(row.alarm_id as Buffer),
    sourceId: idText(row.source_id as Buffer),
    kind: row.kind as AlarmKind,
    since: asInstant(safeInteger(row.since)),
    raisedAt: asInstant(safeInteger(row.raised_at)),
  }
}

/**
 * Raises an alarm, unless the same trouble was raised before. Returns whether it is new: of several workers one is told
 * so.
 */
export async function raiseAlarm(
  handle: Handle,
  { sourceId, kind, since }: Trouble,
  now: Instant,
): Promise<boolean> {
  const row = { source_id: idBytes(sourceId), kind, since }
  try {
    await handle('source_alarm').insert({
      ...row,
      alarm_id: idBytes(newId()),
      raised_at: now,
      ended_at: null,
    })
    return true
  } catch (error) {
    if (isDuplicateKey(error, 'source_alarm_once')) return false
    throw error
  }
}

/** Ends an alarm; what comes later is another trouble. */
export async function endAlarm(handle: Handle, alarmId: Id, now: Instant): Promise<void> {
  await handle('source_alarm')
    .where({ alarm_id: idBytes(alarmId) })
    .whereNull('ended_at')
    .update({ ended_at: now })
}
