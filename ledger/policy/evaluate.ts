import type { Id } from '../../foundation/ids.ts'
import { type Day, dayOf, daysBetween } from '../../foundation/time.ts'
import type { OfferingInfo } from '../catalogue/offering.ts'
import type { Claim, ClaimContent } from '../claims/claim.ts'
import { type Attendance, type AttendanceGroup, attendanceGroups, attendanceOf } from './attendance.ts'
import { type Candidate, inCanonicalOrder, keyOf, order } from './candidate.ts'
import { Counter, routeUnderCaps } from './caps.ts'
import { choose } from './choose.ts'
import { type FlatPolicy, quoteOf } from './document.ts'
import type { Award, Evaluation, EvaluationInput, Part, Waiting, WaitingReason } from './evaluation.ts'
import { type Fraction, fraction, wholeOf } from './fraction.ts'
import { approvalGate, gateBefore, obstacleTo, passGate } from './ready.ts'
import { type Standing, standingOf, standings } from './standing.ts'
import { claimedMilliHours, convertedAmount, roundedBy } from './value.ts'
import { type PolicyVersion, policyOn } from './version.ts'
import { windowOf } from './windows.ts'

/**
 * What one account should hold. No clock, no I/O, no order of arrival: same input, same output, for ever.
 *
 * Every claim is either valued, and its value split over the buckets, or waits under a reason (ledger.md §5.2).
 */
export function evaluate(input: EvaluationInput): Evaluation {
  const work = new Work(input)
  const frozen = work.frozenCandidates()
  const { singles, attendance } = work.sorted(new Set(frozen.map(({ claim }) => claim.claimId)))
  const valued = [...singles.map((claim) => work.single(claim)), ...work.attendance(attendance, frozen)]
  const candidates = [...frozen, ...valued.filter((one) => one !== null)]
  const chosen = choose(candidates, input.catalogue)
  const counter = new Counter(input.person)
  const ordered = chosen.candidates.sort(inCanonicalOrder)
  for (const one of ordered) if (one.frozen) counter.count(one, countedIn(one.frozen))
  for (const one of ordered) if (!one.frozen) routeUnderCaps(one, counter)
  return {
    awards: ordered.filter((one) => !one.frozen).map(awardOf),
    waiting: [...work.waiting, ...chosen.waiting].sort((a, b) => order(a.claimId, b.claimId)),
  }
}

function countedIn({ split }: Award): number {
  return split
    .filter(({ bucket }) => bucket === 'counted')
    .reduce((sum, { milliHours }) => sum + milliHours, 0)
}

/** A value on its way to a candidate. */
interface Valued {
  policy: FlatPolicy | null
  effectiveOn: Day
  exact: Fraction
  /** What of it is ready; the rest stands before `obstacle`. */
  readyExact: Fraction
  obstacle: Omit<Part, 'milliHours' | 'bucket'> | null
  rule: string
  claimedMilliHours: number | null
  isSilentOnDay: boolean
}

const nothing = fraction(0)

/** The claims of one evaluation, with what was found about each. */
class Work {
  readonly waiting: Waiting[] = []
  readonly #input: EvaluationInput
  readonly #standings: Map<Id, Standing>
  readonly #policy: PolicyVersion

  constructor(input: EvaluationInput) {
    this.#input = input
    this.#standings = standings(input.acts)
    this.#policy = input.policy
  }

  /** What closed periods hold, in the places it keeps. */
  frozenCandidates(): Candidate[] {
    const claims = new Map(this.#input.claims.map((claim) => [claim.claimId, claim]))
    return this.#input.frozen.flatMap((award) => {
      const claim = claims.get(award.claimId)
      if (!claim) return []
      return [
        {
          ...award,
          claim,
          offering: this.#offeringOf(claim),
          policy: policyOn(this.#policy, award.effectiveOn),
          key: keyOf(claim),
          isRecognised: true,
          isValued: true,
          frozen: award,
          open: 0,
          parts: award.split,
        },
      ]
    })
  }

