import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, upsert } from '../../foundation/database/dialect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { recordAudit } from '../audit/record.ts'
import { employedAt } from './import.ts'
import { askForEvaluation, withAccount, withWaitingClaims } from './reevaluate.ts'
import { type Columns, type EmploymentState, employmentsOf, rowsBy } from './roster-plan.ts'
import { boundTo } from './roster-write.ts'
import { type IdentityKeys, unseal } from './sealing.ts'

/** What an undoing put back. */
export interface RosterUndoResult {
  importId: Id
  schools: number
  teachers: number
  /** Teachers whose employments were put back. */
  employments: number
}

interface Change {
  subjectKind: 'school' | 'teacher' | 'employment'
  subjectId: Id
  /** Null: the import made the subject. */
  before: unknown
}

/**
 * Takes an import back as a whole: every row is again what it was, and the facts it recorded no longer count. Refused
 * while something depends on it. Throws NotFound `roster-import-unknown`, Conflict `roster-import-undone` and
 * Conflict `roster-import-in-use` with what stands in the way.
 */
export async function undoRosterImport(
  ground: Ground,
  importId: Id,
  order: { actor: string },
): Promise<RosterUndoResult> {
  return transact(ground.db, async (trx) => {
    await bumpMark(trx, 'roster')
    const now = ground.now()
    const importNo = await openImport(trx, importId)
    const changes = await changesOf(trx, ground.config, importId)
    await refuseWhileInUse(trx, importId, importNo, changes)
    await trx('roster_import')
      .where({ roster_import_id: idBytes(importId) })
      .update({ undone_at: now, undone_by: order.actor })
    await putAllBack(trx, changes, now)
    return closeUndo(trx, importId, changes, order.actor, now)
  })
}

async function openImport(trx: Trx, importId: Id): Promise<number> {
  const row = await trx('roster_import')
    .where({ roster_import_id: idBytes(importId) })
    .first()
  if (!row) throw new NotFound('roster-import-unknown', '没有这次导入')
  if (row.undone_at !== null) throw new Conflict('roster-import-undone', '这次导入已经撤销')
  return safeInteger(row.import_no)
}

async function changesOf(trx: Trx, keys: IdentityKeys, importId: Id): Promise<Change[]> {
  const rows = await trx('roster_import_change').where({ roster_import_id: idBytes(importId) })
  return rows.map((row): Change => {
    const subjectId = idText(row.subject_id)
    const bound = boundTo(importId, row.subject_kind, subjectId)
    const before = row.before === null ? null : JSON.parse(unseal(keys, row.before, bound).toString('utf8'))
    return { subjectKind: row.subject_kind, subjectId, before }
  })
}

async function refuseWhileInUse(trx: Trx, importId: Id, importNo: number, changes: Change[]): Promise<void> {
  const reasons = [
    ...(await changedLater(trx, importNo, changes)),
    ...(await teachersInUse(trx, made(changes, 'teacher'))),
    ...(await schoolsInUse(trx, importId, made(changes, 'school'))),
  ]
  if (reasons.length > 0) throw new Conflict('roster-import-in-use', `不能撤销：${reasons.join('；')}`)
}

function made(changes: Change[], kind: Change['subjectKind']): Id[] {
  return changes
    .filter(({ subjectKind, before }) => subjectKind === kind && before === null)
    .map(({ subjectId }) => subjectId)
}

async function changedLater(trx: Trx, importNo: number, changes: Change[]): Promise<string[]> {
  const own = new Set(changes.map(({ subjectKind, subjectId }) => `${subjectKind} ${subjectId}`))
  for (const id of made(changes, 'teacher')) own.add(`employment ${id}`)
  const rows = await trx('roster_import_change as c')
    .join('roster_import as i', 'i.roster_import_id', 'c.roster_import_id')
    .where('i.import_no', '>', importNo)
    .whereNull('i.undone_at')
    .select('c.subject_kind', 'c.subject_id')
  const touched = rows.filter((row) => own.has(`${row.subject_kind} ${idText(row.subject_id)}`))
  return touched.length > 0 ? [`之后的导入又改动了其中 ${touched.length} 条，请先撤销之后的导入`] : []
}

async function teachersInUse(trx: Trx, teacherIds: Id[]): Promise<string[]> {
  const reasons: string[] = []
  const accounts = new Set([
    ...(await withAccount(trx, teacherIds)),
    ...(await withWaitingClaims(trx, teacherIds)),
  ])
  if (accounts.size > 0) reasons.push(`其中 ${accounts.size} 名教师已有学时记录`)
  const bytes = teacherIds.map(idBytes)
  const links = (await rowsBy(trx, 'identity_link', 'teacher_id', bytes)).filter(
    (row) => row.active_flag === 1,
  )
  if (links.length > 0) reasons.push(`其中有 ${links.length} 个身份绑定`)
  const logins = await rowsBy(trx, 'login', 'teacher_id', bytes)
  if (logins.length > 0) reasons.push(`其中 ${logins.length} 名教师有登录账号`)
  return reasons
}

