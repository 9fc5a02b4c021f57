import { idBytes, idBytesOrNull } from '../../foundation/database/codec.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, lockForUpdate } from '../../foundation/database/dialect.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { type Score, type ScoreCode, scoreFrom, scoreLookup } from './score.ts'
import type { Points } from './standing.ts'

/** A score that should be at a platform. */
export interface ScoreWish {
  iss: string
  clientId: string
  lineItemUrl: string
  sub: string
  launchId: Id
  launchedAt: Instant
  offeringId: Id
  teacherId: Id | null
  points: Points
}

const leaseMicros = 60_000_000

/**
 * Enters a score in place of the one that is there for the same line item and learner: only the newest is ever sent. The
 * same points again change nothing, but for a rejected row: a launch after its end gives it another chance.
 */
export async function enterScore(trx: Trx, wish: ScoreWish, now: Instant): Promise<boolean> {
  const lookup = scoreLookup(wish)
  const held = await heldRow(trx, lookup)
  if (held) return renew(trx, held, wish, now)
  try {
    await trx('score_outbox').insert({
      score_id: idBytes(newId()),
      lookup,
      iss: wish.iss,
      client_id: wish.clientId,
      line_item_url: wish.lineItemUrl,
      sub: wish.sub,
      launch_id: idBytes(wish.launchId),
      offering_id: idBytes(wish.offeringId),
      teacher_id: idBytesOrNull(wish.teacherId),
      given_milli: wish.points.givenMilli,
      maximum_milli: wish.points.maximumMilli,
      version: 1,
      state: 'waiting',
      attempts: 0,
      entered_at: now,
      not_before: now,
      leased_until: 0,
    })
    return true
  } catch (error) {
    if (!isDuplicateKey(error, 'score_outbox_lookup')) throw error
    const winner = await heldRow(trx, lookup)
    return winner ? renew(trx, winner, wish, now) : false
  }
}

async function heldRow(trx: Trx, lookup: Buffer): Promise<Score | null> {
  const row = await lockForUpdate(trx('score_outbox').where({ lookup })).first()
  return row ? scoreFrom(row) : null
}

async function renew(trx: Trx, held: Score, wish: ScoreWish, now: Instant): Promise<boolean> {
  const isOther = held.givenMilli !== wish.points.givenMilli || held.maximumMilli !== wish.points.maximumMilli
  const isAnotherChance =
    held.state === 'rejected' && held.finishedAt !== null && wish.launchedAt > held.finishedAt
  const whose = { launch_id: idBytes(wish.launchId), teacher_id: idBytesOrNull(wish.teacherId) }
  const row = trx('score_outbox').where({ score_id: idBytes(held.id) })
  if (!isOther && !isAnotherChance) {
    if (held.launchId !== wish.launchId || held.teacherId !== wish.teacherId) await row.update(whose)
    return false
  }
  await row.update({
    ...whose,
    offering_id: idBytes(wish.offeringId),
    given_milli: wish.points.givenMilli,
    maximum_milli: wish.points.maximumMilli,
    ...waitingAgain(held.version, now),
  })
  return true
}

function waitingAgain(version: number, now: Instant) {
  return {
    version: version + 1,
    state: 'waiting',
    code: null,
    status: null,
    attempts: 0,
    entered_at: now,
    first_tried_at: null,
    not_before: now,
    finished_at: null,
  }
}

/** Puts rejected scores back in line; returns how many. Others stay as they are. */
export async function reopenScores(trx: Trx, ids: readonly Id[], now: Instant): Promise<number> {
  let reopened = 0
  for (const id of ids) {
    const row = await lockForUpdate(
      trx('score_outbox').where({ score_id: idBytes(id), state: 'rejected' }),
    ).first('version')
    if (!row) continue
    reopened += await trx('score_outbox')
      .where({ score_id: idBytes(id) })
      .update(waitingAgain(Number(row.version), now))
  }
  return reopened
}

