import type { Test } from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Database } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId, sha256 } from '../../foundation/ids.ts'
import { createLog } from '../../foundation/log.ts'
import { type Clock, type Day, instantOf, systemClock } from '../../foundation/time.ts'
import { entryOf } from '../../ledger/books/account-state.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { readWords } from '../../ledger/books/code-list.ts'
import { postAll } from '../../ledger/books/pick.ts'
import type { PostingGround } from '../../ledger/books/post.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { holdingOf, type StandingAward } from '../../ledger/books/standing.ts'
import { verify } from '../../ledger/books/verify.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { documentBytes } from '../../ledger/claims/canonical.ts'
import type { ActFact, ActKind, ClaimContent, ClaimFact, Fact, FiledAct } from '../../ledger/claims/claim.ts'
import { accountOf, deskSourceId, type Submitted, submit } from '../../ledger/claims/submit.ts'
import { addPolicy } from '../../ledger/policy/add.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'

/** The platform that the example district trusts. */
export const moodle = { id: newId(), name: '示例区 Moodle', preset: 'moodle-logstore' }

/** A source that policy does not trust. */
export const province = { id: newId(), name: '省级平台', preset: 'adl' }

/** A book under the policy of the example district. */
export async function freshBook(db: Database, now: Clock = systemClock): Promise<PostingGround> {
  const ground = postingGround({ db, log: createLog('silent'), now })
  await loadShippedPolicies(db, now())
  await govern(ground, 'example.district.2026', '2026-01-01')
  return ground
}

/** Activates a policy and brings all accounts to it. */
export async function govern(ground: PostingGround, policyId: string, from: Day): Promise<number> {
  const { versionNo } = await transact(ground.db, (trx) =>
    activatePolicy(trx, { policyId, from, makerId: newId(), now: ground.now() }),
  )
  await applyPolicyVersion(ground, versionNo)
  return versionNo
}

/** Adds a policy document that inherits nothing and has what the example district has, with changes. */
export async function addDocument(ground: PostingGround, yaml: string): Promise<void> {
  await transact(ground.db, (trx) => addPolicy(trx, yaml, { makerId: newId(), now: ground.now() }))
}

/** An approved offering of six hours, completed online. */
export async function anOffering(
  { db, now }: PostingGround,
  changes: Partial<OfferingInfo> = {},
): Promise<OfferingInfo> {
  const offeringId = newId()
  const offering: OfferingInfo = {
    offeringId,
    code: `KC-${offeringId.slice(-12)}`,
    title: '师德与法治',
    projectNo: 'XM-1',
    projectTitle: '新时代师德专题',
    organisers: ['示例区教师发展中心'],
    approvedOn: '2026-01-10',
    level: 'district',
    category: '师德与素养',
    form: '集中培训',
    topic: null,
    audience: null,
    approvedMilliHours: 6_000,
    awardBasis: 'fixed_on_pass',
    approvalMode: 'auto',
    passMark: null,
    attendanceThreshold: null,
    contains: [],
    packageCode: null,
    classes: [],
    ...changes,
  }
  await transact(db, async (trx) => {
    await trx('offering').insert({
      offering_id: idBytes(offeringId),
      code: offering.code,
      project_id: idBytes(newId()),
      title: offering.title,
      is_path: 0,
      version_no: 1,
      recorded_at: now(),
    })
    await keepVersion(trx, offering, 1, now())
  })
  return offering
}

/** Says something else about an offering from now on. */
export async function changeOffering({ db, now }: PostingGround, offering: OfferingInfo): Promise<void> {
  await transact(db, async (trx) => {
    const id = idBytes(offering.offeringId)
    const row = await trx('offering').where('offering_id', id).first('version_no')
    await keepVersion(trx, offering, Number(row.version_no) + 1, now())
    await trx('offering')
      .where('offering_id', id)
      .update({ version_no: Number(row.version_no) + 1 })
  })
}

