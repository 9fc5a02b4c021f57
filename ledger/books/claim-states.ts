import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Day, type Instant } from '../../foundation/time.ts'
import type { ClaimContent } from '../claims/claim.ts'
import { type ClaimStatus, decidedBy } from '../claims/status.ts'
import type { Waiting, WaitingReason, Why } from '../policy/evaluation.ts'
import { policyVersionOf } from '../policy/store.ts'
import { type AccountState, accountRowOf, readStates } from './account-state.ts'
import { readWords } from './code-list.ts'
import { evaluateState } from './evaluate-state.ts'
import { evaluationFactsFor, FactCache } from './evaluation-facts.ts'
import { liveBuckets, type StandingAward } from './standing.ts'

/** How far the hours of a claim have come (domain.md §4.2, `entry_status`); null where it has no award. */
export type EntryStatus = 'active' | 'held' | 'reversed'

/** A claim as people read it: what it says, how far it has come, and where its hours stand. */
export interface ClaimState {
  claimId: Id
  teacherId: Id
  content: ClaimContent
  /** A claim that policy recognised by itself reads `recognised`, though nobody acted on it. */
  claimStatus: ClaimStatus
  /** Who recognised it; null while it is not. Pages must not claim a check that no person made. */
  recognisedBy: 'person' | 'policy' | null
  entryStatus: EntryStatus | null
  /** Thousandths of an hour; `claimed` is null where the source's unit has no ratio. */
  milliHours: { claimed: number | null; counted: number; excess: number; pending: number }
  /** Why it stands where it stands: of the award, or why there is none. Null for hours that simply count. */
  reason: Why | WaitingReason | null
  /** What the policy or the catalogue would have to say, where the reason is a silence. */
  path: string | null
  effectiveOn: Day | null
  /** When the book learnt of the claim. */
  recordedAt: Instant
}

/**
 * Where these claims stand. A claim that was submitted and is not posted yet is absent: it is not in the book, and a
 * page says so.
 */
export async function claimStatusOf(handle: Handle, claimIds: readonly Id[]): Promise<Map<Id, ClaimState>> {
  const wanted = new Set(claimIds)
  const accounts = new Set<Id>()
  const ids = [...wanted]
  for (let from = 0; from < ids.length; from += 500) {
    const rows = await handle('claim')
      .select('account_id')
      .whereIn('claim_id', ids.slice(from, from + 500).map(idBytes))
    for (const { account_id } of rows) accounts.add(idText(account_id))
  }
  const states = await claimStatesOf(handle, [...accounts])
  return new Map(states.filter(({ claimId }) => wanted.has(claimId)).map((state) => [state.claimId, state]))
}

/** Where all claims of these accounts stand, oldest first within each. */
export async function claimStatesOf(handle: Handle, accountIds: readonly Id[]): Promise<ClaimState[]> {
  const found: ClaimState[] = []
  const words = await readWords(handle)
  for (let from = 0; from < accountIds.length; from += 100) {
    const ids = accountIds.slice(from, from + 100).map(idBytes)
    const rows = (await handle('account').whereIn('account_id', ids)).map(accountRowOf)
    const states = [...(await readStates(handle, rows, words)).values()]
    const facts = await evaluationFactsFor(handle, new FactCache(policyVersionOf), states)
    const recorded = await recordedInstants(handle, ids)
    const reversed = await reversedClaims(handle, ids)
    for (const state of states) {
      const waiting = new Map(evaluateState(state, facts).evaluation.waiting.map((one) => [one.claimId, one]))
      const claims = [...state.claims.values()].sort((a, b) => a.seq - b.seq)
      for (const { claim, seq } of claims) {
        found.push({
          claimId: claim.claimId,
          teacherId: state.teacherId,
          content: claim.content,
          ...standingIn(state, claim.claimId, waiting.get(claim.claimId), reversed),
          recordedAt: recorded.get(`${state.accountId} ${seq}`) ?? state.lastRecordedAt,
        })
      }
    }
  }
  return found
}

function standingIn(
  state: AccountState,
  claimId: Id,
  waiting: Waiting | undefined,
  reversed: ReadonlySet<Id>,
): Pick<
  ClaimState,
  'claimStatus' | 'recognisedBy' | 'entryStatus' | 'milliHours' | 'reason' | 'path' | 'effectiveOn'
> {
  const award = state.holding.awards.get(claimId)
  const { status } = decidedBy((state.acts.get(claimId) ?? []).map(({ kind }) => kind))
  if (!award) {
    return {
      claimStatus: status,
      recognisedBy: status === 'recognised' ? 'person' : null,
      entryStatus: reversed.has(claimId) ? 'reversed' : null,
      milliHours: { claimed: null, counted: 0, excess: 0, pending: 0 },
      reason: waiting?.reason ?? null,
      path: waiting?.path ?? null,
      effectiveOn: null,
    }
  }
  return {
    claimStatus: status === 'awaiting_check' && isRouted(award) ? 'recognised' : status,
    recognisedBy: status === 'recognised' ? 'person' : isRouted(award) ? 'policy' : null,
    entryStatus: award.split.pending > 0 && award.why.pending === 'held' ? 'held' : 'active',
    milliHours: { claimed: award.claimedMilliHours, ...award.split },
    reason: reasonOf(award),
    path: null,
    effectiveOn: award.effectiveOn,
  }
}

/** Hours that were put to counted or excess were recognised, by a person or by policy. */
function isRouted({ split }: StandingAward): boolean {
  return split.counted > 0 || split.excess > 0
}

function reasonOf({ split, why }: StandingAward): Why | null {
  const last = liveBuckets.findLast((bucket) => split[bucket] > 0)
  return last && last !== 'counted' ? (why[last] ?? null) : null
}

async function recordedInstants(handle: Handle, ids: Buffer[]): Promise<Map<string, Instant>> {
  const rows = await handle('posting').select('account_id', 'seq', 'recorded_at').whereIn('account_id', ids)
  return new Map(
    rows.map((row) => [
      `${idText(row.account_id)} ${safeInteger(row.seq)}`,
      asInstant(safeInteger(row.recorded_at)),
    ]),
  )
}

async function reversedClaims(handle: Handle, ids: Buffer[]): Promise<Set<Id>> {
  const rows = await handle('entry')
    .select('claim_id')
    .whereIn('account_id', ids)
    .whereNotNull('reverses_seq')
  return new Set(rows.map(({ claim_id }) => idText(claim_id)))
}

/**
 * Claims of the district a page of accounts at a time, in the order of the accounts; `status` narrows. `next` is what
 * to ask for after this page, null at the end.
 */
export async function claimsPage(
  handle: Handle,
  page: { status?: ClaimStatus; after?: Id | null; accounts?: number },
): Promise<{ claims: ClaimState[]; next: Id | null }> {
  const size = page.accounts ?? 200
  const query = handle('account').select('account_id').orderBy('account_id').limit(size)
  if (page.after) query.where('account_id', '>', idBytes(page.after))
  const ids = (await query).map(({ account_id }) => idText(account_id))
  const claims = await claimStatesOf(handle, ids)
  return {
    claims: page.status ? claims.filter(({ claimStatus }) => claimStatus === page.status) : claims,
    next: ids.length < size ? null : (ids.at(-1) ?? null),
  }
}
