import { idBytes, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { actKinds, actReasons, type Claim, type ClaimAct, type ClaimContent } from '../claims/claim.ts'
import { whys } from '../policy/evaluation.ts'
import type { CodeList } from './code-list.ts'
import type { Entry } from './entry.ts'
import { applyEntry, emptyHolding, type Holding } from './standing.ts'
import { buckets, entryKinds, levelWords } from './words.ts'

/** The row of an account, as it was read under its lock. */
export interface AccountRow {
  accountId: Id
  teacherId: Id
  version: number
  headHash: Buffer
  closedThrough: number
  policyVersion: number
  lastRecordedAt: Instant
}

/** A claim of an account with what the book knows about it beyond its content. */
export interface HeldClaim {
  claim: Claim
  seq: number
  sourceId: Id
  contentHash: Buffer
}

/** All facts of one account and what it holds: what a posting is decided on. */
export interface AccountState extends AccountRow {
  claims: Map<Id, HeldClaim>
  /** By claim, in the order of their numbers. */
  acts: Map<Id, ClaimAct[]>
  actHashes: Buffer[]
  holding: Holding
  /** Ids of open work items by kind and subject: `${kind}\t${subject}`. */
  openExceptions: Map<string, Id>
}

/** An account of which nothing is known but its row. */
export function bareState(row: AccountRow): AccountState {
  return {
    ...row,
    claims: new Map(),
    acts: new Map(),
    actHashes: [],
    holding: emptyHolding(),
    openExceptions: new Map(),
  }
}

/** Reads an account's row in the form of code. */
export function accountRowOf(row: Record<string, unknown>): AccountRow {
  return {
    accountId: idText(row.account_id as Buffer),
    teacherId: idText(row.teacher_id as Buffer),
    version: safeInteger(row.version),
    headHash: row.head_hash as Buffer,
    closedThrough: safeInteger(row.closed_through),
    policyVersion: safeInteger(row.policy_version),
    lastRecordedAt: asInstant(safeInteger(row.last_recorded_at)),
  }
}

/**
 * Reads the facts and entries of accounts whose rows the caller holds locked (or of which it wants a consistent
 * picture up to the version in `rows`). Accounts with only their opening posting have nothing to read.
 */
export async function readStates(
  handle: Handle,
  rows: readonly AccountRow[],
  words: CodeList,
): Promise<Map<Id, AccountState>> {
  const states = new Map(rows.map((row) => [row.accountId, bareState(row)]))
  const used = rows.filter((row) => row.version > 1).map((row) => row.accountId)
  if (used.length === 0) return states
  for (let from = 0; from < used.length; from += 500) {
    const ids = used.slice(from, from + 500).map(idBytes)
    await readClaims(handle, ids, states)
    await readActs(handle, ids, states)
    for (const { accountId, entry } of await readEntries(handle, ids, words)) {
      const state = states.get(accountId) as AccountState
      if (entry.seq <= state.version) applyEntry(state.holding, entry)
    }
    await readExceptions(handle, ids, states)
  }
  return states
}

async function readClaims(handle: Handle, ids: Buffer[], states: Map<Id, AccountState>): Promise<void> {
  const rows = await handle('claim')
    .select('account_id', 'claim_id', 'seq', 'source_id', 'content', 'content_hash')
    .whereIn('account_id', ids)
  for (const row of rows) {
    const claimId = idText(row.claim_id)
    states.get(idText(row.account_id))?.claims.set(claimId, {
      claim: { claimId, content: contentOf(row.content) },
      seq: safeInteger(row.seq),
      sourceId: idText(row.source_id),
      contentHash: row.content_hash,
    })
  }
}

/** The content of a claim from its stored bytes. */
export function contentOf(bytes: Buffer): ClaimContent {
  return JSON.parse(bytes.toString('utf8')) as ClaimContent
}

async function readActs(handle: Handle, ids: Buffer[], states: Map<Id, AccountState>): Promise<void> {
  const rows = await handle('claim_act')
    .select()
    .whereIn('account_id', ids)
    .orderBy(['account_id', 'claim_id', 'act_no'])
  for (const row of rows) {
    const state = states.get(idText(row.account_id))
    const act = actOf(row)
    const earlier = state?.acts.get(act.claimId)
    if (earlier) earlier.push(act)
    else state?.acts.set(act.claimId, [act])
    state?.actHashes.push(row.content_hash)
  }
}

/** Reads an act's row in the form of code. */
export function actOf(row: Record<string, unknown>): ClaimAct {
  return {
    actId: idText(row.act_id as Buffer),
    claimId: idText(row.claim_id as Buffer),
    actNo: safeInteger(row.act_no),
    kind: actKinds.word(row.kind as number),
    reason: actReasons.word(row.reason as number),
    note: (row.note as string | null) ?? null,
    makerId: idText(row.maker_id as Buffer),
    checkerId: idTextOrNull(row.checker_id as Buffer | null),
    authorityId: idTextOrNull(row.authority_id as Buffer | null),
    valueMilliHours: row.value_milli_hours === null ? null : safeInteger(row.value_milli_hours),
    recordedAt: asInstant(safeInteger(row.recorded_at)),
  }
}

async function readEntries(handle: Handle, ids: Buffer[], words: CodeList) {
  const rows = await handle('entry').select().whereIn('account_id', ids).orderBy(['account_id', 'seq', 'leg'])
  return rows.map((row) => ({ accountId: idText(row.account_id), entry: entryOf(row, words) }))
}

/** Reads a leg's row in the form of code. */
export function entryOf(row: Record<string, unknown>, words: CodeList): Entry {
  return {
    seq: safeInteger(row.seq),
    leg: safeInteger(row.leg),
    kind: entryKinds.word(row.kind as number),
    claimId: idText(row.claim_id as Buffer),
    awardSeq: safeInteger(row.award_seq),
    reversesSeq: row.reverses_seq === null ? null : safeInteger(row.reverses_seq),
    bucket: buckets.word(row.bucket as number),
    periodNo: safeInteger(row.period_no),
    effectiveOn: row.effective_on as string,
    category: words.word('category', Number(row.category)),
    level: levelWords.word(row.level as number),
    form: words.word('form', Number(row.form)),
    milliHours: safeInteger(row.milli_hours),
    balanceAfter: safeInteger(row.balance_after),
    claimedMilliHours: row.claimed_milli_hours === null ? null : safeInteger(row.claimed_milli_hours),
    why: whys.word(row.why as number),
  }
}

async function readExceptions(handle: Handle, ids: Buffer[], states: Map<Id, AccountState>): Promise<void> {
  const rows = await handle('exception')
    .select('exception_id', 'kind', 'subject_id', 'account_id')
    .whereIn('account_id', ids)
    .where('open_flag', 1)
  for (const row of rows) {
    const state = states.get(idText(row.account_id))
    state?.openExceptions.set(`${row.kind}\t${idText(row.subject_id)}`, idText(row.exception_id))
  }
}