  /** Parts the claims that are valued alone from those that are valued with the sessions of their class. */
  sorted(frozen: ReadonlySet<Id>): { singles: Claim[]; attendance: Claim[] } {
    const singles: Claim[] = []
    const attendance: Claim[] = []
    for (const claim of this.#input.claims) {
      if (frozen.has(claim.claimId)) continue
      const standing = standingOf(this.#standings, claim.claimId)
      if (standing.isWithdrawn) this.#wait(claim, 'withdrawn')
      else if (standing.isRejected) this.#wait(claim, 'rejected')
      else if (this.#offeringOf(claim)?.awardBasis === 'by_attendance') attendance.push(claim)
      else singles.push(claim)
    }
    return { singles, attendance }
  }

  /** Values a claim that stands for itself. */
  single(claim: Claim): Candidate | null {
    const { content } = claim
    const offering = this.#offeringOf(claim)
    const standing = standingOf(this.#standings, claim.claimId)
    if (!offering && (content.offeringId !== null || content.kind === 'completion')) {
      return this.#wait(claim, 'offering_unknown')
    }
    const { policy, effectiveOn, isSilentOnDay } = this.#dayOf(beganOn(content), content.endedOn)
    if (policy && offering) {
      if (isExcluded(policy, offering)) return this.#wait(claim, 'excluded', 'exclude')
      const gate = gateBefore(content, offering, policy)
      if (gate) return this.#wait(claim, gate.reason, gate.path)
    }
    const found = exactValue(content, offering, policy, standing)
    if ('silentPath' in found) return this.#wait(claim, 'policy_silent', found.silentPath)
    const obstacle = policy && obstacleTo(content, offering, policy, standing)
    return this.#candidate(claim, {
      policy,
      effectiveOn,
      isSilentOnDay,
      exact: found.exact,
      readyExact: obstacle ? nothing : found.exact,
      obstacle,
      rule: found.rule,
      claimedMilliHours: claimedMilliHours(policy, content, offering),
    })
  }

  /** Values the claims of each class together; the award stands on the first of them. */
  attendance(claims: Claim[], frozen: Candidate[]): (Candidate | null)[] {
    const { groups, strays } = attendanceGroups(claims, this.#input.catalogue)
    for (const stray of strays) {
      if (stray.content.sessionId) this.#wait(stray, 'offering_unknown', 'session')
      else this.#wait(stray, 'attendance_below')
    }
    const taken = ({ trainingClass, role }: AttendanceGroup) =>
      frozen.some(
        ({ claim: { content } }) =>
          content.role === role &&
          trainingClass.sessions.some(({ sessionId }) => sessionId === content.sessionId),
      )
    return groups.map((group) => {
      for (const result of group.results) this.#wait(result, 'attendance_part')
      if (!taken(group)) return this.#ofGroup(group)
      // What a closed period holds of this class is taken as given; a later session adds nothing to it.
      for (const claim of group.attended) this.#wait(claim, 'attendance_part')
      return null
    })
  }

  #ofGroup(group: AttendanceGroup): Candidate | null {
    const { offering } = group
    const all = attendanceOf(group, group.attended)
    if (!all) return this.#waitAll(group.attended, 'policy_silent', 'offering.sessions')
    const inTime = group.attended.filter((claim) => !this.#isLate(claim, all.lastDay))
    const now = inTime.length < group.attended.length ? attendanceOf(group, inTime) : all
    const [first] = inTime
    if (!now || !first) return null
    const { policy, effectiveOn, isSilentOnDay } = this.#dayOf(now.firstDay, now.lastDay)
    if (policy && isExcluded(policy, offering)) return this.#waitAll(inTime, 'excluded', 'exclude')
    const gate = policy && this.#groupGate(group, now, policy)
    if (gate) return this.#waitAll(inTime, gate.reason, gate.path)
    if (now.reaches === null) return this.#waitAll(inTime, 'policy_silent', 'offering.attendance_threshold')
    if (!now.reaches) return this.#waitAll(inTime, 'attendance_below', 'offering.attendance_threshold')
    for (const claim of inTime) if (claim !== first) this.#wait(claim, 'attendance_part')
    return this.#candidate(first, {
      policy,
      effectiveOn,
      isSilentOnDay,
      exact: now.exact,
      ...this.#readyOf(group, inTime, now, policy),
      rule: 'by_attendance',
      claimedMilliHours: wholeOf(now.exact),
    })
  }

