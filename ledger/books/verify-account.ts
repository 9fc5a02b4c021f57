import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Row } from '../../foundation/database/dialect.ts'
import { groupBy } from '../claims/group.ts'
import { decidedBy } from '../claims/status.ts'
import { opensException } from '../policy/evaluation.ts'
import { type AccountState, entryOf } from './account-state.ts'
import { type AdmittedFact, actColumns, claimColumns, contentHash, noHash, postingHash } from './chain.ts'
import type { CodeList } from './code-list.ts'
import { postDifference } from './difference.ts'
import { balanceKey, type Entry } from './entry.ts'
import { type EvaluationFacts, evaluateState, isFrozen } from './evaluate-state.ts'
import type { AccountFinding } from './finding.ts'
import { holdingOf, liveBuckets } from './standing.ts'
import { capFindings } from './verify-caps.ts'
import { buckets, levelWords } from './words.ts'

/** All rows of one account, as they stand in the database. */
export interface AccountRows {
  account: Row
  postings: Row[]
  entries: Row[]
  claims: Row[]
  acts: Row[]
  balances: Row[]
  /** Leaves of anchors, in their order. */
  leaves: Row[]
}

/** Compares an account's rows with each other (V1–V4, V6, V7, V11 of ledger.md §10.4). Needs nothing but the rows. */
export function findingsInRows(rows: AccountRows, words: CodeList): AccountFinding[] {
  const broken = [...sequenceFindings(rows), ...chainFindings(rows, words), ...leafFindings(rows)]
  // Rows that are not what was posted would only repeat themselves in sums.
  return broken.length > 0 ? broken : [...legFindings(rows, words), ...balanceFindings(rows, words)]
}

/** V1: postings 1…version, nothing missing, nothing beyond, nothing that belongs to no posting. */
function* sequenceFindings({
  account,
  postings,
  entries,
  claims,
  acts,
}: AccountRows): Generator<AccountFinding> {
  const version = number(account.version)
  const seqs = new Set(postings.map(({ seq }) => number(seq)))
  for (let seq = 1; seq <= version; seq++) if (!seqs.has(seq)) yield { seq, what: 'V1 posting is missing' }
  for (const seq of seqs)
    if (seq > version) yield { seq, what: 'V1 posting is beyond the version of the account' }
  for (const [name, rows] of [
    ['entry', entries],
    ['claim', claims],
    ['act', acts],
  ] as const) {
    for (const row of rows) {
      if (!seqs.has(number(row.seq))) yield { seq: number(row.seq), what: `V1 ${name} belongs to no posting` }
    }
  }
}

/** V2: each hash as computed again, each posting on the one before, and the account at the head. */
function* chainFindings(rows: AccountRows, words: CodeList): Generator<AccountFinding> {
  const { account, postings } = rows
  const legs = groupBy(rows.entries, ({ seq }) => number(seq))
  const facts = groupBy(factsOf(rows), ({ seq }) => seq)
  for (const fact of factsOf(rows)) {
    if (!fact.isSound) yield { seq: fact.seq, what: `V2 ${fact.what} differs from its hash` }
  }
  let head: Buffer = noHash
  for (const posting of postings) {
    const seq = number(posting.seq)
    if (!(posting.prev_hash as Buffer).equals(head))
      yield { seq, what: 'V2 chain is broken before this posting' }
    const hash = postingHash(posting, legs.get(seq) ?? [], facts.get(seq) ?? [], words)
    if (!hash.equals(posting.hash as Buffer))
      yield { seq, what: 'V2 posting, its legs or its facts differ from its hash' }
    head = posting.hash as Buffer
  }
  const last = postings.at(-1)
  if (!head.equals(account.head_hash as Buffer)) yield { seq: null, what: 'V2 head of the account differs' }
  if (!last) return
  if (number(account.policy_version) !== number(last.policy_version)) {
    yield { seq: number(last.seq), what: 'V2 policy version of the account differs from its newest posting' }
  }
  if (number(account.last_recorded_at) < number(last.recorded_at)) {
    yield { seq: number(last.seq), what: 'V2 newest posting is later than the account says' }
  }
}

interface CheckedFact extends AdmittedFact {
  seq: number
  what: string
  isSound: boolean
}

function factsOf({ claims, acts }: AccountRows): CheckedFact[] {
  return [
    ...claims.map((row) => checked(row, 'claim_id', claimColumns, 'claim')),
    ...acts.map((row) => checked(row, 'act_id', actColumns, 'act')),
  ]
}

function checked(row: Row, key: string, columns: readonly string[], what: string): CheckedFact {
  const stored = row.content_hash as Buffer
  return {
    id: row[key] as Buffer,
    contentHash: stored,
    seq: number(row.seq),
    what: `${what} ${idText(row[key] as Buffer)}`,
    isSound: contentHash(row, columns).equals(stored),
  }
}

