import type { Id } from '../../foundation/ids.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import type { OfferingInfo } from '../catalogue/offering.ts'
import type { ClaimContent } from '../claims/claim.ts'
import type { AttendedDay, CountedHours } from '../policy/judge.ts'

/** A claim as far as judging reads it. */
export interface JudgedClaim {
  claimId: Id
  content: ClaimContent
  /** Void, superseded or expired: it is not asked for any more. */
  isWithdrawn: boolean
  isRejected: boolean
}

/** An award as far as judging reads it, in thousandths of an hour. */
export interface JudgedAward {
  effectiveOn: Day
  counted: number
  excess: number
}

/** Everything that one teacher holds. */
export interface JudgedHoldings {
  claims: ReadonlyMap<Id, JudgedClaim>
  /** By claim. */
  awards: ReadonlyMap<Id, JudgedAward>
  offerings: ReadonlyMap<Id, OfferingInfo>
}

/** The hours and attended days a judgement may use, over all time: each requirement has its own window. */
export function judgedOf(holdings: JudgedHoldings): { hours: CountedHours[]; days: AttendedDay[] } {
  const hours: CountedHours[] = []
  for (const [claimId, { counted, effectiveOn }] of holdings.awards) {
    const claim = holdings.claims.get(claimId)
    if (claim && counted > 0)
      hours.push({ ...dimensionsOf(claim, holdings), effectiveOn, milliHours: counted })
  }
  return { hours, days: attendedDays(holdings) }
}

function dimensionsOf({ content }: JudgedClaim, { offerings }: JudgedHoldings) {
  const offering = offerings.get(content.offeringId ?? '')
  return {
    category: offering?.category ?? null,
    level: offering?.level ?? null,
    form: offering?.form ?? null,
    topic: offering?.topic ?? null,
    role: content.role,
  }
}

/** Days of sessions whose class has a recognised award; what a cap sent to excess was attended all the same. */
function attendedDays(holdings: JudgedHoldings): AttendedDay[] {
  const attended = [...holdings.claims.values()].flatMap((claim) => {
    const session = sessionOf(claim, holdings)
    return session && !claim.isWithdrawn && !claim.isRejected ? [{ claim, ...session }] : []
  })
  const recognised = new Set<string>()
  for (const { claim, classKey } of attended) {
    const award = holdings.awards.get(claim.claimId)
    if (award && award.counted + award.excess > 0) recognised.add(classKey)
  }
  return attended
    .filter(({ classKey }) => recognised.has(classKey))
    .map(({ claim, day }) => ({ ...dimensionsOf(claim, holdings), day }))
}

function sessionOf({ content }: JudgedClaim, { offerings }: JudgedHoldings) {
  if (content.sessionId === null) return null
  for (const { trainingClassId, sessions } of offerings.get(content.offeringId ?? '')?.classes ?? []) {
    const session = sessions.find(({ sessionId }) => sessionId === content.sessionId)
    if (session) return { day: dayOf(session.startsAt), classKey: `${trainingClassId} ${content.role}` }
  }
  return null
}
