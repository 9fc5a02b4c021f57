import { setTimeout as sleep } from 'node:timers/promises'
import { idBytes } from '../../foundation/database/codec.ts'
import { releaseLease, takeLease } from '../../foundation/database/lease.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { type Instant, systemClock } from '../../foundation/time.ts'
import { sendScore } from '../lti-services/ags.ts'
import { contextOfLaunch } from '../lti-services/launch-context.ts'
import {
  forgetTokens,
  isServiceAddress,
  type ServiceFailure,
  type ServiceRegistration,
} from '../lti-services/service-call.ts'
import {
  askedWaitMs,
  isPlatformWide,
  type ServiceCode,
  serviceBackOffMs,
} from '../lti-services/service-code.ts'
import { changeLane, laneOf } from './lane.ts'
import { markPostponed, markRejected, markSent, nextScore, putBack, takeScore } from './outbox.ts'
import type { Score, ScoreCode } from './score.ts'
import { type ScoreVerdict, verdictOf } from './verdict.ts'

/** What sending stands on. */
export interface Sending {
  ground: Ground
  owner: Id
  /** In [0, 1): how much jitter a back-off gets. */
  draw: () => number
  /** How long a platform has for one call; ten seconds unless told. */
  deadlineMs?: number
  /** How far apart the timestamps of one learner are; two seconds unless told. */
  apartMs?: number
}

const laneLeaseMs = 60_000
const scoresPerTurn = 200
/** A platform may compare timestamps by the second. */
const apartByDefaultMs = 2_000
const clockWaitMs = 30_000
const hourMicros = 3_600_000_000
/** A score is tried for so long; one that meets a timestamp from the future for a day. */
const triedForMicros = 72 * hourMicros
const futureForMicros = 24 * hourMicros
const longestHoldMs = 600_000

/**
 * Sends the scores of one platform that may go now, one after the other; returns how many found their end. 0 while
 * another process has the lane.
 */
export async function sendLane(
  on: Sending,
  registration: ServiceRegistration,
  signal: AbortSignal,
): Promise<number> {
  const { db, now } = on.ground
  const lease = { kind: 'score-lane', shard: shardOf(registration.registrationId), owner: on.owner }
  const take = () => takeLease(db, { ...lease, now: now(), ttlMs: laneLeaseMs })
  if ((await take()) === null) return 0
  let ended = 0
  try {
    for (let round = 0; round < scoresPerTurn && !signal.aborted; round++) {
      // Read anew each time: somebody may have paused it, and a failure holds it.
      const { pausedCode, notBefore } = await laneOf(db, registration.registrationId)
      if (pausedCode !== null || notBefore > now()) break
      const score = await nextScore(db, registration, now())
      if (!score || (await take()) === null) break
      if (await new Attempt(on, registration, score).run(signal)) ended += 1
    }
  } finally {
    await releaseLease(db, lease)
  }
  return ended
}

/** Leases are numbered; two platforms on one number would only wait for each other. */
function shardOf(registrationId: Id): number {
  return idBytes(registrationId).readUIntBE(10, 6)
}

/** One score on its way: taken by its lease, sent outside any transaction, and closed on the version that was taken. */
class Attempt {
  private readonly on: Sending
  private readonly registration: ServiceRegistration
  private readonly score: Score
  /** The latest timestamp that the platform may have got. */
  private timestamp: Instant | null = null

  constructor(on: Sending, registration: ServiceRegistration, score: Score) {
    this.on = on
    this.registration = registration
    this.score = score
  }

