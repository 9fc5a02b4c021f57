import type { Command } from 'commander'
import { transact } from '../foundation/database/transact.ts'
import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { dayOf, instantOf, isDay } from '../foundation/time.ts'
import { recordAudit } from '../ledger/audit/record.ts'
import { applyPolicyVersion } from '../ledger/books/apply-policy.ts'
import { postingGround } from '../ledger/books/posting-ground.ts'
import { checkCatalogue, importCatalogue } from '../ledger/catalogue/import.ts'
import { addPolicy } from '../ledger/policy/add.ts'
import { activatePolicy } from '../ledger/policy/store.ts'
import { importRoster } from '../ledger/roster/import.ts'
import { rosterTemplates } from '../ledger/roster/roster-check.ts'
import { undoRosterImport } from '../ledger/roster/undo-import.ts'
import { transcriptOf } from '../ledger/transcript/transcript.ts'
import { checkCourse, importCourse } from '../lti-tool/coursework/import.ts'
import { type Answer, answering, command, Refusal } from './answer.ts'
import { readNamed, writeFailedRows, writeNew } from './files.ts'
import { addIdentity } from './identity.ts'
import { operator, operatorId, withGround } from './open.ts'
import { readId } from './option.ts'

/** Commands about the district itself: people, courses, rules, and what a teacher holds. */
export function addDistrictCommands(program: Command): void {
  addRoster(program.command('roster').description('schools, teachers, employments'))
  addCatalogue(program.command('catalogue').description('projects, courses, classes and sessions'))
  addCourse(program.command('course').description('course packages: what is studied here'))
  addIdentity(program.command('identity').description('who a person on another platform is'))
  addPolicies(program.command('policy').description('the rules, as data'))
  command(program, 'transcript', 'what one teacher holds, and what the policy asks')
    .requiredOption('--teacher <no>', '教师编号')
    .option('--window <window>', 'cycle, year, year:2026, registration, rolling, or from..to', 'cycle')
    .option('--as-of <instant>', 'as recorded at this moment, such as 2026-12-31T16:00:00Z')
    .action(answering((options) => withGround((ground) => transcript(ground, options))))
}

async function transcript(
  ground: Ground,
  options: { teacher: string; window: string; asOf?: string },
): Promise<Answer> {
  const { db, now } = ground
  const asOf = options.asOf === undefined ? undefined : readInstant(options.asOf)
  return transact(db, async (trx) => {
    const found = await transcriptOf(trx, {
      teacherNo: options.teacher,
      window: options.window,
      today: dayOf(now()),
      ...(asOf === undefined ? {} : { asOf }),
    })
    await recordAudit(trx, {
      actor: operator(),
      action: 'transcript-viewed',
      subjectKind: 'teacher',
      subjectId: options.teacher,
      now: now(),
    })
    return found as unknown as Answer
  })
}

function readInstant(text: string) {
  try {
    return instantOf(text)
  } catch {
    throw new InvalidInput(
      'bad-usage',
      '--as-of takes an instant with its offset, such as 2026-12-31T16:00:00Z',
    )
  }
}

function readDayOption(text: string): string {
  if (!isDay(text)) throw new InvalidInput('bad-usage', 'a day is written as 2026-01-31')
  return text
}

function addRoster(roster: Command): void {
  command(roster, 'import', 'take schools, teachers and employments from CSV files')
    .argument('<file...>')
    .option('--dry-run', 'say what would change, and change nothing')
    .action(
      answering((paths: string[], options: { dryRun?: boolean }) =>
        withGround((ground) => rosterImport(ground, paths, options.dryRun === true)),
      ),
    )
  command(roster, 'undo', 'take an import back as a whole, while nothing depends on it')
    .argument('<import-id>')
    .action(answering((importId: string) => withGround((ground) => undo(ground, importId))))
  command(roster, 'template', 'write empty files with all headers here')
    .option('--out <folder>', 'where to', '.')
    .action(
      answering(async (options: { out: string }) => {
        const files = []
        for (const { name, bytes } of rosterTemplates()) files.push(await writeNew(options.out, name, bytes))
        return { files }
      }),
    )
}