async function keepVersion(
  trx: Parameters<typeof bumpMark>[0],
  offering: OfferingInfo,
  no: number,
  at: number,
) {
  const content = documentBytes(offering)
  await trx('offering_version').insert({
    offering_id: idBytes(offering.offeringId),
    version_no: no,
    content,
    content_hash: sha256(content),
    actor: 'test',
    recorded_at: at,
  })
  await bumpMark(trx, 'catalogue')
}

/** A completion that the example district recognises by itself. */
export function aClaim(
  teacherId: Id,
  offering: OfferingInfo,
  changes: Partial<ClaimContent> = {},
  inputKey = newId(),
): ClaimFact {
  const endedOn = changes.endedOn ?? '2026-03-05'
  const content: ClaimContent = {
    kind: 'completion',
    source: moodle,
    offeringId: offering.offeringId,
    trainingClassId: null,
    sessionId: null,
    attempt: inputKey,
    role: 'participant',
    beganAt: null,
    endedAt: instantOf(`${endedOn}T16:00:00+08:00`),
    endedOn,
    receivedAt: instantOf(`${endedOn}T17:00:00+08:00`),
    sourceAmount: '6',
    sourceUnit: 'hour',
    completion: true,
    passed: true,
    scorePercent: '90',
    evidence: ['签到', '完成', '测评'],
    durationSeconds: 16_200,
    rawRef: `statement:${inputKey}`,
    flags: [],
    ...changes,
  }
  return {
    kind: 'claim',
    sourceId: content.source.id,
    inputKey,
    inputHash: sha256(documentBytes(content)),
    claimId: newId(),
    teacherId,
    content,
  }
}

/** The sender's withdrawal of a claim. */
export function aVoid(claim: ClaimFact, changes: Partial<ActFact> = {}): ActFact {
  return anAct(claim.claimId, 'void', { sourceId: claim.sourceId, ...changes })
}

/** A decision of the district about a claim. */
export function anAct(claimId: Id, kind: ActKind, changes: Partial<ActFact> = {}): ActFact {
  const act: FiledAct = { actId: newId(), kind, reason: 'other', makerId: newId() }
  return {
    kind: 'act',
    sourceId: deskSourceId,
    inputKey: `act:${act.actId}`,
    inputHash: sha256(act.actId),
    claimId,
    act,
    ...changes,
  }
}

/** Hands facts to the ledger in one transaction. */
export function hand(db: Database, facts: readonly Fact[], now: Clock = systemClock): Promise<Submitted[]> {
  return transact(db, (trx) => submit(trx, facts, now()))
}

/** Hands facts in and posts everything that is ready. */
export async function handAndPost(ground: PostingGround, facts: readonly Fact[]): Promise<Submitted[]> {
  const submitted = await hand(ground.db, facts, ground.now)
  await postAll(ground)
  return submitted
}

/** The live awards of a teacher, by claim. */
export async function awardsOf({ db }: PostingGround, teacherId: Id): Promise<Map<Id, StandingAward>> {
  const words = await readWords(db)
  const rows = await db('entry')
    .where('account_id', idBytes(accountOf(teacherId)))
    .orderBy(['seq', 'leg'])
  return holdingOf(rows.map((row) => entryOf(row, words))).awards
}

/** Hours of a teacher by bucket, from entries. */
export async function hoursOf(
  ground: PostingGround,
  teacherId: Id,
): Promise<{ counted: number; excess: number; pending: number }> {
  const sums = { counted: 0, excess: 0, pending: 0 }
  for (const { split } of (await awardsOf(ground, teacherId)).values()) {
    sums.counted += split.counted
    sums.excess += split.excess
    sums.pending += split.pending
  }
  return sums
}

/** Where a fact stands in the inbox. */
export async function inboxRow({ db }: PostingGround, submitted: Submitted | undefined) {
  return db('inbox')
    .where('inbox_id', idBytes(submitted?.inboxId as Id))
    .first('state', 'reason', 'seq')
}

/** Every test that posts ends with this: the book agrees with itself. */
export async function verified(t: Test, ground: PostingGround): Promise<void> {
  const { findings } = await verify(ground)
  t.strictSame(findings, [], 'the book agrees with itself')
}