  /** Sessions that nothing stands before are ready together, once they reach the threshold by themselves. */
  #readyOf(group: AttendanceGroup, claims: Claim[], all: Attendance, policy: FlatPolicy | null) {
    if (!policy) return { readyExact: nothing, obstacle: null }
    const obstacles = claims.map((claim) =>
      obstacleTo(claim.content, group.offering, policy, standingOf(this.#standings, claim.claimId)),
    )
    const obstacle = obstacles.find((one) => one !== null) ?? null
    if (!obstacle) return { readyExact: all.exact, obstacle }
    const free = claims.filter((_, at) => obstacles[at] === null)
    const ready = attendanceOf(group, free)
    const readyExact = ready?.reaches ? ready.exact : nothing
    return { readyExact, obstacle }
  }

  #groupGate(group: AttendanceGroup, now: Attendance, policy: FlatPolicy) {
    const { offering, results } = group
    const first = group.attended[0] as Claim
    const approval = approvalGate({ ...first.content, endedOn: now.lastDay }, offering, policy)
    if (approval || offering.passMark === null) return approval
    const passes = results.map(({ content }) => passGate(content, offering, policy))
    if (passes.includes(null)) return null
    return passGate({ ...first.content, kind: 'completion' }, offering, policy)
  }

  /** Which day the hours belong to, and which document says so. */
  #dayOf(beganOn: Day, endedOn: Day) {
    const governing = policyOn(this.#policy, endedOn)
    const attribution = governing?.attribution ?? null
    const effectiveOn = attribution === 'start_date' ? beganOn : endedOn
    const policy = effectiveOn === endedOn ? governing : policyOn(this.#policy, effectiveOn)
    const person = this.#input.person
    const isSilentOnDay = attribution === null && !sharePeriod(governing, person, beganOn, endedOn)
    return { policy, effectiveOn, isSilentOnDay }
  }

  #isLate(claim: Claim, effectiveOn: Day, milliHours?: number): boolean {
    const policy = policyOn(this.#policy, effectiveOn)
    const limit = policy?.late_registration?.days
    const isAdmitted = standingOf(this.#standings, claim.claimId).isAdmittedLate
    // A resolution is the decision that a late claim would wait for.
    if (isAdmitted || claim.content.kind === 'resolution' || limit == null) return false
    if (!isLateBy(claim.content, effectiveOn, limit)) return false
    this.#wait(claim, 'late', 'late_registration', milliHours)
    return true
  }

  #candidate(claim: Claim, valued: Valued): Candidate | null {
    const { policy, effectiveOn } = valued
    const standing = standingOf(this.#standings, claim.claimId)
    const isValued = standing.decidedMilliHours !== null
    const { milliHours, silentPath } = isValued
      ? { milliHours: standing.decidedMilliHours as number, silentPath: null }
      : roundedBy(policy, valued.exact)
    if (milliHours === 0) return this.#wait(claim, 'zero', valued.rule)
    const isClosed = periodOf(effectiveOn) <= (this.#input.closedThrough ?? 0) && !standing.isAdmittedLate
    if (isClosed) return this.#wait(claim, 'late', 'closed_period', milliHours)
    if (valued.rule !== 'by_attendance' && policy && this.#isLate(claim, effectiveOn, milliHours)) return null
    const silence = policy ? this.#silence(claim, valued, silentPath) : 'timeline'
    const open = silence ? 0 : this.#openOf(valued, isValued, milliHours)
    const rest = milliHours - open
    const why = silence ? { why: 'policy_silent' as const, path: silence } : valued.obstacle
    const offering = this.#offeringOf(claim)
    return {
      claim,
      offering,
      policy,
      key: keyOf(claim),
      effectiveOn,
      milliHours,
      claimedMilliHours: valued.claimedMilliHours,
      rule: isValued ? 'decision' : valued.rule,
      quote: quoteOf(policy?.workflow),
      isRecognised: standing.isRecognised,
      isValued,
      frozen: null,
      open,
      parts: rest > 0 && why ? [{ bucket: 'pending', milliHours: rest, ...why }] : [],
    }
  }

  #openOf({ policy, obstacle, readyExact, exact }: Valued, isValued: boolean, milliHours: number): number {
    if (!obstacle) return milliHours
    if (isValued || readyExact === nothing || readyExact === exact) return 0
    return Math.min(milliHours, roundedBy(policy, readyExact).milliHours)
  }

  /** The setting that no layer states and on which this award depends; null where none does. */
  #silence(claim: Claim, valued: Valued, roundingPath: string | null): string | null {
    if (valued.obstacle && valued.readyExact === nothing) return null
    if (valued.isSilentOnDay) return 'attribution'
    if (roundingPath) return roundingPath
    const standing = standingOf(this.#standings, claim.claimId)
    // Absent says that there is no such rule; null, that there may be one: then a receipt of a later day depends on it.
    const rule = valued.policy?.late_registration
    const mayBeLate = (rule === null || rule?.days === null) && delayOf(claim.content, valued.effectiveOn) > 0
    const isAccepted = standing.isAdmittedLate || standing.isRecognised
    return mayBeLate && !isAccepted ? 'late_registration' : null
  }

  #offeringOf(claim: Claim): OfferingInfo | null {
    return this.#input.catalogue.get(claim.content.offeringId ?? '') ?? null
  }

  #waitAll(claims: Claim[], reason: WaitingReason, path?: string): null {
    for (const claim of claims) this.#wait(claim, reason, path)
    return null
  }

  #wait({ claimId }: Claim, reason: WaitingReason, path?: string, milliHours?: number): null {
    const more = {
      ...(path === undefined ? {} : { path }),
      ...(milliHours === undefined ? {} : { milliHours }),
    }
    this.waiting.push({ claimId, reason, ...more })
    return null
  }
}