async function undo(ground: Ground, importId: string): Promise<Answer> {
  const undone = await undoRosterImport(ground, readId(importId, 'an import'), { actor: operator() })
  const { schools, teachers, employments } = undone
  return { import_id: undone.importId, schools, teachers, employments }
}

async function rosterImport(ground: Ground, paths: string[], dryRun: boolean): Promise<Answer> {
  const files = await Promise.all(paths.map(async (name) => ({ name, bytes: await readNamed(name) })))
  const result = await importRoster(ground, files, { dryRun, actor: operator() })
  const written: string[] = []
  if (!dryRun) {
    for (const { file, bytes } of result.failedFiles) written.push(await writeFailedRows(file, bytes))
  }
  return {
    import_id: result.importId,
    dry_run: result.dryRun,
    schools: result.schools,
    teachers: result.teachers,
    employments: result.employments,
    unchanged: result.unchanged,
    failed: result.failed,
    created: result.created,
    failures: result.failures,
    remarks: result.remarks,
    failed_rows_file: written[0] ?? null,
    failed_rows_files: written,
  }
}

function addCatalogue(catalogue: Command): void {
  command(catalogue, 'import', 'take projects, courses, classes and sessions from a YAML file')
    .argument('<file>')
    .action(
      answering((path: string) =>
        withGround(async (ground) => {
          const text = (await readNamed(path)).toString('utf8')
          return { ...(await importCatalogue(ground, text, { actor: operator() })) }
        }),
      ),
    )
  command(catalogue, 'check', 'report what is wrong with a YAML file, line by line')
    .argument('<file>')
    .action(
      answering(async (path: string) => {
        const result = checkCatalogue((await readNamed(path)).toString('utf8'))
        if (!result.ok) throw new Refusal({ ...result })
        return { ...result }
      }),
    )
}

function addCourse(course: Command): void {
  command(course, 'import', 'take a course package: a folder with course.yaml')
    .argument('<folder>')
    .action(
      answering((folder: string) =>
        withGround(async (ground) => ({ ...(await importCourse(ground, folder, operator())) })),
      ),
    )
  command(course, 'check', 'report what is wrong with a course package, line by line')
    .argument('<folder>')
    .action(
      answering(async (folder: string) => {
        const result = await checkCourse(folder)
        if (!result.ok) throw new Refusal({ ...result })
        return { ...result }
      }),
    )
}

function addPolicies(policy: Command): void {
  command(policy, 'add', 'take the policy documents of a YAML file')
    .argument('<file>')
    .action(
      answering((path: string) =>
        withGround(async ({ db, now }) => {
          const text = (await readNamed(path)).toString('utf8')
          const added = await transact(db, (trx) =>
            addPolicy(trx, text, { makerId: operatorId(), now: now() }),
          )
          const policies = added.policies.map(({ policyId, version }) => ({ policy_id: policyId, version }))
          return { policies, findings: added.findings }
        }),
      ),
    )
  command(policy, 'activate', 'let a policy govern from a day on, and bring every account to it')
    .argument('<id>')
    .requiredOption('--from <day>', 'the first day it governs')
    .action(
      answering((policyId: string, options: { from: string }) =>
        withGround((ground) => activate(ground, policyId, readDayOption(options.from))),
      ),
    )
}

/** Activates a policy and brings every account to it; used by the command and by the demo's seed. */
export async function activate(ground: Ground, policyId: string, from: string): Promise<Answer> {
  const { db, now } = ground
  const makerId = operatorId()
  const { versionNo } = await transact(db, async (trx) => {
    const made = await activatePolicy(trx, { policyId, from, makerId, now: now() })
    await recordAudit(trx, {
      actor: operator(),
      action: 'policy-activated',
      subjectKind: 'policy',
      subjectId: policyId,
      detail: { from, version: made.versionNo },
      now: now(),
    })
    return made
  })
  const applied = await applyPolicyVersion(postingGround(ground), versionNo, { makerId })
  return { version: versionNo, accounts_affected: applied.accountsAffected, accounts: applied.accounts }
}
