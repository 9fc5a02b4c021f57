import type { Database, Handle } from '../../foundation/database/connect.ts'
import { takeLease } from '../../foundation/database/lease.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Step } from '../../foundation/work.ts'
import { endAlarm, openAlarms, raiseAlarm, type Trouble } from './alarms.ts'
import { type Condition, conditionsOf, hoursKept } from './condition.ts'
import { hour } from './health.ts'
import { linesKept } from './receipt-expiry.ts'
import { createRecount } from './recount.ts'

const day = 24 * hour

/** When much is refused: at least so many statements of the last day, and so large a share of them. */
const refusals = { least: 20, share: 0.2 }
/** How long something may be quarantined, and how long before its end the last credential is told of. */
const limits = { waiting: 14 * day, expiry: 14 * day }
const pruneMost = 1_000

/** Sources that are silent now against their usual rhythm, each since its last push. */
export async function silentSources(handle: Handle, now: Instant): Promise<Trouble[]> {
  return (await conditionsOf(handle, now)).flatMap(silence)
}

function silence({ id, state, rhythm, lastPushAt, alarms }: Condition): Trouble[] {
  if (state !== 'live' && state !== 'trial') return []
  // Once seen it lasts until the next push, however far behind the rhythm lies by then.
  const stands = alarms.some(({ kind, since }) => kind === 'silent' && since === lastPushAt)
  if (lastPushAt === null || !(rhythm.isSilent || stands)) return []
  return [{ sourceId: id, kind: 'silent', since: lastPushAt }]
}

/** Everything that is wrong with a source now. Pure. */
export function troublesOf(condition: Condition, now: Instant): Trouble[] {
  const { id, state, lastDay, errorRate, waiting, credentials } = condition
  if (state === 'revoked') return []
  const troubles = silence(condition)
  const faulty = lastDay.refused + lastDay.conflict
  if (faulty >= refusals.least && (errorRate ?? 0) >= refusals.share) {
    const stands = condition.alarms.find(({ kind }) => kind === 'refusals')
    troubles.push({ sourceId: id, kind: 'refusals', since: stands?.since ?? now })
  }
  const oldest = Math.min(
    ...waiting.filter(({ code }) => code !== 'SOURCE_NOT_LIVE').map(({ since }) => since),
  )
  if (now - oldest > limits.waiting)
    troubles.push({ sourceId: id, kind: 'waiting', since: oldest as Instant })
  const ends = credentials.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...ends)
  if (ends.length > 0 && last - now < limits.expiry)
    troubles.push({ sourceId: id, kind: 'expiry', since: last as Instant })
  return troubles
}

/**
 * Looks at every source: raises each new trouble once, with a warning in the log, and ends what is over. Returns how
 * many alarms it raised or ended.
 */
export async function watchSources({ db, log, now }: Pick<Ground, 'db' | 'log' | 'now'>): Promise<number> {
  const at = now()
  const troubles = (await conditionsOf(db, at)).flatMap((condition) => troublesOf(condition, at))
  const standing = new Set(troubles.map(nameOf))
  let changes = 0
  for (const alarm of await openAlarms(db)) {
    if (standing.has(nameOf(alarm))) continue
    await transact(db, (trx) => endAlarm(trx, alarm.alarmId, at))
    log.info({ source: alarm.sourceId, alarm: alarm.kind }, 'source alarm over')
    changes++
  }
  for (const trouble of troubles) {
    if (!(await raiseAlarm(db, trouble, at))) continue
    log.warn({ source: trouble.sourceId, alarm: trouble.kind, since: trouble.since }, 'source alarm')
    changes++
  }
  await prune(db, at)
  return changes
}

function nameOf({ sourceId, kind, since }: Trouble): string {
  return `${sourceId} ${kind} ${since}`
}

async function prune(db: Database, now: Instant): Promise<void> {
  await db('source_hour')
    .where('hour', '<', now - hoursKept)
    .delete()
  const old: { receipt_id: Buffer }[] = await db('receipt_line')
    .where('received_at', '<', now - linesKept)
    .orderBy('received_at')
    .limit(pruneMost)
    .select('receipt_id')
  if (old.length > 0)
    await db('receipt_line')
      .whereIn(
        'receipt_id',
        old.map(({ receipt_id }) => receipt_id),
      )
      .delete()
}

/**
 * The background work of sources, by one worker of all: once a minute figures that a killed process left short are put
 * right, and the condition of sources is looked at.
 */
export function sourceSteps(ground: Ground): Step[] {
  const lease = { kind: 'sources', shard: 0, owner: newId(), ttlMs: 90_000 }
  const recount = createRecount(ground)
  return [
    {
      name: 'sources',
      idleMs: 60_000,
      async run() {
        const fence = await takeLease(ground.db, { ...lease, now: ground.now() })
        if (fence === null) return 0
        await recount()
        return watchSources(ground)
      },
    },
  ]
}