/** The value before rounding, and the rule that gives it. An award basis this program does not know is not guessed. */
function exactValue(
  content: ClaimContent,
  offering: OfferingInfo | null,
  policy: FlatPolicy | null,
  standing: Standing,
): { exact: Fraction; rule: string } | { silentPath: string } {
  if (standing.decidedMilliHours !== null) {
    return { exact: fraction(standing.decidedMilliHours), rule: 'decision' }
  }
  if (offering) {
    if (offering.awardBasis !== 'fixed_on_pass') return { silentPath: `award_basis.${offering.awardBasis}` }
    return { exact: fraction(offering.approvedMilliHours), rule: offering.awardBasis }
  }
  const converted = convertedAmount(policy, content, null)
  if (converted && 'exact' in converted) return { exact: converted.exact, rule: content.kind }
  return { silentPath: converted?.silentPath ?? 'source_amount' }
}

/** An excluded topic, form or category is no training for the ledger (interfaces.md §8). */
function isExcluded({ exclude }: FlatPolicy, { topic, form, category }: OfferingInfo): boolean {
  return [topic, form, category].some((word) => word !== null && (exclude ?? []).includes(word))
}

function beganOn({ beganAt, endedOn }: ClaimContent): Day {
  return beganAt === null ? endedOn : dayOf(beganAt)
}

function delayOf(content: ClaimContent, effectiveOn: Day): number {
  const receivedOn = dayOf(content.receivedAt)
  return receivedOn === effectiveOn ? 0 : daysBetween(effectiveOn, receivedOn)
}

const microsecondsOfDay = 86_400_000_000

/** Whether a claim was received too long after its day. Most are in time by their instants, without a calendar. */
function isLateBy(content: ClaimContent, effectiveOn: Day, limit: number): boolean {
  const { endedOn, endedAt, receivedAt } = content
  if (effectiveOn >= endedOn && receivedAt - endedAt <= limit * microsecondsOfDay) return false
  return delayOf(content, effectiveOn) > limit
}

/** The year of the book. */
function periodOf(day: Day): number {
  return Number(day.slice(0, 4))
}

/** Whether two days fall in the same period of the book and in the same windows, so that either gives one result. */
function sharePeriod(policy: FlatPolicy | null, person: EvaluationInput['person'], a: Day, b: Day): boolean {
  if (a === b) return true
  if (periodOf(a) !== periodOf(b)) return false
  return ['year', 'cycle'].every((name) => {
    const window = policy && windowOf(policy, name, { person, day: b })
    return !window?.known || (window.from <= a && a <= window.to)
  })
}

const bucketOrder = { counted: 0, excess: 1, pending: 2 }

function awardOf(candidate: Candidate): Award {
  const { claim, offering, effectiveOn, milliHours, rule, quote } = candidate
  return {
    claimId: claim.claimId,
    milliHours,
    claimedMilliHours: candidate.claimedMilliHours,
    effectiveOn,
    periodNo: periodOf(effectiveOn),
    category: offering?.category ?? null,
    level: offering?.level ?? null,
    form: offering?.form ?? null,
    split: [...candidate.parts].sort(
      (a, b) =>
        bucketOrder[a.bucket] - bucketOrder[b.bucket] ||
        order(a.why, b.why) ||
        order(a.path ?? '', b.path ?? ''),
    ),
    rule,
    quote,
  }
}
