import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { newId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { ledgerSourceId } from '../claims/submit.ts'
import type { PostingGround } from './post.ts'
import { type Finding, type Verification, verify } from './verify.ts'
import { exceptionKinds } from './words.ts'

/** One verification of the whole book, as the page shows it. `finishedAt` is null while it runs or if it was broken off. */
export interface VerificationRun {
  verificationNo: number
  startedAt: Instant
  finishedAt: Instant | null
  accounts: number
  postings: number
  findings: number
}

/** The newest verification, or null before the first. */
export async function lastVerification(handle: Handle): Promise<VerificationRun | null> {
  const row = await handle('verification').orderBy('verification_no', 'desc').first()
  if (!row) return null
  return {
    verificationNo: safeInteger(row.verification_no),
    startedAt: asInstant(safeInteger(row.started_at)),
    finishedAt: row.finished_at === null ? null : asInstant(safeInteger(row.finished_at)),
    accounts: safeInteger(row.accounts),
    postings: safeInteger(row.postings),
    findings: safeInteger(row.findings),
  }
}

/** Verifies the book, keeps when and with what result, and opens a work item for each account with findings. */
export async function verifyAndRecord(ground: PostingGround): Promise<Verification> {
  const { db, now } = ground
  const verificationNo = ((await lastVerification(db))?.verificationNo ?? 0) + 1
  await db('verification').insert({
    verification_no: verificationNo,
    started_at: now(),
    accounts: 0,
    postings: 0,
    findings: 0,
  })
  const verification = await verify(ground)
  const firsts = new Map<string | null, Finding>()
  for (const finding of verification.findings) {
    if (!firsts.has(finding.account)) firsts.set(finding.account, finding)
  }
  for (const finding of firsts.values()) await openWorkItem(ground, finding)
  await db('verification').where('verification_no', verificationNo).update({
    finished_at: now(),
    accounts: verification.accounts,
    postings: verification.postings,
    findings: verification.findings.length,
  })
  return verification
}

async function openWorkItem({ db, now }: PostingGround, finding: Finding): Promise<void> {
  const where = finding.seq === null ? '' : ` (seq ${finding.seq})`
  try {
    await db('exception').insert({
      exception_id: idBytes(newId()),
      kind: exceptionKinds.code('verification_failed'),
      subject_id: idBytes(finding.account ?? ledgerSourceId),
      open_flag: 1,
      account_id: finding.account === null ? null : idBytes(finding.account),
      detail: `${finding.what}${where}`.slice(0, 500),
      state: 'open',
      opened_at: now(),
    })
  } catch (error) {
    // Open since an earlier round.
    if (!isDuplicateKey(error)) throw error
  }
}
