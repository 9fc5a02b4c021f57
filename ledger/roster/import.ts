import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { dayOf, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../audit/record.ts'
import type { GivenFile } from './csv-file.ts'
import { askForEvaluation } from './reevaluate.ts'
import { type CheckedRoster, checkRoster, failedFiles, type Remark, remarksOf } from './roster-check.ts'
import { planRoster, type RosterPlan } from './roster-plan.ts'
import { writePlan } from './roster-write.ts'

/** What an import of roster files did, or with `dryRun` would do. */
export interface RosterImportResult {
  /** Null after a dry run and where nothing changed; else what `undoRosterImport` takes. */
  importId: Id | null
  dryRun: boolean
  /** Rows that brought something new or changed something. */
  schools: number
  teachers: number
  employments: number
  /** Rows that say what is known already. */
  unchanged: number
  /** Rows that were refused. */
  failed: number
  /** Of `schools` and `teachers`, those that were not known before. */
  created: { schools: number; teachers: number }
  /** Files that could not be read, and every fault of every refused row. */
  failures: Remark[]
  /** Taken, but worth a look: unknown columns, names with placeholders, codes that do not fit the kind. */
  remarks: Remark[]
  /** For each file with refused rows, a CSV of them with 行号, 列, 原因, to mend and import. Holds what the file held. */
  failedFiles: { file: string; bytes: Buffer }[]
}

/**
 * Imports roster files: good rows are taken, bad ones come back (interfaces.md §2, §8). Files are known by their
 * headers and may come in any order. The same files again change nothing. With `dryRun` nothing is written.
 * Throws InvalidInput `roster-unreadable` when no file can be read.
 */
export async function importRoster(
  ground: Ground,
  files: GivenFile[],
  order: { dryRun?: boolean; actor: string },
): Promise<RosterImportResult> {
  const now = ground.now()
  const today = dayOf(now, ground.config.timeZone)
  const read = checkRoster(files, today)
  if (read.files.length === 0) throw unreadable(read)
  if (order.dryRun) return resultOf(read, await planRoster(ground.db, ground.config, read, today), null, true)
  return transact(ground.db, async (trx) => {
    // First, since the mark's row lets one import in at a time: a plan must not be made of what is changing.
    await bumpMark(trx, 'roster')
    // Planning moves rows to the failed ones, and a transaction may be run again.
    const checked = copyOf(read)
    const plan = await planRoster(trx, ground.config, checked, today)
    if (!changesAnything(plan)) return resultOf(checked, plan, null, false)
    const importId = newId()
    const result = resultOf(checked, plan, importId, false)
    await writePlan(trx, ground.config, {
      importId,
      plan,
      files,
      actor: order.actor,
      counts: countsOf(result),
      now,
    })
    await afterImport(trx, plan, { importId, actor: order.actor, counts: countsOf(result), now })
    return result
  })
}

function copyOf(checked: CheckedRoster): CheckedRoster {
  return { ...checked, failed: [...checked.failed], remarks: [...checked.remarks] }
}

function unreadable(checked: CheckedRoster): InvalidInput {
  return new InvalidInput(
    'roster-unreadable',
    checked.unreadable.map(({ file, reason }) => `${file}：${reason}`).join('\n') || '没有文件',
    checked.unreadable.map(({ file, reason }) => ({ detail: `${file}：${reason}` })),
  )
}

function changesAnything(plan: RosterPlan): boolean {
  return plan.schools.length + plan.teachers.length + plan.employments.length > 0
}

async function afterImport(
  trx: Trx,
  plan: RosterPlan,
  {
    importId,
    actor,
    counts,
    now,
  }: { importId: Id; actor: string; counts: Record<string, number>; now: Instant },
): Promise<void> {
  const teacherIds = new Set([
    ...plan.teachers.filter(({ facts }) => facts.length > 0).map(({ id }) => id),
    ...plan.employments.map(({ teacherId }) => teacherId),
    ...(await employedAt(trx, changedSchools(plan))),
  ])
  await askForEvaluation(trx, { teacherIds: [...teacherIds], cause: `roster:${importId}`, now })
  await recordAudit(trx, {
    actor,
    action: 'roster-imported',
    subjectKind: 'roster_import',
    subjectId: importId,
    detail: counts,
    now,
  })
}

function changedSchools(plan: RosterPlan): Id[] {
  return plan.schools.filter(({ isNew, facts }) => !isNew && facts.length > 0).map(({ id }) => id)
}

/** Everybody who works or worked at these schools. */
export async function employedAt(trx: Trx, schoolIds: Id[]): Promise<Id[]> {
  const found: Id[] = []
  for (let from = 0; from < schoolIds.length; from += 400) {
    const rows = await trx('employment')
      .whereIn('school_id', schoolIds.slice(from, from + 400).map(idBytes))
      .whereNull('removed_at')
      .distinct('teacher_id')
    found.push(...rows.map((row) => idText(row.teacher_id)))
  }
  return found
}

function countsOf(result: RosterImportResult): Record<string, number> {
  const { schools, teachers, employments, unchanged, failed } = result
  return { schools, teachers, employments, unchanged, failed }
}

function resultOf(
  checked: CheckedRoster,
  plan: RosterPlan,
  importId: Id | null,
  dryRun: boolean,
): RosterImportResult {
  return {
    importId,
    dryRun,
    schools: plan.schools.length,
    teachers: plan.teachers.length,
    employments: plan.employmentRows,
    unchanged: plan.unchanged,
    failed: checked.failed.length,
    created: {
      schools: plan.schools.filter(({ isNew }) => isNew).length,
      teachers: plan.teachers.filter(({ isNew }) => isNew).length,
    },
    failures: [...checked.unreadable, ...remarksOf(checked.failed)],
    remarks: checked.remarks,
    failedFiles: failedFiles(checked.failed),
  }
}
