import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import type { FactCache } from '../books/evaluation-facts.ts'
import { type AccountFacts, type ClosedYear, type SupposedAccount, supposeFacts } from '../books/suppose.ts'
import type { Fact } from '../claims/claim.ts'
import { decidedBy } from '../claims/status.ts'
import type { FlatPolicy } from '../policy/document.ts'
import type { Award } from '../policy/evaluation.ts'
import { type Judgement, judge } from '../policy/judge.ts'
import { policyOn } from '../policy/version.ts'
import { windowOf } from '../policy/windows.ts'
import { judgedOf } from './judged.ts'

/** A requirement that a teacher would meet and does not, or meets and would not. */
export interface RequirementShift {
  change: 'newly_met' | 'no_longer_met'
  before: Judgement
  after: Judgement
}

/** What facts that nobody has posted would mean for one teacher. */
export interface Supposition {
  teacherId: Id
  shifts: RequirementShift[]
  /** By year, what closed years would not take. */
  closed: ClosedYear[]
}

/**
 * What it would mean for teachers if these facts were posted: requirements met or missed because of them, and what
 * years that are closed for an account would not take. Reads only; limits are those of `supposeFacts`. Requirements
 * are judged as of `today`, and those of a year, cycle or registration that is over as of its last day.
 */
export async function suppose(
  handle: Handle,
  cache: FactCache,
  facts: readonly Fact[],
  today: Day,
): Promise<Supposition[]> {
  const accounts = await supposeFacts(handle, cache, facts)
  return accounts.map((account) => ({
    teacherId: account.teacherId,
    shifts: shiftsOf(account, today),
    closed: account.closed,
  }))
}

function shiftsOf(account: SupposedAccount, today: Day): RequirementShift[] {
  const days = daysChanged(account)
  if (days.length === 0) return []
  const seen = new Set<string>()
  return [today, ...endsBefore(today, days, account)].flatMap((on) => {
    const policy = policyOn(account.policy, on)
    if (!policy) return []
    const after = new Map(judgements(account, account.after, policy, on).map((one) => [one.id, one]))
    return judgements(account, account.before, policy, on).flatMap((before): RequirementShift[] => {
      // What ends with the day of the question is asked as of today alone: each day would be another window.
      if (on !== today && isMoving(policy, before.id)) return []
      const window = `${before.id} ${before.window?.from} ${before.window?.to}`
      const is = after.get(before.id)
      if (seen.has(window) || !is) return []
      seen.add(window)
      const [met, wouldMeet] = [before.result === 'met', is.result === 'met']
      if (met === wouldMeet) return []
      return [{ change: met ? 'no_longer_met' : 'newly_met', before, after: is }]
    })
  })
}

function judgements(
  { person, catalogue }: SupposedAccount,
  facts: AccountFacts,
  policy: FlatPolicy,
  on: Day,
) {
  const claims = facts.claims.map((claim) => {
    const { status } = decidedBy((facts.acts.get(claim.claimId) ?? []).map(({ kind }) => kind))
    return { ...claim, isWithdrawn: status === 'withdrawn', isRejected: status === 'rejected' }
  })
  const holdings = {
    claims: new Map(claims.map((claim) => [claim.claimId, claim])),
    awards: new Map(
      facts.awards.map((award) => [award.claimId, { effectiveOn: award.effectiveOn, ...sums(award) }]),
    ),
    offerings: catalogue,
  }
  return judge({ policy, person, on, ...judgedOf(holdings) })
}

function sums({ split }: Award): { counted: number; excess: number } {
  const sums = { counted: 0, excess: 0, pending: 0 }
  for (const { bucket, milliHours } of split) sums[bucket] += milliHours
  return sums
}

/** The days of awards that count otherwise. */
function daysChanged({ before, after }: SupposedAccount): Day[] {
  const counted = (awards: readonly Award[]) =>
    awards.map(({ claimId, effectiveOn, split }) => `${effectiveOn} ${claimId} ${JSON.stringify(split)}`)
  const [was, is] = [new Set(counted(before.awards)), new Set(counted(after.awards))]
  const differing = [...was, ...is].filter((one) => !was.has(one) || !is.has(one))
  return [...new Set(differing.map((one) => one.slice(0, 10)))]
}

/** The last days of the years, cycles and registrations around these days that are over. */
function endsBefore(today: Day, days: readonly Day[], { policy, person }: SupposedAccount): Day[] {
  const ends = new Set<Day>()
  for (const day of days) {
    const governing = policyOn(policy, day)
    if (!governing) continue
    for (const name of ['year', 'cycle', 'registration']) {
      const window = windowOf(governing, name, { person, day })
      if (window.known && window.to < today) ends.add(window.to)
    }
  }
  return [...ends].sort()
}

function isMoving({ requirements, cycle }: FlatPolicy, id: string): boolean {
  const window = id === 'cycle-target' ? 'cycle' : requirements?.find((one) => one.id === id)?.window
  return window === 'cycle' ? cycle?.anchor === 'rolling' : /^(rolling|last-|day$)/.test(window ?? '')
}
