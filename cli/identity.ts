import type { Command } from 'commander'
import { transact } from '../foundation/database/transact.ts'
import { InvalidInput, NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { isoOf } from '../foundation/time.ts'
import { recordAudit } from '../ledger/audit/record.ts'
import {
  identifierKey,
  type LinkRecord,
  linksOfTeacher,
  type PersonIdentifier,
  revokeLink,
} from '../ledger/roster/identity.ts'
import { linkFromCsv, linkTeacher } from '../ledger/roster/link-file.ts'
import { teacherIdsByNo } from '../ledger/roster/people.ts'
import { parkedIdentities } from '../lti-tool/launch/identity.ts'
import { releaseFor } from '../xapi-bridge/conversion/release.ts'
import { type Answer, answering, command } from './answer.ts'
import { readNamed, writeFailedRows } from './files.ts'
import { operator, withGround } from './open.ts'
import { readId } from './option.ts'

interface LinkOptions {
  file?: string
  teacher?: string
  iss?: string
  sub?: string
  homePage?: string
  name?: string
  mbox?: string
}

/** Commands about who a person on another platform is. */
export function addIdentity(identity: Command): void {
  command(identity, 'link', 'say which teacher a person on another platform is')
    .option(
      '--file <csv>',
      'many at once: headers teacher_no, home_page, name; mbox for people known by a mailbox',
    )
    .option('--teacher <no>', '教师编号')
    .option('--iss <issuer>')
    .option('--sub <subject>')
    .option('--home-page <address>')
    .option('--name <name>')
    .option('--mbox <mailbox>', 'without mailto:')
    .action(
      answering((options: LinkOptions) =>
        withGround((ground) =>
          options.file === undefined ? linkOne(ground, options) : linkFile(ground, options.file),
        ),
      ),
    )
  command(identity, 'list', 'the links of a teacher; without one, the people who wait to be linked')
    .option('--teacher <no>', '教师编号')
    .action(
      answering((options: { teacher?: string }) =>
        withGround((ground) => listIdentities(ground, options.teacher)),
      ),
    )
  command(identity, 'revoke', 'end a link that was wrong')
    .argument('<link-id>')
    .requiredOption('--reason <words>', 'kept with the link')
    .action(
      answering((linkId: string, options: { reason: string }) =>
        withGround((ground) => endLink(ground, linkId, options.reason)),
      ),
    )
}

/** Ends a link; the worker takes back what was credited by it, or credits whoever is linked next. */
async function endLink({ db, now }: Ground, linkId: string, reason: string): Promise<Answer> {
  const revoked = await transact(db, async (trx) => {
    const order = { linkId: readId(linkId, 'a link'), revokedBy: operator(), reason, now: now() }
    if (!(await revokeLink(trx, order))) return false
    await recordAudit(trx, {
      actor: operator(),
      action: 'identity-revoked',
      subjectKind: 'identity_link',
      subjectId: linkId,
      detail: { reason },
      now: now(),
    })
    return true
  })
  return { revoked }
}

/** The links of one teacher, and the people of platforms who wait to be linked. */
async function listIdentities({ db }: Ground, teacherNo: string | undefined): Promise<Answer> {
  if (teacherNo === undefined) {
    const waiting = await parkedIdentities(db)
    return { waiting: waiting.map(({ iss, sub, teacherNo: claimed }) => ({ iss, sub, teacher_no: claimed })) }
  }
  const teacherId = (await teacherIdsByNo(db, [teacherNo])).get(teacherNo)
  if (!teacherId) throw new NotFound('teacher-unknown', 'no teacher of the roster has this number')
  const links = await linksOfTeacher(db, teacherId)
  return { links: links.map(linkJson) }
}

function linkJson({ linkId, kind, homePage, value, madeBy, madeAt, revokedAt }: LinkRecord) {
  return {
    link_id: linkId,
    kind,
    home_page: homePage,
    value,
    made_by: madeBy,
    made_at: isoOf(madeAt),
    revoked_at: revokedAt === null ? null : isoOf(revokedAt),
  }
}

async function linkFile(ground: Ground, path: string): Promise<Answer> {
  const result = await linkFromCsv(ground, await readNamed(path), operator())
  const released = await releaseFor(ground, result.linkedKeys)
  const written = result.failedFile ? await writeFailedRows(path, result.failedFile) : null
  return {
    links: result.links,
    unchanged: result.unchanged,
    released,
    failed: result.failed,
    failures: result.failures,
    failed_rows_file: written,
  }
}

async function linkOne(ground: Ground, options: LinkOptions): Promise<Answer> {
  const teacherNo = options.teacher
  if (!teacherNo) throw new InvalidInput('bad-usage', 'name a --file, or a --teacher with an identifier')
  const identifier = identifierFrom(options)
  const outcome = await linkTeacher(ground, { teacherNo, identifier, actor: operator(), reason: 'command' })
  if (outcome.outcome === 'taken') {
    throw new InvalidInput(
      'identity-taken',
      'this identifier is linked to another teacher; revoke that link first',
    )
  }
  return { link_id: outcome.linkId, released: await releaseFor(ground, [identifierKey(identifier)]) }
}

function identifierFrom(options: LinkOptions): PersonIdentifier {
  const homePage = options.homePage ?? options.iss
  const name = options.name ?? options.sub
  if (homePage && name) return { kind: 'account', homePage, name }
  if (options.mbox) return { kind: 'mbox', mbox: options.mbox }
  throw new InvalidInput('bad-usage', 'an identifier is --iss and --sub, --home-page and --name, or --mbox')
}