async function schoolsInUse(trx: Trx, importId: Id, schoolIds: Id[]): Promise<string[]> {
  const bytes = schoolIds.map(idBytes)
  const own = new Set(
    (
      await trx('roster_import_change').where({
        roster_import_id: idBytes(importId),
        subject_kind: 'employment',
      })
    ).map((row) => idText(row.subject_id)),
  )
  const employed = (await rowsBy(trx, 'employment', 'school_id', bytes)).filter(
    (row) => row.removed_at === null && !own.has(idText(row.teacher_id as Buffer)),
  )
  const roles = (await rowsBy(trx, 'login_role', 'school_id', bytes)).filter((row) => row.revoked_at === null)
  return [
    ...(employed.length > 0 ? [`其中的单位另有 ${employed.length} 条任职`] : []),
    ...(roles.length > 0 ? [`其中的单位有 ${roles.length} 个权限角色`] : []),
  ]
}

async function putAllBack(trx: Trx, changes: Change[], now: Instant): Promise<void> {
  // Numbers are freed first: two that the import exchanged would meet under the unique key on their way back.
  const teachers = changes.filter(({ subjectKind }) => subjectKind === 'teacher')
  for (let from = 0; from < teachers.length; from += 400) {
    const ids = teachers.slice(from, from + 400).map(({ subjectId }) => idBytes(subjectId))
    await trx('teacher').whereIn('teacher_id', ids).update({ id_number_hash: null })
  }
  try {
    for (const change of changes) await putBack(trx, change, now)
  } catch (error) {
    if (!isDuplicateKey(error, 'teacher_id_number')) throw error
    throw new Conflict('roster-import-in-use', '不能撤销：原来的证件号码已属于另一名教师')
  }
}

async function putBack(trx: Trx, { subjectKind, subjectId, before }: Change, now: Instant): Promise<void> {
  if (subjectKind === 'employment')
    return putBackEmployments(trx, subjectId, before as EmploymentState[], now)
  const id = idBytes(subjectId)
  const key = `${subjectKind}_id`
  if (before !== null) {
    const { [key]: _, ...columns } = fromText(before as Record<string, unknown>)
    await trx(subjectKind).where(key, id).update(columns)
  } else {
    // The number is freed with the row, or nobody else could be given it.
    const freed =
      subjectKind === 'teacher' ? { id_number_hash: null, id_number_sealed: null, id_number_last4: null } : {}
    await trx(subjectKind)
      .where(key, id)
      .update({ removed_at: now, ...freed })
  }
}

function fromText(row: Record<string, unknown>): Columns {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value !== null && typeof value === 'object'
        ? Buffer.from((value as { base64: string }).base64, 'base64')
        : (value as string | number | null),
    ]),
  )
}

async function putBackEmployments(
  trx: Trx,
  teacherId: Id,
  before: EmploymentState[],
  now: Instant,
): Promise<void> {
  const present = (await employmentsOf(trx, [teacherId])).get(teacherId) ?? []
  const keyOf = ({ schoolId, from }: EmploymentState) => `${schoolId} ${from}`
  const kept = new Set(before.map(keyOf))
  const gone = present.filter((each) => !kept.has(keyOf(each)))
  const rowOf = (removedAt: Instant | null) => (each: EmploymentState) => ({
    teacher_id: idBytes(teacherId),
    school_id: idBytes(each.schoolId),
    from_on: each.from,
    to_on: each.to,
    post: each.post,
    recorded_at: now,
    removed_at: removedAt,
  })
  await upsert(trx, 'employment', [...before.map(rowOf(null)), ...gone.map(rowOf(now))], {
    key: ['teacher_id', 'school_id', 'from_on'],
    set: ['to_on', 'post', 'recorded_at', 'removed_at'],
  })
}

async function closeUndo(
  trx: Trx,
  importId: Id,
  changes: Change[],
  actor: string,
  now: Instant,
): Promise<RosterUndoResult> {
  const idsOf = (kind: Change['subjectKind']) =>
    changes.filter(({ subjectKind }) => subjectKind === kind).map(({ subjectId }) => subjectId)
  const [schools, teachers, employments] = [idsOf('school'), idsOf('teacher'), idsOf('employment')]
  const teacherIds = [...new Set([...teachers, ...employments, ...(await employedAt(trx, schools))])]
  await askForEvaluation(trx, { teacherIds, cause: `roster-undo:${importId}`, now })
  const counts = { schools: schools.length, teachers: teachers.length, employments: employments.length }
  await recordAudit(trx, {
    actor,
    action: 'roster-import-undone',
    subjectKind: 'roster_import',
    subjectId: importId,
    detail: counts,
    now,
  })
  return { importId, ...counts }
}
