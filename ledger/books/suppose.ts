import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import type { OfferingInfo } from '../catalogue/offering.ts'
import type { Claim, ClaimAct, ClaimFact, Fact, FiledAct } from '../claims/claim.ts'
import { groupBy } from '../claims/group.ts'
import { decidedBy, mayFollow } from '../claims/status.ts'
import { accountOf, accountsOfActs } from '../claims/submit.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Award, EvaluationInput, Person } from '../policy/evaluation.ts'
import type { PolicyVersion } from '../policy/version.ts'
import { type AccountRow, type AccountState, accountRowOf, bareState, readStates } from './account-state.ts'
import { readWords } from './code-list.ts'
import { type EvaluationFacts, evaluationInputOf } from './evaluate-state.ts'
import { evaluationFactsFor, type FactCache } from './evaluation-facts.ts'
import { readBook } from './open.ts'

/** Facts and awards of an account, as they are or as they would be. */
export interface AccountFacts {
  claims: Claim[]
  /** By claim, in the order of their numbers. */
  acts: ReadonlyMap<Id, ClaimAct[]>
  /** All awards: those of closed years as the book holds them, the others as policy gives them. */
  awards: Award[]
}

/** What supposed facts would have changed in a year that is closed for the account. None of it would be posted. */
export interface ClosedYear {
  periodNo: number
  /** Claims without an entry until somebody admits them late, and what they would be worth before caps. */
  late: { claims: number; milliHours: number }
  /** Claims taken back whose hours stand until somebody decides on them, and those hours. */
  kept: { claims: number; milliHours: number }
}

/** What one teacher's account holds, and would hold if some facts were posted. */
export interface SupposedAccount {
  teacherId: Id
  policy: PolicyVersion
  person: Person
  catalogue: ReadonlyMap<Id, OfferingInfo>
  before: AccountFacts
  after: AccountFacts
  /** By year, those in which something would have changed. */
  closed: ClosedYear[]
}

/**
 * What accounts would hold if these facts were posted now; nothing is written or locked. Both sides are evaluated
 * afresh, so that they differ by the facts alone. Facts that wait in the inbox are not counted on either side; acts
 * that the book would refuse change nothing, nor do facts of kind `evaluate`. Accounts stand by id.
 */
export async function supposeFacts(
  handle: Handle,
  cache: FactCache,
  facts: readonly Fact[],
): Promise<SupposedAccount[]> {
  const accounts = await accountsOfActs(handle, facts)
  const byAccount = groupBy(
    facts.flatMap((fact) => {
      if (fact.kind === 'evaluate') return []
      const accountId = fact.kind === 'claim' ? accountOf(fact.teacherId) : accounts.get(fact.claimId)
      return accountId ? [{ accountId, fact }] : []
    }),
    ({ accountId }) => accountId,
  )
  const states = await statesOf(handle, [...byAccount.keys()].sort())
  const offeringIds = facts.flatMap((fact) => (fact.kind === 'claim' ? (fact.content.offeringId ?? []) : []))
  const known = await evaluationFactsFor(handle, cache, states, { offeringIds })
  return states.map((state) =>
    supposedOf(
      state,
      (byAccount.get(state.accountId) ?? []).map(({ fact }) => fact),
      known,
    ),
  )
}

/** The states of these accounts; of a teacher without one, as it would be opened. */
async function statesOf(handle: Handle, accountIds: readonly Id[]): Promise<AccountState[]> {
  const rows = new Map<Id, AccountRow>()
  for (let from = 0; from < accountIds.length; from += 500) {
    const ids = accountIds.slice(from, from + 500).map(idBytes)
    for (const row of await handle('account').whereIn('account_id', ids)) {
      rows.set(idText(row.account_id), accountRowOf(row))
    }
  }
  const { closedThrough, policyVersion } = await readBook(handle)
  const states = await readStates(handle, [...rows.values()], await readWords(handle))
  return accountIds.map(
    (accountId) =>
      states.get(accountId) ??
      bareState({
        accountId,
        teacherId: accountId,
        version: 0,
        headHash: Buffer.alloc(0),
        closedThrough,
        policyVersion,
        lastRecordedAt: asInstant(0),
      }),
  )
}

