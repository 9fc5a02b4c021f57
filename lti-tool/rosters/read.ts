import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { contextOfLaunch } from '../lti-services/launch-context.ts'
import { type ServiceRegistration, serviceRegistrations } from '../lti-services/service-call.ts'
import { serviceBackOffMs } from '../lti-services/service-code.ts'
import { keepRoster } from './keep.ts'
import { nextNight } from './night.ts'
import { type Roster, type RosterCode, rosterFrom } from './roster.ts'
import { type Walked, walkRoster } from './walk.ts'

/** What reading stands on. */
export interface Reading {
  ground: Ground
  owner: Id
  /** In [0, 1). */
  draw: () => number
  /** How long a platform has for one page; ten seconds unless told. */
  deadlineMs?: number
}

/** A hundred pages of ten seconds each, with a fresh token in between. */
const leaseMicros = 2_100_000_000
/** After so many failures it waits for the night. */
const triesANight = 4
/** A course that nobody opened for so long is over, and its roster is read on demand only. */
const longestIdle = 200 * 86_400_000_000

/** `next_at` of a roster that somebody asked for: before all others. */
export const askedFor = 0

const untilNight: ReadonlySet<RosterCode> = new Set([
  'FORBIDDEN',
  'SCOPE_REFUSED',
  'GONE',
  'FOREIGN_HOST',
  'REDIRECTED',
  'TOO_LARGE',
  'LOOP',
  'DUPLICATE',
  'UNREADABLE',
  'PLATFORM_INACTIVE',
  'PLATFORM_GONE',
])

/** Reads the roster that is longest due; false when none is. */
export async function readDueRoster(on: Reading, signal: AbortSignal): Promise<boolean> {
  const { db, now } = on.ground
  const row = await db('platform_roster')
    .where('next_at', '<=', now())
    .where('leased_until', '<', now())
    .orderBy(['next_at', 'roster_id'])
    .first()
  if (!row) return false
  const roster = rosterFrom(row)
  if (await rests(on, roster)) return true
  const taken = await db('platform_roster')
    .where({ roster_id: idBytes(roster.id) })
    .where('leased_until', '<', now())
    .update({ lease_owner: idBytes(on.owner), leased_until: now() + leaseMicros })
  if (taken !== 1) return true
  const registration = (await serviceRegistrations(db)).find(
    ({ iss, clientId }) => iss === roster.iss && clientId === roster.clientId,
  )
  const walked = await walk(on, roster, registration, signal)
  if (signal.aborted && !walked.ok) await release(on, roster, {})
  else if (walked.ok) await good(on, roster, walked)
  else await failed(on, roster, walked)
  return true
}

async function walk(
  { ground, deadlineMs }: Reading,
  roster: Roster,
  registration: ServiceRegistration | undefined,
  signal: AbortSignal,
): Promise<Walked> {
  if (!registration) return { ok: false, code: 'PLATFORM_GONE', status: null, askedMs: 0 }
  const context = await contextOfLaunch(ground.db, roster.launchId)
  return walkRoster(
    ground,
    registration,
    { ...context, membershipsUrl: roster.membershipsUrl },
    { signal, ...(deadlineMs === undefined ? {} : { deadlineMs }) },
  )
}

async function good(on: Reading, roster: Roster, walked: Extract<Walked, { ok: true }>): Promise<void> {
  const { db, now, config, log } = on.ground
  const at = now()
  const change = await transact(
    db,
    async (trx) => {
      const changed = await keepRoster(trx, roster, walked.members, at)
      await trx('platform_roster')
        .where({ roster_id: idBytes(roster.id), lease_owner: idBytes(on.owner) })
        .update({
          state: 'good',
          code: null,
          status: null,
          attempts: 0,
          tried_at: at,
          read_at: at,
          members: changed.members,
          next_at: nextNight(at, config.timeZone, on.draw()),
          lease_owner: null,
          leased_until: 0,
        })
      return changed
    },
    { idempotent: true },
  )
  log.info({ rosterId: roster.id, pages: walked.pages, dropped: walked.dropped, ...change }, 'roster read')
}

/** The last good roster stays. What may pass soon is tried again soon, the rest at night. */
async function failed(on: Reading, roster: Roster, walked: Extract<Walked, { ok: false }>): Promise<void> {
  const { now, config, log } = on.ground
  const { code, status, askedMs } = walked
  const attempts = roster.attempts + 1
  const at = now()
  const waitsForNight = untilNight.has(code) || attempts >= triesANight
  const nextAt = waitsForNight
    ? nextNight(at, config.timeZone, on.draw())
    : ((at + serviceBackOffMs(attempts, on.draw(), askedMs) * 1000) as Instant)
  log.warn({ rosterId: roster.id, code, status, attempts }, 'roster not read: the last good one stays')
  await release(on, roster, {
    state: 'failed',
    code,
    status,
    attempts: waitsForNight ? 0 : attempts,
    tried_at: at,
    next_at: nextAt,
  })
}

async function release(
  { ground, owner }: Reading,
  roster: Roster,
  columns: Record<string, string | number | null>,
): Promise<void> {
  await ground
    .db('platform_roster')
    .where({ roster_id: idBytes(roster.id), lease_owner: idBytes(owner) })
    .update({ ...columns, lease_owner: null, leased_until: 0 })
}

/** Puts off the roster of a course that is over, so that nights stay short; one that was asked for is read. */
async function rests({ ground }: Reading, roster: Roster): Promise<boolean> {
  const { db, now } = ground
  if (roster.nextAt === askedFor || roster.readAt === null) return false
  if (roster.launchedAt >= now() - longestIdle) return false
  await db('platform_roster')
    .where({ roster_id: idBytes(roster.id), next_at: roster.nextAt })
    .update({ next_at: now() + longestIdle })
  return true
}
