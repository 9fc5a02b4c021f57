import { idBytes, idText, idTextOrNull } from '../../foundation/database/codec.ts'
import type { Database, Trx } from '../../foundation/database/connect.ts'
import {
  insertRows,
  isConnectionLost,
  isDuplicateKey,
  isRetryable,
  lockForUpdate,
  type Row,
} from '../../foundation/database/dialect.ts'
import { isDatabaseError, isDataRefused } from '../../foundation/database/refused.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Clock, Instant } from '../../foundation/time.ts'
import { factKinds, type InboxReason, inboxReasons, inboxStates } from '../claims/claim.ts'
import { groupBy } from '../claims/group.ts'
import { type AccountRow, accountRowOf, contentOf, readStates } from './account-state.ts'
import { readWords } from './code-list.ts'
import { evaluationFactsFor, type FactCache } from './evaluation-facts.ts'
import { openAccounts } from './open.ts'
import { Overtaken } from './overtaken.ts'
import { type AccountWork, type InboxFact, type InboxResult, planAccount } from './plan.ts'
import { keepResults, writePlans } from './write.ts'

/** What posting stands on. One `cache` a process. */
export interface PostingGround {
  db: Database
  log: Logger
  now: Clock
  cache: FactCache
}

/** How many facts one transaction takes: a locking list of 1,000 and more loses its order (ledger.md §8.3, D11). */
export const batchSize = 500

/** How often a fact may fail for a passing reason before a person has to look. */
const rounds = 5

/**
 * Posts facts that are ready in the inbox, at most `batchSize`, in one transaction; answers how many found their end.
 *
 * A batch that fails for good is halved down to the single fact, so a poisoned
 * fact is quarantined and blocks nobody. A batch that fails for a passing
 * reason is halved too, then waits. Facts that another worker posted
 * meanwhile are passed over: the locked inbox row tells.
 */
export async function postBatch(ground: PostingGround, inboxIds: readonly Id[]): Promise<number> {
  if (inboxIds.length === 0) return 0
  if (inboxIds.length > batchSize) throw new RangeError(`a batch has at most ${batchSize} facts`)
  try {
    return await postTogether(ground, inboxIds)
  } catch (error) {
    // A database that is away is nobody's fact either: the caller rests and begins anew.
    if (isConnectionLost(error)) throw error
    const passing = isRetryable(error)
    if (!passing && !isFaultOfFacts(error)) throw error
    if (inboxIds.length === 1) return setAside(ground, inboxIds[0] as Id, error, passing)
    const middle = Math.ceil(inboxIds.length / 2)
    ground.log.warn({ facts: inboxIds.length, err: error }, 'batch of facts failed, halving it')
    const first = await postBatch(ground, inboxIds.slice(0, middle))
    return first + (await postBatch(ground, inboxIds.slice(middle)))
  }
}

/** Privileges, a full disk or a missing table are nobody's fact: they stop the worker instead. */
function isFaultOfFacts(error: unknown): boolean {
  return isDataRefused(error) || !isDatabaseError(error)
}

/** Thrown to leave the posting transaction: accounts have to be opened first, in a transaction of their own. */
class AccountsMissing extends Error {
  readonly teacherIds: Id[]

  constructor(teacherIds: Id[]) {
    super('accounts have to be opened first')
    this.teacherIds = teacherIds
  }
}

async function postTogether(ground: PostingGround, inboxIds: readonly Id[]): Promise<number> {
  const attempts = inboxIds.length === 1 ? 8 : 3
  for (;;) {
    try {
      return await transact(ground.db, (trx) => postInside(trx, ground, inboxIds), {
        attempts,
        idempotent: true,
      })
    } catch (error) {
      if (!(error instanceof AccountsMissing)) throw error
      await openAccounts(ground.db, error.teacherIds, ground.now())
    }
  }
}

/** The posting transaction (ledger.md §4.2). Answers how many facts it found ready. */
async function postInside(trx: Trx, ground: PostingGround, inboxIds: readonly Id[]): Promise<number> {
  const facts = await lockInbox(trx, inboxIds)
  if (facts.length === 0) return 0
  const keys = await lockClaimKeys(trx, facts)
  const { works, settled } = arrange(facts, keys)

  const accounts = await lockAccounts(trx, [...works.keys()])
  const missing = [...works.keys()].filter((id) => !accounts.has(id))
  const unopened = missing.filter((id) => (works.get(id) as AccountWork).claims.length > 0)
  if (unopened.length > 0) throw new AccountsMissing(unopened)
  for (const id of missing) settled.push(...withoutAccount(works.get(id) as AccountWork))

  const words = await readWords(trx)
  const states = await readStates(trx, [...accounts.values()], words)
  const evaluationFacts = await evaluationFactsFor(trx, ground.cache, [...states.values()], {
    offeringIds: facts.flatMap(({ claim }) => claim?.offeringId ?? []),
  })
  const now = ground.now()
  const plans = [...states].map(([accountId, state]) =>
    planAccount(state, works.get(accountId) as AccountWork, evaluationFacts, now),
  )
  await writePlans(trx, plans, words)
  await keepResults(trx, settled)
  return facts.length
}

