import type { Config } from '../../foundation/config.ts'
import { idBytes, idText, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import { groupBy } from '../claims/group.ts'
import { sinceEver } from './facts.ts'
import { maskedNumber } from './identity-number.ts'
import { nameKeyOf } from './person-name.ts'
import type { Columns } from './roster-plan.ts'
import { unseal } from './sealing.ts'

/** A school as lists show it. */
export interface SchoolListed {
  schoolId: Id
  orgNo: string
  moeSchoolCode: string | null
  name: string
  kind: string
  cluster: string | null
  rural: boolean
  weak: boolean
  parentOrgNo: string | null
}

/** Where a teacher works or worked; null as `from`: since before the roster. */
export interface EmploymentListed {
  schoolId: Id
  orgNo: string
  schoolName: string
  post: string | null
  from: Day | null
  /** The last day; null: still. */
  to: Day | null
}

/** A teacher as lists and pages show one. */
export interface TeacherListed {
  teacherId: Id
  teacherNo: string
  name: string
  formerNames: string[]
  /** Last four characters of the identity document; null where none is known. */
  idLast4: string | null
  enteredOn: Day | null
  registeredOn: Day | null
  title: string | null
  tier: string | null
  stage: string | null
  subject: string | null
  status: string
  /** Newest first. */
  employments: EmploymentListed[]
  /** The employment that holds on the day asked for, the newest of several; null for none. */
  school: EmploymentListed | null
}

/** One page of a list. `total` counts all that match; pages count from 1. */
export interface Page<T> {
  items: T[]
  total: number
  page: number
  pages: number
}

/**
 * Teachers by number, a page at a time. `query` is the beginning of a number or a part of a name; `schoolId` keeps
 * those who work at the school on `today`.
 */
export async function teachersOf(
  handle: Handle,
  ask: {
    query?: string | undefined
    schoolId?: Id | undefined
    /** Several schools: who works at one of them. */
    schoolIds?: Id[] | undefined
    page?: number
    pageSize?: number
    today: Day
  },
): Promise<Page<TeacherListed>> {
  const pageSize = Math.min(Math.max(Math.trunc(ask.pageSize ?? 50), 1), 500)
  const matching = () => {
    const query = handle('teacher as t').whereNull('t.removed_at')
    const text = (ask.query ?? '').trim().normalize('NFC')
    if (text !== '') {
      query.where((either) =>
        either
          .whereRaw("t.teacher_no like ? escape '!'", [`${escaped(text)}%`])
          .orWhereRaw("t.name_key like ? escape '!'", [`%${escaped(nameKeyOf(text))}%`]),
      )
    }
    const schoolIds = ask.schoolId ? [ask.schoolId] : ask.schoolIds
    if (schoolIds) query.whereIn('t.teacher_id', employedOn(handle, schoolIds, ask.today))
    return query
  }
  const [count] = await matching().count('* as n')
  const total = sumOf(count?.n)
  const pages = Math.max(1, Math.ceil(total / pageSize))
  const page = Math.min(Math.max(Math.trunc(ask.page ?? 1) || 1, 1), pages)
  const rows = await matching()
    .orderBy('t.teacher_no')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .select('t.*')
  return { items: await listed(handle, rows, ask.today), total, page, pages }
}

function employedOn(handle: Handle, schoolIds: Id[], today: Day) {
  return handle('employment as e')
    .whereIn('e.school_id', schoolIds.map(idBytes))
    .whereNull('e.removed_at')
    .where('e.from_on', '<=', today)
    .where((open) => open.whereNull('e.to_on').orWhere('e.to_on', '>=', today))
    .select('e.teacher_id')
}

function escaped(text: string): string {
  return text.replace(/[!%_]/g, (sign) => `!${sign}`)
}

/** The teacher with this number, or null. `today` decides which school is shown. */
export async function teacherByNo(
  handle: Handle,
  teacherNo: string,
  today: Day,
): Promise<TeacherListed | null> {
  const rows = await handle('teacher').where({ teacher_no: teacherNo }).whereNull('removed_at')
  return (await listed(handle, rows, today))[0] ?? null
}

/** The teacher with this id, or null. */
export async function teacherById(handle: Handle, teacherId: Id, today: Day): Promise<TeacherListed | null> {
  return (await teachersById(handle, [teacherId], today)).get(teacherId) ?? null
}

/** The teachers with these ids; unknown ids are absent. */
export async function teachersById(
  handle: Handle,
  teacherIds: Id[],
  today: Day,
): Promise<Map<Id, TeacherListed>> {
  const ids = [...new Set(teacherIds)]
  const found = new Map<Id, TeacherListed>()
  for (let from = 0; from < ids.length; from += 400) {
    const rows = await handle('teacher')
      .whereIn('teacher_id', ids.slice(from, from + 400).map(idBytes))
      .whereNull('removed_at')
    for (const teacher of await listed(handle, rows, today)) found.set(teacher.teacherId, teacher)
  }
  return found
}

/** Ids of teachers by number, without anything else about them; unknown numbers are absent. */
export async function teacherIdsByNo(handle: Handle, teacherNos: string[]): Promise<Map<string, Id>> {
  const found = new Map<string, Id>()
  const wanted = [...new Set(teacherNos)]
  for (let from = 0; from < wanted.length; from += 400) {
    const rows = await handle('teacher')
      .whereIn('teacher_no', wanted.slice(from, from + 400))
      .whereNull('removed_at')
      .select('teacher_no', 'teacher_id')
    for (const row of rows) found.set(row.teacher_no, idText(row.teacher_id))
  }
  return found
}

async function listed(handle: Handle, rows: Columns[], today: Day): Promise<TeacherListed[]> {
  const employments = await employmentsListed(
    handle,
    rows.map((row) => row.teacher_id as Buffer),
  )
  return rows.map((row): TeacherListed => {
    const teacherId = idText(row.teacher_id as Buffer)
    const own = employments.get(teacherId) ?? []
    return {
      teacherId,
      teacherNo: row.teacher_no as string,
      name: row.name as string,
      formerNames: ((row.former_names as string | null) ?? '')
        .split(/[；;]/)
        .filter((name) => name.trim() !== ''),
      idLast4: row.id_number_last4 as string | null,
      enteredOn: row.entered_on as Day | null,
      registeredOn: row.registered_on as Day | null,
      title: row.title as string | null,
      tier: row.tier as string | null,
      stage: row.stage as string | null,
      subject: row.subject as string | null,
      status: row.status as string,
      employments: own,
      school: own.find(({ from, to }) => (from ?? '') <= today && (to === null || today <= to)) ?? null,
    }
  })
}

async function employmentsListed(handle: Handle, ids: Buffer[]): Promise<Map<Id, EmploymentListed[]>> {
  const rows = await handle('employment as e')
    .join('school as s', 's.school_id', 'e.school_id')
    .whereIn('e.teacher_id', ids)
    .whereNull('e.removed_at')
    .orderBy([{ column: 'e.from_on', order: 'desc' }, { column: 's.org_no' }])
    .select('e.teacher_id', 'e.school_id', 's.org_no', 's.name', 'e.post', 'e.from_on', 'e.to_on')
  const groups = groupBy(rows, (row) => idText(row.teacher_id))
  return new Map(
    [...groups].map(([teacherId, own]) => [
      teacherId,
      own.map((row) => ({
        schoolId: idText(row.school_id),
        orgNo: row.org_no,
        schoolName: row.name,
        post: row.post,
        from: row.from_on === sinceEver ? null : row.from_on,
        to: row.to_on,
      })),
    ]),
  )
}

/** All schools and other units, by number. */
export async function schoolsOf(handle: Handle): Promise<SchoolListed[]> {
  const rows = await handle('school').whereNull('removed_at').orderBy('org_no')
  return rows.map(schoolFrom)
}

/** The school with our own number, or null. */
export async function schoolByOrgNo(handle: Handle, orgNo: string): Promise<SchoolListed | null> {
  const row = await handle('school').where({ org_no: orgNo }).whereNull('removed_at').first()
  return row ? schoolFrom(row) : null
}

function schoolFrom(row: Columns): SchoolListed {
  return {
    schoolId: idText(row.school_id as Buffer),
    orgNo: row.org_no as string,
    moeSchoolCode: row.moe_school_code as string | null,
    name: row.name as string,
    kind: row.kind as string,
    cluster: row.cluster as string | null,
    rural: row.rural === 1,
    weak: row.weak === 1,
    parentOrgNo: row.parent_org_no as string | null,
  }
}

/** A teacher's identity number as it may be shown, `990101********0014`; null where none is known. */
export async function maskedIdentityNumber(
  handle: Handle,
  keys: Pick<Config, 'identityKey' | 'identityHashKey'>,
  teacherId: Id,
): Promise<string | null> {
  const row = await handle('teacher')
    .where({ teacher_id: idBytes(teacherId) })
    .first('id_number_sealed')
  if (!row?.id_number_sealed) return null
  return maskedNumber(unseal(keys, row.id_number_sealed, `teacher:${teacherId}`).toString('utf8'))
}
