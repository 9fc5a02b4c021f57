import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { insertRows, isDuplicateKey, type Row, upsert } from '../../foundation/database/dialect.ts'
import { newId } from '../../foundation/ids.ts'
import { inboxReasons, inboxStates } from '../claims/claim.ts'
import { groupBy } from '../claims/group.ts'
import { engine, whys } from '../policy/evaluation.ts'
import { hashVersion, postingHash } from './chain.ts'
import { type CodeList, ensureWords, type OpenList } from './code-list.ts'
import type { Entry } from './entry.ts'
import { Overtaken } from './overtaken.ts'
import type { AccountPlan, InboxResult, PlannedPosting } from './plan.ts'
import {
  buckets,
  causeKinds,
  entryKinds,
  levelWords,
  outboxStates,
  outboxTopics,
  postingKinds,
} from './words.ts'

/**
 * Writes what plans decided, one statement a table (ledger.md §4.2, steps 8–10).
 *
 * The primary key of `posting` is the guard: whoever posted to an account in
 * between has taken the number, and the whole transaction starts again.
 */
export async function writePlans(trx: Trx, plans: readonly AccountPlan[], known: CodeList): Promise<void> {
  const words = await ensureWords(trx, known, wordsOf(plans))
  const postings: Row[] = []
  const entries: Row[] = []
  const heads = new Map<AccountPlan, Buffer>()
  for (const plan of plans) heads.set(plan, chain(plan, words, postings, entries))

  await insertRows(
    trx,
    'claim',
    plans.flatMap(({ claims }) => claims),
  )
  await insertNumbered(
    trx,
    'claim_act',
    plans.flatMap(({ acts }) => acts),
    'claim_act_id',
  )
  await insertNumbered(trx, 'posting', postings, 'posting_cause')
  await insertRows(trx, 'entry', entries)
  await upsert(trx, 'balance', balanceRows(entries), {
    key: ['account_id', 'period_no', 'bucket', 'category', 'level', 'form'],
    add: ['milli_hours'],
  })
  await insertRows(trx, 'outbox', outboxRows(postings))
  await insertRows(
    trx,
    'exception',
    plans.flatMap(({ opened }) => opened),
  )
  await resolveWorkItems(trx, plans)
  await keepResults(
    trx,
    plans.flatMap(({ results }) => results),
  )
  await moveAccounts(trx, plans, heads)
}

/**
 * Inserts rows whose primary key holds a number that only one may take. Another unique key names a cause or an act
 * that was applied before, which is a defect.
 */
async function insertNumbered(trx: Trx, table: string, rows: Row[], otherKey: string): Promise<void> {
  try {
    await insertRows(trx, table, rows)
  } catch (error) {
    if (isDuplicateKey(error) && !isDuplicateKey(error, otherKey)) throw new Overtaken(table)
    throw error
  }
}

function* wordsOf(plans: readonly AccountPlan[]): Generator<[OpenList, string]> {
  for (const { postings } of plans) {
    for (const { entries } of postings) {
      for (const { category, form } of entries) {
        yield ['category', category]
        yield ['form', form]
      }
    }
  }
}

/** Makes the rows of an account's postings, each hashed onto the one before; returns the new head. */
function chain(plan: AccountPlan, words: CodeList, postings: Row[], entries: Row[]): Buffer {
  let head = plan.state.headHash
  for (const posting of plan.postings) {
    const account = idBytes(plan.state.accountId)
    const legs = posting.entries.map((entry) => entryRow(account, entry, words))
    const row = postingRow(account, posting, head)
    head = postingHash(row, legs, posting.facts, words)
    row.hash = head
    postings.push(row)
    entries.push(...legs)
  }
  return head
}

function postingRow(account: Buffer, posting: PlannedPosting, head: Buffer): Row {
  return {
    account_id: account,
    seq: posting.seq,
    kind: postingKinds.code(posting.kind),
    cause_kind: causeKinds.code(posting.causeKind),
    cause_id: idBytes(posting.causeId),
    authority_id: posting.authorityId === null ? null : idBytes(posting.authorityId),
    actor_id: idBytes(posting.actorId),
    policy_version: posting.policyVersion,
    engine,
    input_digest: posting.inputDigest,
    recorded_at: posting.recordedAt,
    hash_version: hashVersion,
    prev_hash: head,
  }
}

function entryRow(account: Buffer, entry: Entry, words: CodeList): Row {
  return {
    account_id: account,
    seq: entry.seq,
    leg: entry.leg,
    kind: entryKinds.code(entry.kind),
    claim_id: idBytes(entry.claimId),
    award_seq: entry.awardSeq,
    reverses_seq: entry.reversesSeq,
    bucket: buckets.code(entry.bucket),
    period_no: entry.periodNo,
    effective_on: entry.effectiveOn,
    category: words.code('category', entry.category),
    level: levelWords.code(entry.level as (typeof levelWords.words)[number]),
    form: words.code('form', entry.form),
    milli_hours: entry.milliHours,
    balance_after: entry.balanceAfter,
    claimed_milli_hours: entry.claimedMilliHours,
    why: whys.code(entry.why),
  }
}

