import { type Day, dayOf, type Instant } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import type { ActiveLink } from '../../ledger/roster/identity.ts'
import type { HeldReading } from '../reading/reading.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { isWithin } from '../sources/namespaces.ts'
import type { Achievement } from './achievement.ts'
import type { Occasion } from './attempt.ts'
import type { SpentTime } from './spent-time.ts'

/** Why a completion is not a claim. Public; an old code never gets a new meaning (xapi.md §5.6). */
export const reasonCodes = [
  'ACTOR_UNKNOWN',
  'ACTOR_AMBIGUOUS',
  'ACTOR_OUT_OF_NAMESPACE',
  'ACTIVITY_UNKNOWN',
  'OFFERING_NOT_APPROVED',
  'BEFORE_APPROVAL',
  'UNIT_MISSING',
  'IMPLAUSIBLE_SPEED',
  'CLOCK_SKEW',
  'CONFLICT',
  'NOT_PASSED',
  'VOIDED_AFTER_POSTING',
  'RULE_FAULT',
  'SOURCE_NOT_LIVE',
  'PII_IN_STATEMENT',
  'OVERLAP',
  'MAPPING_CHANGED',
] as const
/** One of `reasonCodes`. */
export type ReasonCode = (typeof reasonCodes)[number]

/** Codes that a person may let pass, or of a fault: have tried again. The others go only when their cause is mended. */
export const releasableCodes: ReadonlySet<ReasonCode> = new Set([
  'BEFORE_APPROVAL',
  'UNIT_MISSING',
  'IMPLAUSIBLE_SPEED',
  'CLOCK_SKEW',
  'CONFLICT',
  'RULE_FAULT',
])

/** A code, and the failing condition with value and limit. */
export interface Kept {
  reason: ReasonCode
  detail: string
}

/** What policy says about evidence on one day; null where it is silent, and then nothing is held back. */
export interface Limits {
  minutesPerHour: number | null
  /** 0…1 of the approved time. */
  minDurationShare: number | null
  maxSpeed: number | null
  /** Credit hours of online forms that one day may end with. */
  maxHoursPerDay: number | null
  /** Kinds of evidence without which a completion of this form is not recognised by itself. */
  kinds: string[]
}

/** All that decides whether a completion may become a claim. */
export interface Candidate {
  opener: HeldReading
  achievement: Achievement
  occasion: Occasion
  offering: OfferingInfo | null
  link: ActiveLink | null
  /** Of somebody who is not linked: how many teachers the identifier may mean. */
  rivals: number
  namespaces: string[]
  isLive: boolean
  ruleSet: RuleSet
  limits: Limits
  /** What other claims of the teacher that stand say about where they were. */
  times: readonly SpentTime[]
  /** Codes a person let pass for this item. */
  released: ReadonlySet<string>
}

/** What keeps a completion from being a claim; null when nothing does. Pure; the first obstacle is named. */
export function obstacleTo(candidate: Candidate): Kept | null {
  const obstacle = whoAndWhat(candidate) ?? heldBack(candidate)
  if (obstacle) return obstacle
  if (!candidate.isLive)
    return kept('SOURCE_NOT_LIVE', 'the source is on trial or paused: shown, never submitted')
  return null
}

function whoAndWhat({ opener, offering, occasion, link, rivals, namespaces }: Candidate): Kept | null {
  const { identifier } = opener.actor
  if (identifier === null) return kept('ACTOR_AMBIGUOUS', 'the actor is a group')
  if (!isWithin(identifier, namespaces)) {
    return kept('ACTOR_OUT_OF_NAMESPACE', `the source may report ${namespaces.join(', ')}`)
  }
  if (link === null && rivals > 1) return kept('ACTOR_AMBIGUOUS', `${rivals} teachers fit; none is linked`)
  if (link === null) return kept('ACTOR_UNKNOWN', 'no identity link')
  if (offering === null) return kept('ACTIVITY_UNKNOWN', `no offering is mapped to ${opener.activities[0]}`)
  if (offering.approvedOn === null) return kept('OFFERING_NOT_APPROVED', 'the project is not approved')
  if (occasion.trainingClass === 'unknown') {
    return kept('OFFERING_NOT_APPROVED', `the offering has no class ${opener.classCode}`)
  }
  if (occasion.session === 'unknown') {
    return kept('OFFERING_NOT_APPROVED', `the class has no session ${opener.session?.no}`)
  }
  return null
}

function heldBack(candidate: Candidate): Kept | null {
  const checks = [
    clockSkew,
    beforeApproval,
    unitMissing,
    conflict,
    notPassed,
    implausibleSpeed,
    beyondDay,
    overlap,
  ]
  for (const check of checks) {
    const obstacle = check(candidate)
    if (obstacle && !candidate.released.has(obstacle.reason)) return obstacle
  }
  return null
}

function kept(reason: ReasonCode, detail: string): Kept {
  return { reason, detail }
}

/** When the completion counts as ended: the session's own end; the receipt, where a person re-dated a skewed clock. */
export function endOf({ opener, occasion, released }: Candidate): Instant {
  if (occasion.session && occasion.session !== 'unknown') {
    return (occasion.session.startsAt + occasion.session.minutes * 60_000_000) as Instant
  }
  const isAhead = opener.occurred > opener.stored
  return released.has('CLOCK_SKEW') && isAhead ? opener.stored : opener.occurred
}

const minute = 60_000_000
const day = 1440 * minute