  /** True when the score found its end: sent or rejected. */
  async run(signal: AbortSignal): Promise<boolean> {
    const { ground, owner } = this.on
    const { db, now } = ground
    if (!(await takeScore(db, this.score, owner, now()))) return false
    const waitMicros = this.tooSoonBy()
    if (waitMicros > 0) {
      await putBack(db, this.score, owner, (now() + waitMicros) as Instant, now())
      return false
    }
    if (!isServiceAddress(ground, this.registration, this.score.lineItemUrl))
      return this.reject({ act: 'reject', code: 'FOREIGN_HOST', status: null })
    const failure = await this.send()
    if (!failure) return this.sent()
    const verdict = verdictOf(failure)
    if (signal.aborted) return this.later(verdict, failure)
    switch (verdict.act) {
      case 'fresh-token':
        return this.withFreshToken(signal)
      case 'later-timestamp':
        return this.withLaterTimestamp(signal)
      default:
        return this.settle(verdict, failure)
    }
  }

  /** How long it is too soon: timestamps must grow, by the clock that ltijs stamps scores with. */
  private tooSoonBy(): number {
    const { lastTimestamp } = this.score
    return lastTimestamp === null ? 0 : lastTimestamp + this.apartMs() * 1000 - systemClock()
  }

  private apartMs(): number {
    return this.on.apartMs ?? apartByDefaultMs
  }

  private async send(): Promise<ServiceFailure | null> {
    const { ground } = this.on
    const { lineItemUrl, sub, givenMilli, maximumMilli, launchId } = this.score
    const context = await contextOfLaunch(ground.db, launchId)
    const points = { userId: sub, given: givenMilli / 1000, maximum: maximumMilli / 1000 }
    const { deadlineMs } = this.on
    const answer = await sendScore(ground, this.registration, context, lineItemUrl, points, deadlineMs)
    this.timestamp = answer.timestamp ?? this.timestamp
    return answer.ok ? null : answer.failure
  }

  private async withFreshToken(signal: AbortSignal): Promise<boolean> {
    await forgetTokens(this.on.ground, this.registration)
    const failure = await this.send()
    if (!failure) return this.sent()
    const verdict = verdictOf(failure)
    return verdict.act === 'later-timestamp' ? this.withLaterTimestamp(signal) : this.settle(verdict, failure)
  }

  /** 409: the same or a newer timestamp is on record. If it still is two seconds later, it lies in the future. */
  private async withLaterTimestamp(signal: AbortSignal): Promise<boolean> {
    await sleep(this.apartMs(), undefined, { signal }).catch(() => undefined)
    const failure = signal.aborted ? null : await this.send()
    if (!failure && !signal.aborted) return this.sent()
    const verdict = failure ? verdictOf(failure) : null
    if (failure && verdict && verdict.act !== 'later-timestamp') return this.settle(verdict, failure)
    return this.postpone({ code: 'FUTURE_TIMESTAMP', status: 409 }, 3_600_000, futureForMicros)
  }

  private async sent(): Promise<boolean> {
    const { ground, owner } = this.on
    const { db, now, log } = ground
    const ended = { timestamp: this.timestamp, code: null, status: null }
    await changeLane(db, this.registration.registrationId, {
      failures: 0,
      not_before: 0,
      alarm_code: null,
      alarm_since: null,
    })
    log.info({ scoreId: this.score.id, version: this.score.version }, 'score sent')
    return markSent(db, this.score, owner, ended, now())
  }

  private async settle(verdict: ScoreVerdict, failure: ServiceFailure): Promise<boolean> {
    switch (verdict.act) {
      case 'reject':
        return this.reject(verdict)
      case 'pause':
        return this.pause(verdict)
      default:
        return this.later(verdict, failure)
    }
  }

  private async reject({ code, status }: ScoreVerdict): Promise<boolean> {
    const { ground, owner } = this.on
    ground.log.warn({ scoreId: this.score.id, code, status }, 'score rejected')
    return markRejected(
      ground.db,
      this.score,
      owner,
      { timestamp: this.timestamp, code, status },
      ground.now(),
    )
  }

  /** The platform's scores wait for a person; this one stays first in line. */
  private async pause({ code, status }: ScoreVerdict): Promise<boolean> {
    const { ground, owner } = this.on
    const { db, now, log } = ground
    const { registrationId } = this.registration
    log.error({ registrationId, code, status }, 'scores paused: the platform does not let us write them')
    await changeLane(db, registrationId, { paused_code: code, paused_at: now() })
    const ended = { timestamp: this.timestamp, code, status, notBefore: now() }
    await markPostponed(db, this.score, owner, ended, now())
    return false
  }

