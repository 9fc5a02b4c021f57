import { idBytes, idBytesOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { Conflict, NotFound } from '../../foundation/errors.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { addDays, type Day, type Instant } from '../../foundation/time.ts'
import { documentBytes } from '../claims/canonical.ts'
import { codeWords } from '../claims/code-words.ts'
import { type KeptPolicy, keptPolicies, lookupIn, PolicyNotLayered } from './add.ts'
import { actHash, chainStart, hashVersion, versionHash } from './chain.ts'
import type { FlatPolicy } from './document.ts'
import { engine } from './evaluation.ts'
import { layer } from './layer.ts'
import { noPolicy, type PolicySpan, type PolicyVersion } from './version.ts'

/** What may be decided about a policy version. */
export const policyActKinds = codeWords('policy_act_kind', {
  proposed: 1,
  approved: 2,
  activated: 3,
  retired: 4,
})

/** One document from one day on, until the next; flattened as it was when it was activated. */
interface Assignment {
  from: Day
  version: number
  policy: FlatPolicy
}

interface VersionContent {
  assignments: Assignment[]
}

/** Versions by the hash of their content: they never change, and many databases may live in one process. */
const parsed = new Map<string, PolicySpan[]>()
const mostParsed = 50

/** The policy version with this number; throws NotFound (`policy-version-unknown`). 0 governs nothing. */
export async function policyVersionOf(handle: Handle, versionNo: number): Promise<PolicyVersion> {
  if (versionNo === 0) return noPolicy
  const row = await handle('policy_version').where({ version_no: versionNo }).first('content_hash')
  if (!row) throw new NotFound('policy-version-unknown', `there is no policy version ${versionNo}`)
  const key = row.content_hash.toString('hex')
  const spans = parsed.get(key) ?? spansOf((await contentOf(handle, versionNo)).assignments)
  if (!parsed.has(key)) {
    if (parsed.size >= mostParsed) parsed.clear()
    parsed.set(key, spans)
  }
  return { versionNo, spans }
}

/** The version the book is on: new accounts start on it. Version 0 before the first activation. */
export async function currentPolicyVersion(handle: Handle): Promise<PolicyVersion> {
  const book = await handle('book').where({ book_id: 1 }).first('policy_version')
  return policyVersionOf(handle, safeInteger(book?.policy_version ?? 0))
}

async function contentOf(handle: Handle, versionNo: number): Promise<VersionContent> {
  if (versionNo === 0) return { assignments: [] }
  const row = await handle('policy_version').where({ version_no: versionNo }).first('content')
  return JSON.parse(row.content.toString('utf8'))
}

/** What to activate, from which day, by whom. */
export interface Activation {
  policyId: string
  /** The first day it governs; a document that takes effect later governs from that day. */
  from: Day
  makerId: Id
  checkerId?: Id | null
  reason?: string | null
  now: Instant
}

/**
 * Makes the policy version in which a document governs from a day on, until the document that stands after it in the
 * timeline. Nothing is evaluated here: the books bring the accounts to the version.
 *
 * A timeline that was there before keeps its number, so repeating an activation makes nothing new. Throws NotFound
 * (`policy-unknown`), PolicyNotLayered (a parent is missing), Conflict (`policy-not-in-force`: its term ended before).
 */
export async function activatePolicy(trx: Trx, activation: Activation): Promise<{ versionNo: number }> {
  await bumpMark(trx, 'policy') // locks the mark's row: activations come one after the other
  const { policyId, from, now } = activation
  const kept = await keptPolicies(trx)
  const fresh = assignmentOf(kept, policyId, from)
  const { assignments } = await contentOf(trx, await newestActivated(trx))
  const others = assignments.filter((one) => one.from !== fresh.from)
  const content: VersionContent = {
    assignments: [...others, fresh].sort((a, b) => (a.from < b.from ? -1 : 1)),
  }
  const versionNo = await keepVersion(trx, documentBytes(content), now)
  await recordAct(trx, versionNo, activation)
  return { versionNo }
}

function assignmentOf(kept: Map<string, KeptPolicy>, policyId: string, from: Day): Assignment {
  const found = kept.get(policyId)
  if (!found) throw new NotFound('policy-unknown', `no policy has the id ${policyId}; add its file first`)
  const { document, version } = found
  const { policy, faults } = layer(document, lookupIn([...kept.values()].map((one) => one.document)))
  const [fault] = faults
  if (fault) throw new PolicyNotLayered(policyId, fault, faults)
  const { from: starts, to: ends } = document.effective ?? {}
  if (ends && ends < from) {
    throw new Conflict('policy-not-in-force', `${policyId} ended on ${ends}, before ${from}`)
  }
  return { from: starts && starts > from ? starts : from, version, policy }
}

/** Each document governs until the next begins, and not beyond the end of its own term. */
function spansOf(assignments: Assignment[]): PolicySpan[] {
  return assignments.map(({ from, policy }, at) => {
    const next = assignments[at + 1]
    const ends = [next ? addDays(next.from, -1) : null, policy.effective?.to ?? null]
    return { from, to: ends.filter((end) => end !== null).sort()[0] ?? null, policy }
  })
}

async function newestActivated(trx: Trx): Promise<number> {
  const row = await trx('policy_act')
    .where({ kind: policyActKinds.code('activated') })
    .orderBy([
      { column: 'recorded_at', order: 'desc' },
      { column: 'version_no', order: 'desc' },
    ])
    .first('version_no')
  return safeInteger(row?.version_no ?? 0)
}

async function keepVersion(trx: Trx, content: Buffer, now: Instant): Promise<number> {
  const contentHash = sha256(content)
  const known = await trx('policy_version').where({ content_hash: contentHash }).first('version_no')
  if (known) return safeInteger(known.version_no)
  const last = await trx('policy_version').orderBy('version_no', 'desc').first('version_no', 'hash')
  const versionNo = safeInteger(last?.version_no ?? 0) + 1
  const row = {
    version_no: versionNo,
    content,
    content_hash: contentHash,
    engine,
    recorded_at: now,
    hash_version: hashVersion,
    prev_hash: (last?.hash ?? chainStart) as Buffer,
  }
  await trx('policy_version').insert({ ...row, hash: versionHash(row) })
  return versionNo
}

async function recordAct(trx: Trx, versionNo: number, activation: Activation): Promise<void> {
  const { makerId, checkerId = null, reason = null, now } = activation
  const last = await trx('policy_act')
    .where({ version_no: versionNo })
    .orderBy('act_no', 'desc')
    .first('act_no', 'hash')
  // Never before an earlier act, whichever node's clock is used: the newest one says what is activated.
  const newest = await trx('policy_act').max({ at: 'recorded_at' }).first()
  const recordedAt = Math.max(now, safeInteger(newest?.at ?? 0) + 1)
  const row = {
    version_no: versionNo,
    act_no: safeInteger(last?.act_no ?? 0) + 1,
    kind: policyActKinds.code('activated'),
    maker_id: idBytes(makerId),
    checker_id: idBytesOrNull(checkerId),
    reason,
    recorded_at: recordedAt,
    hash_version: hashVersion,
    prev_hash: (last?.hash ?? chainStart) as Buffer,
  }
  await trx('policy_act').insert({ ...row, hash: actHash(row) })
}