/** One row a balance that changes; rows come in key order, so that two batches never wait for each other crosswise. */
function balanceRows(entries: readonly Row[]): Row[] {
  const sums = new Map<string, Row>()
  for (const { account_id, period_no, bucket, category, level, form, milli_hours } of entries) {
    const key = `${(account_id as Buffer).toString('hex')} ${period_no} ${bucket} ${category} ${level} ${form}`
    const sum = sums.get(key)
    if (sum) sum.milli_hours = (sum.milli_hours as number) + (milli_hours as number)
    else sums.set(key, { account_id, period_no, bucket, category, level, form, milli_hours } as Row)
  }
  return [...sums.values()]
}

function outboxRows(postings: readonly Row[]): Row[] {
  return postings.map((posting) => ({
    outbox_id: idBytes(newId()),
    account_id: posting.account_id ?? null,
    seq: posting.seq ?? null,
    topic: outboxTopics.code('posted'),
    content: Buffer.alloc(0),
    state: outboxStates.code('waiting'),
    attempts: 0,
    next_at: posting.recorded_at ?? null,
  }))
}

async function resolveWorkItems(trx: Trx, plans: readonly AccountPlan[]): Promise<void> {
  for (const { resolved, state } of plans) {
    for (let from = 0; from < resolved.length; from += 500) {
      await trx('exception')
        .whereIn('exception_id', resolved.slice(from, from + 500).map(idBytes))
        .update({
          open_flag: null,
          state: 'resolved',
          resolved_at: state.lastRecordedAt,
          resolution: 'no longer stands',
        })
    }
  }
}

/** Writes what became of inbox rows: one statement for each outcome, since most rows of a batch share theirs. */
export async function keepResults(trx: Trx, results: readonly InboxResult[]): Promise<void> {
  const groups = groupBy(results, ({ state, reason, seq }) => `${state} ${reason} ${seq}`)
  if (groups.size <= fewOutcomes) {
    for (const group of groups.values()) await keepOutcome(trx, group)
    return
  }
  const postedResults = results.filter(({ state }) => state === 'posted')
  await keepSeqs(trx, postedResults)
  for (const group of groupBy(
    results.filter(({ state }) => state !== 'posted'),
    ({ state, reason }) => `${state} ${reason}`,
  ).values()) {
    await keepOutcome(trx, group)
  }
}

const fewOutcomes = 8

async function keepOutcome(trx: Trx, group: readonly InboxResult[]): Promise<void> {
  const { state, reason, seq } = group[0] as InboxResult
  await trx('inbox')
    .whereIn(
      'inbox_id',
      group.map(({ inboxId }) => idBytes(inboxId)),
    )
    .update({
      state: inboxStates.code(state),
      reason: reason === null ? null : inboxReasons.code(reason),
      seq,
    })
}

/** CASE is searched from its top for each row, so its statements stay short. */
const caseLength = 64

async function keepSeqs(trx: Trx, results: readonly InboxResult[]): Promise<void> {
  for (let from = 0; from < results.length; from += caseLength) {
    const chunk = results.slice(from, from + caseLength)
    const ids = chunk.map(({ inboxId }) => idBytes(inboxId))
    const cases = chunk.flatMap(({ seq }, i) => [ids[i] as Buffer, seq as number])
    await trx.raw(
      `UPDATE inbox SET state = ?, reason = NULL, seq = CASE inbox_id ${whens(chunk.length)} END
       WHERE inbox_id IN (${marks(ids.length)})`,
      [inboxStates.code('posted'), ...cases, ...ids] as never,
    )
  }
}

/** Moves the accounts on; a row whose version is not what was read was posted to by somebody who went round us. */
async function moveAccounts(
  trx: Trx,
  plans: readonly AccountPlan[],
  heads: ReadonlyMap<AccountPlan, Buffer>,
): Promise<void> {
  const moved = plans.filter(({ postings }) => postings.length > 0)
  for (let from = 0; from < moved.length; from += caseLength) {
    const chunk = moved.slice(from, from + caseLength)
    const ids = chunk.map(({ state }) => idBytes(state.accountId))
    const pairs = (read: (plan: AccountPlan) => number | Buffer) =>
      chunk.flatMap((plan, i) => [ids[i] as Buffer, read(plan)])
    const one = `CASE account_id ${whens(chunk.length)} END`
    // SQLite has no row values in IN lists; a second CASE says the version each row must have.
    const result = await trx.raw(
      `UPDATE account SET head_hash = ${one}, last_recorded_at = ${one}, policy_version = ${one}, version = version + ${one}
       WHERE account_id IN (${marks(ids.length)}) AND version = ${one}`,
      [
        ...pairs((plan) => heads.get(plan) as Buffer),
        ...pairs(({ state }) => state.lastRecordedAt),
        ...pairs(({ state }) => state.policyVersion),
        ...pairs(({ postings }) => postings.length),
        ...ids,
        ...pairs(({ readVersion }) => readVersion),
      ] as never,
    )
    if (affectedRows(result) !== chunk.length) throw new Overtaken('account')
  }
}

function affectedRows(result: unknown): number {
  const [header] = Array.isArray(result) ? result : [result]
  const { affectedRows: onServer, changes } = (header ?? {}) as { affectedRows?: number; changes?: number }
  return onServer ?? changes ?? (result as { changes?: number }).changes ?? -1
}

function whens(count: number): string {
  return Array(count).fill('WHEN ? THEN ?').join(' ')
}

function marks(count: number): string {
  return Array(count).fill('?').join(',')
}