  private async later(verdict: ScoreVerdict, failure: ServiceFailure): Promise<boolean> {
    const { ground, draw } = this.on
    const { code } = verdict
    // ltijs keeps a token answer that it could not use.
    if (code === 'TOKEN_UNAVAILABLE') await forgetTokens(ground, this.registration)
    const askedMs = askedWaitMs(failure, ground.now() / 1000)
    const waitMs =
      code === 'CLOCK_AHEAD'
        ? Math.max(clockWaitMs, askedMs)
        : serviceBackOffMs(this.score.attempts + 1, draw(), askedMs)
    await this.holdLane(code, askedMs)
    return this.postpone(verdict, waitMs, triedForMicros)
  }

  /**
   * What concerns the whole platform lets its other scores wait as well: at once where the platform said so, else after
   * the second failure in a row, since one score that it chokes on says nothing about the others.
   */
  private async holdLane(code: ServiceCode, askedMs: number): Promise<void> {
    if (!isPlatformWide(code)) return
    const { ground, draw } = this.on
    const { db, now, log } = ground
    const { registrationId } = this.registration
    const lane = await laneOf(db, registrationId)
    const failures = lane.failures + 1
    const isSure = surelyWide.has(code)
    const span = failures < 2 && !isSure ? 0 : serviceBackOffMs(Math.max(1, failures - 1), draw())
    const holdMs = Math.max(askedMs, Math.min(span, code === 'CLOCK_AHEAD' ? clockWaitMs : longestHoldMs))
    await changeLane(db, registrationId, { failures, not_before: now() + holdMs * 1000 })
    log.warn({ registrationId, code, failures, holdMs }, 'the platform does not take scores now')
    if (alarming[code]?.(failures)) await this.alarm(code)
  }

  private async postpone(
    ended: { code: ScoreCode; status: number | null },
    waitMs: number,
    forMicros: number,
  ): Promise<boolean> {
    const { ground, owner } = this.on
    const { db, now } = ground
    const { firstTriedAt } = this.score
    if (firstTriedAt !== null && firstTriedAt + forMicros <= now()) {
      await this.alarm('GIVEN_UP')
      const given = { ...ended, timestamp: this.timestamp, code: 'GIVEN_UP' as const }
      return markRejected(db, this.score, owner, given, now())
    }
    if (ended.code === 'FUTURE_TIMESTAMP') await this.alarm('FUTURE_TIMESTAMP')
    const notBefore = (now() + waitMs * 1000) as Instant
    await markPostponed(db, this.score, owner, { ...ended, timestamp: this.timestamp, notBefore }, now())
    return false
  }

  /** Said once for as long as it lasts. */
  private async alarm(code: ScoreCode): Promise<void> {
    const { db, now, log } = this.on.ground
    const { registrationId } = this.registration
    const { alarmCode } = await laneOf(db, registrationId)
    if (alarmCode === code) return
    log.error({ registrationId, code }, 'score alarm')
    await changeLane(db, registrationId, { alarm_code: code, alarm_since: now() })
  }
}

const surelyWide: ReadonlySet<ServiceCode> = new Set([
  'UNAUTHENTICATED',
  'BUSY',
  'TOKEN_UNAVAILABLE',
  'CLOCK_AHEAD',
  'PLATFORM_INACTIVE',
])

/** From which failure in a row on a person should know. */
const alarming: Partial<Record<ServiceCode, (failures: number) => boolean>> = {
  UNAUTHENTICATED: () => true,
  TOKEN_UNAVAILABLE: () => true,
  FOREIGN_HOST: () => true,
  REDIRECTED: () => true,
  CLOCK_AHEAD: (failures) => failures >= 2,
  FAILING: (failures) => failures >= 5,
  NETWORK: (failures) => failures >= 5,
  TIMEOUT: (failures) => failures >= 5,
}
