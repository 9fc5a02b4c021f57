import type { Row } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import type { ClaimAct, ClaimContent, FactKind, FiledAct, InboxReason, InboxState } from '../claims/claim.ts'
import { decidedBy, mayFollow } from '../claims/status.ts'
import { deskSourceId } from '../claims/submit.ts'
import type { WaitingReason, Why } from '../policy/evaluation.ts'
import type { AccountState } from './account-state.ts'
import type { AdmittedFact } from './chain.ts'
import { postDifference } from './difference.ts'
import type { Entry } from './entry.ts'
import { type EvaluationFacts, evaluateState, isFrozen } from './evaluate-state.ts'
import { actRow, claimRow } from './fact-rows.ts'
import type { CauseKind, PostingKind } from './words.ts'
import { keepWorkItems } from './work-items.ts'

/** A row of the inbox, locked and ready to be posted. */
export interface InboxFact {
  inboxId: Id
  sourceId: Id
  kind: FactKind
  claimId: Id | null
  accountId: Id | null
  content: Buffer
  /** What a claim says, read from `content`; null for other kinds. */
  claim: ClaimContent | null
}

/** What one account is to take in one transaction. */
export interface AccountWork {
  claims: InboxFact[]
  acts: InboxFact[]
  evaluations: InboxFact[]
  /** Voids that came before their claims, by claim. */
  waitingVoids: ReadonlyMap<Id, InboxFact>
  /** The run that brings the account to another policy version. */
  run?: { runId: Id; toVersion: number; actorId: Id }
}

/** A posting before it is numbered by words and hashed. */
export interface PlannedPosting {
  seq: number
  kind: PostingKind
  causeKind: CauseKind
  causeId: Id
  authorityId: Id | null
  actorId: Id
  policyVersion: number
  inputDigest: Buffer
  recordedAt: Instant
  entries: Entry[]
  facts: AdmittedFact[]
}

/** What becomes of one row of the inbox. */
export interface InboxResult {
  inboxId: Id
  state: InboxState
  reason: InboxReason | null
  seq: number | null
}

/** Everything one account's work writes; nothing is written yet. */
export interface AccountPlan {
  /** The account as it is to be afterwards; `version` as read stands in `readVersion`. */
  state: AccountState
  readVersion: number
  postings: PlannedPosting[]
  claims: Row[]
  acts: Row[]
  opened: Row[]
  /** Ids of work items that no longer stand. */
  resolved: Id[]
  results: InboxResult[]
}

/**
 * Decides what one account's work writes. Pure but for fresh ids of work items: the state is read under the
 * account's lock, and is brought forward here posting by posting.
 *
 * All plain claims share one posting; each act, each evaluation and a run have
 * their own, so that whatever takes hours away keeps its own cause.
 */
export function planAccount(
  state: AccountState,
  work: AccountWork,
  facts: EvaluationFacts,
  now: Instant,
): AccountPlan {
  const plan: AccountPlan = {
    state,
    readVersion: state.version,
    postings: [],
    claims: [],
    acts: [],
    opened: [],
    resolved: [],
    results: [],
  }
  if (work.claims.length > 0) admitClaims(plan, work, facts, now)
  for (const fact of work.acts) admitAct(plan, fact, facts, now)
  for (const fact of work.evaluations) evaluateAgain(plan, fact, facts, now)
  if (work.run) applyRun(plan, work.run, facts, now)
  return plan
}

function admitClaims(plan: AccountPlan, work: AccountWork, facts: EvaluationFacts, now: Instant): void {
  const { state } = plan
  const at = nextInstant(state, now)
  const seq = state.version + 1
  const admitted: AdmittedFact[] = []
  let first: InboxFact | undefined
  for (const fact of work.claims) {
    const claimId = fact.claimId as Id
    const row = claimRow(state.accountId, seq, fact)
    const known = state.claims.get(claimId)
    if (known) {
      const same = known.contentHash.equals(row.content_hash as Buffer)
      plan.results.push(same ? posted(fact, known.seq) : quarantined(fact, 'CLAIM_CONFLICT'))
      continue
    }
    first ??= fact
    plan.claims.push(row)
    admitted.push({ id: row.claim_id as Buffer, contentHash: row.content_hash as Buffer })
    state.claims.set(claimId, {
      claim: { claimId, content: fact.claim as ClaimContent },
      seq,
      sourceId: fact.sourceId,
      contentHash: row.content_hash as Buffer,
    })
    plan.results.push(posted(fact, seq))
    const waiting = work.waitingVoids.get(claimId)
    if (waiting) admitWaitingVoid(plan, waiting, seq, at, admitted)
  }
  if (!first) return
  post(plan, facts, at, {
    kind: 'admit',
    causeKind: 'inbox',
    causeId: first.inboxId,
    actorId: first.sourceId,
    authorityId: null,
    facts: admitted,
  })
}

function admitWaitingVoid(
  plan: AccountPlan,
  fact: InboxFact,
  seq: number,
  at: Instant,
  admitted: AdmittedFact[],
): void {
  if (!mayVoid(plan.state, fact)) {
    plan.results.push(quarantined(fact, 'VOID_NOT_ALLOWED'))
    return
  }
  const row = keepAct(plan, fact, seq, at)
  admitted.push({ id: row.act_id as Buffer, contentHash: row.content_hash as Buffer })
  plan.results.push(posted(fact, seq))
}

