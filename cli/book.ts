import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Command } from 'commander'
import { transact } from '../foundation/database/transact.ts'
import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { hoursText } from '../foundation/hours.ts'
import { type Id, isId } from '../foundation/ids.ts'
import { dayOf } from '../foundation/time.ts'
import { recordAudit } from '../ledger/audit/record.ts'
import { anchorDocument, readAnchorDocument, takeAnchor } from '../ledger/books/anchor.ts'
import { type ClaimState, claimsPage } from '../ledger/books/claim-states.ts'
import { actOn } from '../ledger/books/decide.ts'
import { postingGround } from '../ledger/books/posting-ground.ts'
import { verify } from '../ledger/books/verify.ts'
import { offeringsById } from '../ledger/catalogue/offering.ts'
import type { ClaimStatus } from '../ledger/claims/status.ts'
import { teachersById } from '../ledger/roster/people.ts'
import { type Answer, answering, command, Refusal } from './answer.ts'
import { readNamed, writeNew } from './files.ts'
import { operator, operatorId, withGround } from './open.ts'

/** Commands about the book itself: its proof, and decisions on claims. */
export function addBookCommands(program: Command): void {
  const ledger = program.command('ledger').description('the book and its proof')
  command(ledger, 'verify', 'check that the book agrees with itself')
    .option('--anchor <file>', 'and with an anchor that was kept elsewhere')
    .action(
      answering((options: { anchor?: string }) => withGround((ground) => verifyBook(ground, options.anchor))),
    )
  command(ledger, 'anchor', 'write the root of all chains to a file, to be kept outside the database')
    .requiredOption('--out <file>')
    .action(answering((options: { out: string }) => withGround((ground) => anchorBook(ground, options.out))))

  addClaims(program.command('claim').description('what was claimed, and decisions on it'))
}

async function verifyBook(ground: Ground, anchorFile: string | undefined): Promise<Answer> {
  const anchor =
    anchorFile === undefined ? undefined : readAnchorDocument((await readNamed(anchorFile)).toString('utf8'))
  const { ok, accounts, postings, findings } = await verify(postingGround(ground), anchor ? { anchor } : {})
  const answer = {
    ok,
    accounts,
    postings,
    findings: findings.map(({ account, teacherNo, seq, what }) => ({
      account,
      teacher_no: teacherNo,
      seq,
      what,
    })),
  }
  if (!ok) throw new Refusal(answer)
  return answer
}

async function anchorBook({ db, now }: Ground, out: string): Promise<Answer> {
  // Refused before anything is taken: an anchor that was kept is never overwritten.
  if (await readFile(out).catch(() => null)) {
    throw new InvalidInput('file-exists', `${out} is there already; move it away first`)
  }
  const { anchorNo } = await takeAnchor(db, now())
  const document = await anchorDocument(db, anchorNo)
  await writeNew(dirname(out), basename(out), `${JSON.stringify(document, null, 1)}\n`)
  return { anchor_no: document.anchor_no, root: document.root, accounts: document.accounts, out }
}

const statuses: readonly ClaimStatus[] = [
  'awaiting_check',
  'school_checked',
  'recognised',
  'rejected',
  'withdrawn',
]

function addClaims(claim: Command): void {
  command(claim, 'list', 'claims, oldest first')
    .option('--status <status>', statuses.join(', '))
    .action(
      answering((options: { status?: string }) => withGround((ground) => listClaims(ground, options.status))),
    )
  for (const [act, kind, description] of [
    ['check', 'school_check', 'the school has checked these claims'],
    ['recognise', 'recognise', 'the district recognises these claims'],
    ['reject', 'reject', 'these claims are refused'],
  ] as const) {
    command(claim, act, description)
      .argument('<id...>')
      .option('--reason <words>', 'kept with the decision', '')
      .action(
        answering((ids: string[], options: { reason: string }) =>
          withGround((ground) => decideOn(ground, ids, kind, options.reason.trim())),
        ),
      )
  }
}

/** The same words as the desk's, so that the audit reads as one. */
const decisionWords = {
  school_check: 'claim-checked',
  recognise: 'claim-recognised',
  reject: 'claim-rejected',
} as const

/** Why, in the ledger's words; a refusal's own words stand in its note. */
const reasonOf = { school_check: 'checked', recognise: 'recognised', reject: 'other' } as const

async function decideOn(
  ground: Ground,
  claimIds: string[],
  kind: 'school_check' | 'recognise' | 'reject',
  note: string,
): Promise<Answer> {
  if (kind === 'reject' && !note) {
    throw new InvalidInput('reason-missing', 'a refusal needs a --reason that the teacher will read')
  }
  if (!claimIds.every((id) => isId(id))) throw new InvalidInput('bad-usage', 'a claim is named by its UUID')
  const posting = postingGround(ground)
  const refused: { claim_id: string; reason: string }[] = []
  let done = 0
  for (const claimId of claimIds) {
    const decided = await actOn(posting, {
      claimId,
      kind,
      reason: reasonOf[kind],
      note: note || null,
      makerId: operatorId(),
    })
    if (decided.outcome === 'refused') refused.push({ claim_id: claimId, reason: decided.reason })
    else done += 1
    await transact(ground.db, (trx) =>
      recordAudit(trx, {
        actor: operator(),
        action: decisionWords[kind],
        subjectKind: 'claim',
        subjectId: claimId,
        detail: { outcome: decided.outcome },
        now: ground.now(),
      }),
    )
  }
  if (done === 0) throw new Refusal({ done, refused })
  return { done, refused }
}

async function listClaims({ db, now }: Ground, status: string | undefined): Promise<Answer> {
  const wanted = statuses.find((one) => one === status)
  if (status !== undefined && !wanted)
    throw new InvalidInput('bad-usage', `--status takes ${statuses.join(', ')}`)
  const claims: Record<string, unknown>[] = []
  for (let after: Id | null = null; ; ) {
    const page: { claims: ClaimState[]; next: Id | null } = await claimsPage(db, {
      after,
      ...(wanted ? { status: wanted } : {}),
    })
    claims.push(...(await shownClaims(db, page.claims, now)))
    if (!page.next) break
    after = page.next
  }
  return { claims }
}

async function shownClaims(db: Ground['db'], claims: ClaimState[], now: Ground['now']) {
  const teachers = await teachersById(
    db,
    claims.map(({ teacherId }) => teacherId),
    dayOf(now()),
  )
  const offerings = await offeringsById(
    db,
    claims.flatMap(({ content }) => content.offeringId ?? []),
  )
  return claims.map(({ claimId, teacherId, content, claimStatus, milliHours, reason }) => ({
    claim_id: claimId,
    teacher_no: teachers.get(teacherId)?.teacherNo ?? null,
    offering: content.offeringId ? (offerings.get(content.offeringId)?.code ?? null) : null,
    claimed: milliHours.claimed === null ? null : hoursText(milliHours.claimed),
    status: claimStatus,
    reason,
    source: content.source.name,
  }))
}
