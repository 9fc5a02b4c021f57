import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { entryOf } from '../books/account-state.ts'
import { readWords } from '../books/code-list.ts'
import type { Entry } from '../books/entry.ts'
import { buckets } from '../books/words.ts'
import { actKinds, type Claim, type ClaimContent } from '../claims/claim.ts'

/** A claim as far as a transcript needs it. */
export interface ReadClaim extends Claim {
  /** Void, superseded or expired: it is not asked for any more. */
  isWithdrawn: boolean
  isRejected: boolean
}

/** An account up to one posting: nothing of it can change any more. */
export interface ReadAccount {
  /** The posting up to which it was read; 0 for a teacher without an account, or before it was opened. */
  seq: number
  /** When that posting was recorded; null without one. */
  recordedAt: Instant | null
  /** The version the book had it on; null without an account. */
  policyVersion: number | null
  recordedAtOf: Map<number, Instant>
  entries: Entry[]
  claims: Map<Id, ReadClaim>
}

const empty: ReadAccount = {
  seq: 0,
  recordedAt: null,
  policyVersion: null,
  recordedAtOf: new Map(),
  entries: [],
  claims: new Map(),
}

/**
 * Reads a teacher's account up to its version, or to the last posting recorded by `asOf`.
 *
 * Without locks: the version is read once, and journals only grow, so what is
 * read up to it is consistent on any engine (ledger.md §6.3).
 */
export async function readAccount(handle: Handle, teacherId: Id, asOf?: Instant): Promise<ReadAccount> {
  const account = await handle('account')
    .where({ teacher_id: idBytes(teacherId) })
    .first()
  if (!account) return empty
  const id: Buffer = account.account_id
  const postings = await readPostings(handle, id, safeInteger(account.version), asOf)
  const last = postings.at(-1)
  if (!last) return empty
  return {
    seq: last.seq,
    recordedAt: last.recordedAt,
    policyVersion: last.policyVersion,
    recordedAtOf: new Map(postings.map(({ seq, recordedAt }) => [seq, recordedAt])),
    entries: await readEntries(handle, id, last.seq),
    claims: await readClaims(handle, id, last.seq),
  }
}

async function readPostings(handle: Handle, account: Buffer, version: number, asOf: Instant | undefined) {
  const query = handle('posting')
    .where({ account_id: account })
    .where('seq', '<=', version)
    .orderBy('seq')
    .select('seq', 'recorded_at', 'policy_version')
  if (asOf !== undefined) query.where('recorded_at', '<=', asOf)
  const rows = await query
  return rows.map((row) => ({
    seq: safeInteger(row.seq),
    recordedAt: asInstant(safeInteger(row.recorded_at)),
    policyVersion: safeInteger(row.policy_version),
  }))
}

async function readEntries(handle: Handle, account: Buffer, seq: number): Promise<Entry[]> {
  const words = await readWords(handle)
  const rows = await handle('entry')
    .where({ account_id: account })
    .where('seq', '<=', seq)
    .orderBy(['seq', 'leg'])
  return rows.map((row) => entryOf(row, words))
}

async function readClaims(handle: Handle, account: Buffer, seq: number): Promise<Map<Id, ReadClaim>> {
  const rows = await handle('claim')
    .where({ account_id: account })
    .where('seq', '<=', seq)
    .select('claim_id', 'content')
  const claims = new Map<Id, ReadClaim>()
  for (const row of rows) {
    const claimId = idText(row.claim_id)
    const content = JSON.parse(row.content.toString('utf8')) as ClaimContent
    claims.set(claimId, { claimId, content, isWithdrawn: false, isRejected: false })
  }
  const acts = await handle('claim_act')
    .where({ account_id: account })
    .where('seq', '<=', seq)
    .orderBy(['claim_id', 'act_no'])
    .select('claim_id', 'kind')
  for (const row of acts) {
    const claim = claims.get(idText(row.claim_id))
    if (claim) applyAct(claim, actKinds.word(row.kind))
  }
  return claims
}

function applyAct(claim: ReadClaim, kind: (typeof actKinds.words)[number]): void {
  if (kind === 'void' || kind === 'supersede' || kind === 'expire') claim.isWithdrawn = true
  if (kind === 'reject') claim.isRejected = true
  if (kind === 'recognise' || kind === 'school_check') claim.isRejected = false
}

/** Milli-hours of one teacher by bucket. */
export interface BucketSums {
  counted: number
  excess: number
  pending: number
}

const summed = new Map<number, keyof BucketSums>(
  (['counted', 'excess', 'pending'] as const).map((bucket) => [buckets.code(bucket), bucket]),
)

/**
 * What these teachers hold in a window of days, in one query for each 400 of them. Teachers without an account, or
 * without hours in the window, are absent.
 */
export async function hoursByWindow(
  handle: Handle,
  teacherIds: Id[],
  window: { from: string; to: string },
): Promise<Map<Id, BucketSums>> {
  const found = new Map<Id, BucketSums>()
  for (let at = 0; at < teacherIds.length; at += 400) {
    const rows: SumRow[] = await handle('account as a')
      .join('entry as e', 'e.account_id', 'a.account_id')
      .whereIn('a.teacher_id', teacherIds.slice(at, at + 400).map(idBytes))
      .whereBetween('e.effective_on', [window.from, window.to])
      .groupBy('a.teacher_id', 'e.bucket')
      .select('a.teacher_id', 'e.bucket')
      .sum({ milli_hours: 'e.milli_hours' })
    for (const row of rows) add(found, idText(row.teacher_id), Number(row.bucket), sumOf(row.milli_hours))
  }
  return found
}

interface SumRow {
  teacher_id: Buffer
  bucket: number
  milli_hours: unknown
}

function add(found: Map<Id, BucketSums>, teacherId: Id, bucketCode: number, milliHours: number): void {
  const bucket = summed.get(bucketCode)
  if (!bucket) return
  const sums = found.get(teacherId) ?? { counted: 0, excess: 0, pending: 0 }
  sums[bucket] += milliHours
  found.set(teacherId, sums)
}