function admitAct(plan: AccountPlan, fact: InboxFact, facts: EvaluationFacts, now: Instant): void {
  const { state } = plan
  const claimId = fact.claimId as Id
  const filed = filedActOf(fact)
  if (!state.claims.has(claimId)) {
    plan.results.push(quarantined(fact, 'CLAIM_UNKNOWN'))
    return
  }
  if (filed.kind === 'void' && !mayVoid(state, fact)) {
    plan.results.push(quarantined(fact, 'VOID_NOT_ALLOWED'))
    return
  }
  const decided = decidedBy((state.acts.get(claimId) ?? []).map(({ kind }) => kind))
  if (!mayFollow(decided, filed.kind)) {
    const reason = decided.status === 'withdrawn' ? 'CLAIM_WITHDRAWN' : 'ALREADY_DECIDED'
    plan.results.push({ inboxId: fact.inboxId, state: 'refused', reason, seq: null })
    return
  }
  const at = nextInstant(state, now)
  const seq = state.version + 1
  const row = keepAct(plan, fact, seq, at)
  post(plan, facts, at, {
    kind: 'act',
    causeKind: 'act',
    causeId: filed.actId,
    actorId: filed.makerId,
    authorityId: filed.authorityId ?? null,
    facts: [{ id: row.act_id as Buffer, contentHash: row.content_hash as Buffer }],
  })
  plan.results.push(posted(fact, seq))
}

/** Something that policy reads has changed. What changes nothing makes no posting: there is no change to number. */
function evaluateAgain(plan: AccountPlan, fact: InboxFact, facts: EvaluationFacts, now: Instant): void {
  const { state } = plan
  const before = state.version
  post(
    plan,
    facts,
    nextInstant(state, now),
    {
      kind: 'evaluate',
      causeKind: 'inbox',
      causeId: fact.inboxId,
      actorId: fact.sourceId,
      authorityId: null,
      facts: [],
    },
    { onlyIfChanged: true },
  )
  plan.results.push(posted(fact, state.version > before ? state.version : null))
}

function applyRun(
  plan: AccountPlan,
  run: NonNullable<AccountWork['run']>,
  facts: EvaluationFacts,
  now: Instant,
): void {
  plan.state.policyVersion = run.toVersion
  post(plan, facts, nextInstant(plan.state, now), {
    kind: 'evaluate',
    causeKind: 'run',
    causeId: run.runId,
    actorId: run.actorId,
    authorityId: null,
    facts: [],
  })
}

type PostingHead = Pick<
  PlannedPosting,
  'kind' | 'causeKind' | 'causeId' | 'actorId' | 'authorityId' | 'facts'
>

function post(
  plan: AccountPlan,
  facts: EvaluationFacts,
  at: Instant,
  head: PostingHead,
  options: { onlyIfChanged?: boolean } = {},
): void {
  const { state } = plan
  const seq = state.version + 1
  const { evaluation, inputDigest } = evaluateState(state, facts)
  const lossWhyOf = new Map(evaluation.waiting.map(({ claimId, reason }) => [claimId, lossWhy(reason)]))
  const entries = postDifference(state.holding, evaluation.awards, seq, {
    isFrozen: (standing) => isFrozen(state, standing),
    lossWhy: (claimId) => lossWhyOf.get(claimId) ?? 'revalued',
  })
  keepWorkItems(plan, evaluation, at)
  if (options.onlyIfChanged && entries.length === 0) return
  plan.postings.push({
    seq,
    ...head,
    policyVersion: state.policyVersion,
    inputDigest,
    recordedAt: at,
    entries,
  })
  state.version = seq
  state.lastRecordedAt = at
}

function lossWhy(reason: WaitingReason): Why {
  if (reason === 'withdrawn') return 'withdrawn'
  return reason === 'rejected' ? 'rejected' : 'revalued'
}

/** Only the source that filed a claim, or the district's own desk, may void it (ledger.md §4.4). */
function mayVoid(state: AccountState, fact: InboxFact): boolean {
  const held = state.claims.get(fact.claimId as Id)
  return fact.sourceId === deskSourceId || fact.sourceId === held?.sourceId
}

/** An account's time never runs backwards, whichever node's clock is used. */
function nextInstant(state: AccountState, now: Instant): Instant {
  return asInstant(Math.max(now, state.lastRecordedAt + 1))
}

function posted(fact: InboxFact, seq: number | null): InboxResult {
  return { inboxId: fact.inboxId, state: 'posted', reason: null, seq }
}

function quarantined(fact: InboxFact, reason: InboxReason): InboxResult {
  return { inboxId: fact.inboxId, state: 'quarantined', reason, seq: null }
}

function filedActOf(fact: InboxFact): FiledAct {
  return JSON.parse(fact.content.toString('utf8')) as FiledAct
}

/** Numbers an act and takes it into the account's facts. */
function keepAct(plan: AccountPlan, fact: InboxFact, seq: number, at: Instant): Row {
  const { state } = plan
  const filed = filedActOf(fact)
  const claimId = fact.claimId as Id
  const earlier = state.acts.get(claimId) ?? []
  const act: ClaimAct = {
    actId: filed.actId,
    claimId,
    actNo: earlier.length + 1,
    kind: filed.kind,
    reason: filed.reason,
    note: filed.note ?? null,
    makerId: filed.makerId,
    checkerId: filed.checkerId ?? null,
    authorityId: filed.authorityId ?? null,
    valueMilliHours: filed.valueMilliHours ?? null,
    recordedAt: at,
  }
  state.acts.set(claimId, [...earlier, act])
  const row = actRow(state.accountId, seq, act)
  state.actHashes.push(row.content_hash as Buffer)
  plan.acts.push(row)
  return row
}