async function lockInbox(trx: Trx, inboxIds: readonly Id[]): Promise<InboxFact[]> {
  const rows = await lockForUpdate(
    trx('inbox')
      .select('inbox_id', 'source_id', 'kind', 'content', 'claim_id', 'account_id')
      .whereIn('inbox_id', [...inboxIds].sort().map(idBytes))
      .where('state', inboxStates.code('ready'))
      .orderBy('inbox_id'),
  )
  return rows.map(inboxFactOf)
}

function inboxFactOf(row: Record<string, unknown>): InboxFact {
  const kind = factKinds.word(row.kind as number)
  return {
    inboxId: idText(row.inbox_id as Buffer),
    sourceId: idText(row.source_id as Buffer),
    kind,
    claimId: idTextOrNull(row.claim_id as Buffer | null),
    accountId: idTextOrNull(row.account_id as Buffer | null),
    content: row.content as Buffer,
    claim: kind === 'claim' ? contentOf(row.content as Buffer) : null,
  }
}

/** Where claims and voids met so far, and voids that wait there. */
interface ClaimKeys {
  accountOf: Map<Id, Id | null>
  /** The void that stands on the key, by claim. */
  voidOf: ReadonlyMap<Id, Id>
  /** Voids in the order of their claims' keys, which this batch finds waiting. */
  waitingVoids: Map<Id, InboxFact>
}

/**
 * Locks the rows where claims and their voids meet, and notes there what this batch brings. Whoever comes second, in
 * whichever transaction, finds the first: without it both could commit unseen, and the hours would stay.
 */
async function lockClaimKeys(trx: Trx, facts: readonly InboxFact[]): Promise<ClaimKeys> {
  const claimIds = [...new Set(facts.flatMap(({ claimId }) => claimId ?? []))].sort()
  const rows = await keyRows(trx, claimIds)
  const accounts = new Map(rows.map(({ claimId, accountId }) => [claimId, accountId]))
  const voids = new Map(
    rows.flatMap(({ claimId, voidId }) => (voidId === null ? [] : [[claimId, voidId] as const])),
  )
  const fresh = new Map<Id, { accountId: Id | null; voidId: Id | null }>()
  const filled = new Map<Id, Id>()
  for (const { kind, claimId, accountId } of facts) {
    if (kind !== 'claim' || claimId === null || accountId === null) continue
    const held = accounts.get(claimId)
    if (held) continue
    if (accounts.has(claimId)) filled.set(claimId, accountId)
    else fresh.set(claimId, { accountId, voidId: null })
    accounts.set(claimId, accountId)
  }
  for (const fact of facts) {
    const { claimId } = fact
    if (claimId === null || !isVoid(fact) || accounts.get(claimId) || voids.has(claimId)) continue
    fresh.set(claimId, { accountId: null, voidId: fact.inboxId })
    accounts.set(claimId, null)
    voids.set(claimId, fact.inboxId)
  }
  await insertKeys(trx, fresh)
  for (const [claimId, accountId] of filled) {
    await trx('claim_key')
      .where('claim_id', idBytes(claimId))
      .update({ account_id: idBytes(accountId) })
  }
  const waiting = [...filled.keys()].flatMap((claimId) => voids.get(claimId) ?? [])
  return { accountOf: accounts, voidOf: voids, waitingVoids: await readVoids(trx, waiting) }
}

async function keyRows(trx: Trx, claimIds: readonly Id[]) {
  if (claimIds.length === 0) return []
  const rows = await lockForUpdate(
    trx('claim_key')
      .select('claim_id', 'account_id', 'void_act_id')
      .whereIn('claim_id', claimIds.map(idBytes))
      .orderBy('claim_id'),
  )
  return rows.map((row: Record<string, Buffer | null>) => ({
    claimId: idText(row.claim_id as Buffer),
    accountId: idTextOrNull(row.account_id),
    voidId: idTextOrNull(row.void_act_id),
  }))
}

async function insertKeys(
  trx: Trx,
  fresh: ReadonlyMap<Id, { accountId: Id | null; voidId: Id | null }>,
): Promise<void> {
  const rows = [...fresh.keys()].sort().map((claimId): Row => {
    const { accountId, voidId } = fresh.get(claimId) as { accountId: Id | null; voidId: Id | null }
    return {
      claim_id: idBytes(claimId),
      account_id: accountId === null ? null : idBytes(accountId),
      void_act_id: voidId === null ? null : idBytes(voidId),
    }
  })
  try {
    await insertRows(trx, 'claim_key', rows)
  } catch (error) {
    // Its other half came in between: from the top, where the row is found and locked.
    if (isDuplicateKey(error)) throw new Overtaken('claim_key')
    throw error
  }
}