function supposedOf(
  state: AccountState,
  facts: readonly Exclude<Fact, { kind: 'evaluate' }>[],
  known: EvaluationFacts,
): SupposedAccount {
  const next = withFacts(state, facts)
  return {
    teacherId: state.teacherId,
    policy: known.policyOf(state.policyVersion),
    person: known.personOf(state.teacherId),
    catalogue: known.catalogue,
    before: factsOf(state, known),
    after: factsOf(next, known),
    closed: closedYears(state, next, known),
  }
}

/** The state after these facts, as far as evaluation reads it. */
function withFacts(state: AccountState, facts: readonly Exclude<Fact, { kind: 'evaluate' }>[]): AccountState {
  const next = { ...state, claims: new Map(state.claims), acts: new Map(state.acts) }
  for (const fact of facts) {
    if (fact.kind === 'claim') addClaim(next, fact)
    else addAct(next, fact.claimId, fact.act)
  }
  return next
}

function addClaim(state: AccountState, { claimId, sourceId, content, inputHash }: ClaimFact): void {
  if (state.claims.has(claimId)) return
  const claim = { claimId, content }
  state.claims.set(claimId, { claim, sourceId, seq: state.version + 1, contentHash: inputHash })
}

function addAct(state: AccountState, claimId: Id, act: FiledAct): void {
  const earlier = state.acts.get(claimId) ?? []
  const decided = decidedBy(earlier.map(({ kind }) => kind))
  if (!state.claims.has(claimId) || !mayFollow(decided, act.kind)) return
  state.acts.set(claimId, [
    ...earlier,
    {
      actId: act.actId,
      claimId,
      actNo: earlier.length + 1,
      kind: act.kind,
      reason: act.reason,
      note: act.note ?? null,
      makerId: act.makerId,
      checkerId: act.checkerId ?? null,
      authorityId: act.authorityId ?? null,
      valueMilliHours: act.valueMilliHours ?? null,
      recordedAt: state.lastRecordedAt,
    },
  ])
}

function factsOf(state: AccountState, known: EvaluationFacts): AccountFacts {
  const input = evaluationInputOf(state, known)
  return {
    claims: input.claims,
    acts: state.acts,
    awards: [...input.frozen, ...evaluate(input).awards],
  }
}

function closedYears(before: AccountState, after: AccountState, known: EvaluationFacts): ClosedYear[] {
  if (before.closedThrough === 0) return []
  const years = new Map<number, ClosedYear>()
  const yearOf = (periodNo: number) => {
    const none = () => ({ claims: 0, milliHours: 0 })
    const year = years.get(periodNo) ?? { periodNo, late: none(), kept: none() }
    years.set(periodNo, year)
    return year
  }
  const input = evaluationInputOf(after, known)
  const frozen = new Map(input.frozen.map((award) => [award.claimId, award]))
  for (const award of lateAwards(before, input, known)) count(yearOf(award.periodNo).late, award)
  for (const [claimId, award] of frozen) {
    if (isWithdrawn(after, claimId) && !isWithdrawn(before, claimId))
      count(yearOf(award.periodNo).kept, award)
  }
  return [...years.values()].sort((a, b) => a.periodNo - b.periodNo)
}

/** What claims that come too late for a closed year would be worth in it, if it were open. */
function lateAwards(before: AccountState, after: EvaluationInput, known: EvaluationFacts): Award[] {
  const lateIn = (input: EvaluationInput) =>
    evaluate(input).waiting.flatMap(({ claimId, path }) => (path === 'closed_period' ? [claimId] : []))
  const already = new Set(lateIn(evaluationInputOf(before, known)))
  const late = new Set(lateIn(after).filter((claimId) => !already.has(claimId)))
  if (late.size === 0) return []
  return evaluate({ ...after, closedThrough: 0 }).awards.filter(({ claimId }) => late.has(claimId))
}

function isWithdrawn(state: AccountState, claimId: Id): boolean {
  return decidedBy((state.acts.get(claimId) ?? []).map(({ kind }) => kind)).status === 'withdrawn'
}

function count(sum: { claims: number; milliHours: number }, { milliHours }: Award): void {
  sum.claims += 1
  sum.milliHours += milliHours
}