/** The score of a lane that may go next, longest due first, or null. */
export async function nextScore(
  handle: Handle,
  pair: { iss: string; clientId: string },
  now: Instant,
): Promise<Score | null> {
  const row = await handle('score_outbox')
    .where({ iss: pair.iss, client_id: pair.clientId, state: 'waiting' })
    .where('not_before', '<=', now)
    .where('leased_until', '<', now)
    .orderBy(['not_before', 'score_id'])
    .first()
  return row ? scoreFrom(row) : null
}

/** Takes a score for sending by one conditional update; false when another worker was faster, or a newer score came. */
export async function takeScore(db: Database, score: Score, owner: Id, now: Instant): Promise<boolean> {
  const taken = await db('score_outbox')
    .where({ score_id: idBytes(score.id), version: score.version, state: 'waiting' })
    .where('leased_until', '<', now)
    .update({ lease_owner: idBytes(owner), leased_until: now + leaseMicros })
  return taken === 1
}

/** How an attempt ended. `timestamp` is what the platform may have on record; null leaves what is noted. */
export interface Ended {
  timestamp: Instant | null
  code: ScoreCode | null
  status: number | null
}

const released = { lease_owner: null, leased_until: 0 }

/**
 * Closes an attempt on the version that was taken. Where a newer score came meanwhile, it stays in line and only the
 * timestamp is noted. False: the lease was lost, and nothing is noted.
 */
async function close(
  db: Database,
  score: Score,
  owner: Id,
  { timestamp }: Pick<Ended, 'timestamp'>,
  columns: Record<string, string | number | null>,
  now: Instant,
): Promise<boolean> {
  const stamp = timestamp === null ? {} : { last_timestamp: timestamp }
  const own = () =>
    db('score_outbox').where({ score_id: idBytes(score.id), lease_owner: idBytes(owner), state: 'waiting' })
  const closed = await own()
    .where({ version: score.version })
    .update({ ...columns, ...stamp, ...released })
  if (closed === 1) return true
  return (await own().update({ ...stamp, ...released, not_before: now })) === 1
}

/** Notes that the platform has the score. */
export function markSent(
  db: Database,
  score: Score,
  owner: Id,
  ended: Ended,
  now: Instant,
): Promise<boolean> {
  const columns = { state: 'sent', code: null, status: null, attempts: 0, finished_at: now }
  return close(db, score, owner, ended, columns, now)
}

/** Gives a score up until a newer one, a new launch or a person reopens it. */
export function markRejected(
  db: Database,
  score: Score,
  owner: Id,
  ended: Ended,
  now: Instant,
): Promise<boolean> {
  const { code, status } = ended
  const columns = { state: 'rejected', code, status, attempts: score.attempts + 1, finished_at: now }
  return close(db, score, owner, ended, columns, now)
}

/** Keeps a score for another try, not before an instant. */
export function markPostponed(
  db: Database,
  score: Score,
  owner: Id,
  ended: Ended & { notBefore: Instant },
  now: Instant,
): Promise<boolean> {
  const { code, status, notBefore } = ended
  const columns = {
    code,
    status,
    attempts: score.attempts + 1,
    first_tried_at: score.firstTriedAt ?? now,
    not_before: notBefore,
  }
  return close(db, score, owner, ended, columns, now)
}

/** Gives a score back untried. */
export function putBack(
  db: Database,
  score: Score,
  owner: Id,
  notBefore: Instant,
  now: Instant,
): Promise<boolean> {
  return close(db, score, owner, { timestamp: null }, { not_before: notBefore }, now)
}

/** Gives up what waits for a platform that was removed; a further launch from it, registered anew, reopens it. */
export async function rejectWaiting(
  db: Database,
  pair: { iss: string; clientId: string },
  now: Instant,
): Promise<void> {
  await db('score_outbox')
    .where({ iss: pair.iss, client_id: pair.clientId, state: 'waiting' })
    .update({ state: 'rejected', code: 'PLATFORM_GONE', status: null, finished_at: now })
}