/** V3, V6, V7: legs of a claim sum to zero in each posting; awards agree with where their hours stand; no bucket below zero. */
function* legFindings({ entries }: AccountRows, words: CodeList): Generator<AccountFinding> {
  const legs = entries.map((row) => entryOf(row as never, words))
  for (const group of groupBy(legs, ({ seq, claimId }) => `${seq} ${claimId}`).values()) {
    const { seq, claimId } = group[0] as Entry
    if (sum(group) !== 0) yield { seq, what: `V3 legs of claim ${claimId} do not sum to zero` }
  }
  for (const [claimId, group] of groupBy(legs, (leg) => leg.claimId)) {
    const newest = (group.at(-1) as Entry).seq
    for (const bucket of buckets.words) {
      const stands = sum(group.filter((leg) => leg.bucket === bucket))
      const isWrong = bucket === 'issued' ? stands > 0 : stands < 0
      if (isWrong) yield { seq: newest, what: `V7 ${bucket} of claim ${claimId} has the wrong sign` }
    }
    const reversed = group.flatMap(({ reversesSeq }) => reversesSeq ?? [])
    if (new Set(reversed).size !== reversed.length) {
      yield { seq: newest, what: `V6 an award of claim ${claimId} is reversed twice` }
    }
  }
  for (const award of holdingOf(legs).awards.values()) {
    const stands = liveBuckets.reduce((total, bucket) => total + award.split[bucket], 0)
    if (stands !== award.milliHours) {
      yield { seq: award.awardSeq, what: `V6 award of claim ${award.claimId} is not where its hours stand` }
    }
  }
}

/** V4: running balances follow from leg to leg, and the table of balances is their sum. */
function* balanceFindings({ entries, balances }: AccountRows, words: CodeList): Generator<AccountFinding> {
  const running = new Map<string, number>()
  for (const row of entries) {
    const entry = entryOf(row as never, words)
    const key = balanceKey(entry)
    const after = (running.get(key) ?? 0) + entry.milliHours
    running.set(key, after)
    if (after !== entry.balanceAfter) yield { seq: entry.seq, what: 'V4 running balance does not follow' }
  }
  for (const row of balances) {
    const key = balanceKey({
      periodNo: number(row.period_no),
      bucket: buckets.word(row.bucket as number),
      category: words.word('category', number(row.category)),
      level: levelOf(row),
      form: words.word('form', number(row.form)),
    })
    if ((running.get(key) ?? 0) !== number(row.milli_hours))
      yield { seq: null, what: 'V4 balance is not the sum of its entries' }
    running.delete(key)
  }
  for (const [, amount] of running) {
    if (amount !== 0) yield { seq: null, what: 'V4 balance of entries is missing' }
  }
}

/** V11: what an anchor says of this account is what its postings say. */
function* leafFindings({ postings, leaves }: AccountRows): Generator<AccountFinding> {
  const hashes = new Map(postings.map((posting) => [number(posting.seq), posting.hash as Buffer]))
  for (const leaf of leaves) {
    const hash = hashes.get(number(leaf.version))
    if (!hash?.equals(leaf.head_hash as Buffer)) {
      yield { seq: number(leaf.version), what: `V11 posting differs from anchor ${number(leaf.anchor_no)}` }
    }
  }
}

/**
 * Compares what the account holds with what its facts give when they are evaluated again (V9), and its claims with its
 * awards and work items (V5), and caps with what counts (V8). `state` is as of the version of the rows.
 */
export function findingsInEvaluation(state: AccountState, facts: EvaluationFacts): AccountFinding[] {
  const { evaluation } = evaluateState(state, facts)
  const findings = capFindings(state, facts)
  const legs = postDifference(state.holding, evaluation.awards, state.version + 1, {
    isFrozen: (standing) => isFrozen(state, standing),
    lossWhy: () => 'revalued',
  })
  for (const claimId of new Set(legs.map((leg) => leg.claimId))) {
    findings.push({
      seq: state.claims.get(claimId)?.seq ?? null,
      what: `V9 claim ${claimId} evaluated again gives something else than the book holds`,
    })
  }
  const open = new Set([...state.openExceptions.keys()].map((key) => key.slice(key.indexOf('\t') + 1)))
  for (const { claimId, reason } of evaluation.waiting) {
    if (!opensException(reason) || open.has(claimId)) continue
    const status = decidedBy((state.acts.get(claimId) ?? []).map(({ kind }) => kind)).status
    if (status === 'withdrawn' || status === 'rejected') continue
    findings.push({
      seq: state.claims.get(claimId)?.seq ?? null,
      what: `V5 claim ${claimId} has neither an award nor a work item`,
    })
  }
  return findings
}

function levelOf(row: Row): string {
  return levelWords.word(number(row.level))
}

function sum(legs: readonly Entry[]): number {
  return legs.reduce((total, { milliHours }) => total + milliHours, 0)
}

function number(value: Row[string] | undefined): number {
  return safeInteger(value)
}