function clockSkew({ opener, ruleSet }: Candidate): Kept | null {
  const { future_tolerance_minutes: tolerance, max_lateness_days: lateness } = ruleSet.clock
  const ahead = opener.occurred - opener.stored
  if (ahead > tolerance * minute) {
    return kept(
      'CLOCK_SKEW',
      `${Math.ceil(ahead / minute)} minutes after its receipt; ${tolerance} are tolerated`,
    )
  }
  if (-ahead > lateness * day) {
    return kept(
      'CLOCK_SKEW',
      `${Math.floor(-ahead / day)} days before its receipt; ${lateness} are tolerated`,
    )
  }
  return null
}

function beforeApproval(candidate: Candidate): Kept | null {
  const { occasion, opener } = candidate
  const approvedOn = candidate.offering?.approvedOn as Day
  const endedOn = dayOf(endOf(candidate))
  if (endedOn < approvedOn) return kept('BEFORE_APPROVAL', `ended on ${endedOn}, approved on ${approvedOn}`)
  const { trainingClass, session } = occasion
  if (trainingClass === 'none') return kept('BEFORE_APPROVAL', `no class has the day ${endedOn}`)
  if (session && session !== 'unknown') {
    // Check-ins are exported later than they were made, never sooner.
    return dayOf(opener.occurred) < dayOf(session.startsAt)
      ? kept(
          'BEFORE_APPROVAL',
          `attended on ${dayOf(opener.occurred)}, the session is on ${dayOf(session.startsAt)}`,
        )
      : null
  }
  if (
    trainingClass &&
    trainingClass !== 'unknown' &&
    (endedOn < trainingClass.from || trainingClass.to < endedOn)
  ) {
    return kept(
      'BEFORE_APPROVAL',
      `ended on ${endedOn}, the class ran ${trainingClass.from} to ${trainingClass.to}`,
    )
  }
  return null
}

const unitWords = /^(学时|课时|小时|学分|分钟|天|日|hours?|h|credits?|minutes?|min|days?|d)$/i

function unitMissing({ offering, opener }: Candidate): Kept | null {
  const needsAmount = offering?.awardBasis === 'by_duration' || offering?.awardBasis === 'by_occurrence'
  const amount = opener.sourceAmount
  if (!needsAmount || !amount || (amount.unit !== null && unitWords.test(amount.unit))) return null
  return kept('UNIT_MISSING', `an amount of ${amount.value} without a unit that is known`)
}

function conflict({ achievement }: Candidate): Kept | null {
  return achievement.conflictSeq > 0 ? kept('CONFLICT', 'failed after passed in one attempt') : null
}

function notPassed({ offering, achievement, occasion }: Candidate): Kept | null {
  // Where a pass is not demanded, completing is passing; attending is never a test.
  if (!offering?.passMark || achievement.passed || achievement.isWaived || occasion.session) return null
  const found = achievement.percent === null ? 'no score' : `${achievement.percent} percent`
  return kept('NOT_PASSED', `${found}; the pass mark is ${offering.passMark}`)
}

// A duration is evidence of study that happened online: for forms whose policy asks for `完成` and nothing else proves
// the time. Whoever meets in a hall or works in a school is checked there (policies/README.md §3).
function implausibleSpeed({ offering, achievement, limits, occasion }: Candidate): Kept | null {
  if (!limits.kinds.includes('完成')) return null
  const { minutesPerHour, minDurationShare, maxSpeed } = limits
  const seconds = achievement.durationSeconds
  if (!offering || seconds === null || minutesPerHour === null || occasion.session) return null
  const approved = (offering.approvedMilliHours / 1000) * minutesPerHour * 60
  const least = Math.max(
    minDurationShare === null ? 0 : approved * minDurationShare,
    maxSpeed ? approved / maxSpeed : 0,
  )
  if (seconds >= Math.floor(least)) return null
  return kept('IMPLAUSIBLE_SPEED', `${seconds} seconds; at least ${Math.floor(least)} are plausible`)
}

// Hours of forms that are proved by what happened online, ended on one civil day. A path and what it contains end
// together and are one.
function beyondDay(candidate: Candidate): Kept | null {
  const { offering, limits, occasion, times } = candidate
  if (!offering || limits.maxHoursPerDay === null || occasion.session) return null
  const endedOn = dayOf(endOf(candidate))
  const sameDay = times.filter(
    ({ endsAt, sessionId, offering: other }) =>
      sessionId === null &&
      other?.form === offering.form &&
      dayOf(endsAt) === endedOn &&
      !isPartOf(other, offering),
  )
  const others = sameDay.reduce((sum, { offering: other }) => sum + (other?.approvedMilliHours ?? 0), 0)
  const total = others + offering.approvedMilliHours
  if (others === 0 || total <= limits.maxHoursPerDay * 1000) return null
  return kept(
    'IMPLAUSIBLE_SPEED',
    `${total / 1000} hours on ${endedOn}; at most ${limits.maxHoursPerDay} a day are plausible`,
  )
}

function isPartOf(one: OfferingInfo, other: OfferingInfo): boolean {
  return (
    one.offeringId === other.offeringId ||
    one.contains.includes(other.code) ||
    other.contains.includes(one.code)
  )
}

// At most one counts: the first that became a claim stands, and the other waits until that one is taken back.
function overlap({ occasion, times }: Candidate): Kept | null {
  const { session } = occasion
  if (!session || session === 'unknown') return null
  const from = session.startsAt
  const to = from + session.minutes * minute
  const other = times.find(
    ({ sessionId, beginsAt, endsAt }) =>
      sessionId !== null &&
      sessionId !== session.sessionId &&
      beginsAt !== null &&
      beginsAt < to &&
      from < endsAt,
  )
  if (!other) return null
  return kept('OVERLAP', `at the same time as a session of ${other.offering?.code ?? 'another offering'}`)
}