async function readVoids(trx: Trx, inboxIds: readonly Id[]): Promise<Map<Id, InboxFact>> {
  if (inboxIds.length === 0) return new Map()
  const rows = await trx('inbox')
    .select('inbox_id', 'source_id', 'kind', 'content', 'claim_id', 'account_id')
    .whereIn('inbox_id', inboxIds.map(idBytes))
  const facts: InboxFact[] = rows.map(inboxFactOf)
  return new Map(facts.map((fact) => [fact.claimId as Id, fact]))
}

/** Sorts the facts by account; what needs no account has its end at once. */
function arrange(
  facts: readonly InboxFact[],
  keys: ClaimKeys,
): { works: Map<Id, AccountWork>; settled: InboxResult[] } {
  const settled: InboxResult[] = []
  const placed = facts.flatMap((fact) => {
    const accountId =
      fact.kind === 'evaluate' ? fact.accountId : (keys.accountOf.get(fact.claimId as Id) ?? null)
    if (fact.kind === 'claim' && accountId !== fact.accountId) {
      settled.push(endOf(fact, 'quarantined', 'CLAIM_CONFLICT'))
      return []
    }
    if (accountId === null) {
      // A void waits on its claim's key and is done. The key has room for one: a second may be the one that is allowed,
      // so it is kept in sight like any other act on a claim that nobody can have seen.
      const isKept = isVoid(fact) && keys.voidOf.get(fact.claimId as Id) === fact.inboxId
      settled.push(isKept ? endOf(fact, 'posted', null) : endOf(fact, 'quarantined', 'CLAIM_UNKNOWN'))
      return []
    }
    return [{ fact, accountId }]
  })
  const works = new Map<Id, AccountWork>()
  const byAccount = groupBy(placed, ({ accountId }) => accountId)
  for (const accountId of [...byAccount.keys()].sort()) {
    const own = (byAccount.get(accountId) ?? []).map(({ fact }) => fact)
    works.set(accountId, {
      claims: own.filter(({ kind }) => kind === 'claim'),
      acts: own.filter(({ kind }) => kind === 'act'),
      evaluations: own.filter(({ kind }) => kind === 'evaluate'),
      waitingVoids: keys.waitingVoids,
    })
  }
  return { works, settled }
}

function isVoid({ kind, content }: InboxFact): boolean {
  return kind === 'act' && JSON.parse(content.toString('utf8')).kind === 'void'
}

function endOf(fact: InboxFact, state: InboxResult['state'], reason: InboxReason | null): InboxResult {
  return { inboxId: fact.inboxId, state, reason, seq: null }
}

/** An account that never opened holds nothing to evaluate again. */
function withoutAccount(work: AccountWork): InboxResult[] {
  return [...work.acts, ...work.evaluations].map((fact) =>
    fact.kind === 'evaluate' ? endOf(fact, 'posted', null) : endOf(fact, 'quarantined', 'CLAIM_UNKNOWN'),
  )
}

/** Locks account rows in the order of their ids, before any read that a decision depends on. */
export async function lockAccounts(trx: Trx, accountIds: readonly Id[]): Promise<Map<Id, AccountRow>> {
  if (accountIds.length === 0) return new Map()
  const rows = await lockForUpdate(
    trx('account')
      .whereIn('account_id', [...accountIds].sort().map(idBytes))
      .orderBy('account_id'),
  )
  return new Map(
    rows.map((row: Record<string, unknown>) => [idText(row.account_id as Buffer), accountRowOf(row)]),
  )
}

/** A single fact that cannot be posted now: it waits and is tried again, or it is quarantined. */
async function setAside(
  { db, log, now }: PostingGround,
  inboxId: Id,
  error: unknown,
  passing: boolean,
): Promise<number> {
  return transact(db, async (trx) => {
    const row = await lockForUpdate(
      trx('inbox').where({ inbox_id: idBytes(inboxId), state: inboxStates.code('ready') }),
    ).first('attempts')
    if (!row) return 0
    const attempts = Number(row.attempts) + 1
    const reason = reasonFor(error, passing, attempts)
    if (reason) log.error({ inboxId, reason, err: error }, 'fact quarantined')
    await trx('inbox')
      .where('inbox_id', idBytes(inboxId))
      .update({
        attempts,
        ...(reason
          ? { state: inboxStates.code('quarantined'), reason: inboxReasons.code(reason) }
          : { next_at: laterBy(now(), attempts) }),
      })
    return reason ? 1 : 0
  })
}

function reasonFor(error: unknown, passing: boolean, attempts: number): InboxReason | null {
  if (passing) return attempts >= rounds ? 'RETRY_EXHAUSTED' : null
  return isDataRefused(error) ? 'DATA_REFUSED' : 'DEFECT'
}

function laterBy(now: Instant, attempts: number): number {
  return now + 1_000_000 * 2 ** attempts
}
