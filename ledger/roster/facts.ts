import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day, Instant } from '../../foundation/time.ts'
import { groupBy } from '../claims/group.ts'
import { type Dated, type RecordedFact, timelineOf } from './dated.ts'

/** Attributes of a person that policy may read and that change in time. */
export const teacherAttributes = ['status', 'tier', 'title', 'stage', 'subject'] as const

/** Attributes of a person that do not change in time, only get corrected. */
export const fixedAttributes = ['entered_on', 'registered_on'] as const

/** A school as policy may read it. */
export interface SchoolFacts {
  schoolId: Id
  orgNo: string
  kind: Dated<string>[]
  /** `1` or `0`. */
  rural: Dated<string>[]
  /** `1` or `0`. */
  weak: Dated<string>[]
  /** Such as 市教师专业发展校. Empty: the roster gives the school none. */
  status: Dated<string>[]
}

/** One employment; null as `from`: since before the roster. */
export interface EmploymentFacts {
  school: SchoolFacts
  post: string | null
  from: Day | null
  /** The last day; null: still. */
  to: Day | null
}

/** A person as policy may read it; no names. Null or an empty list: the roster does not say. */
export interface TeacherFacts {
  teacherId: Id
  teacherNo: string
  enteredOn: Day | null
  /** First 定期注册. */
  registeredOn: Day | null
  status: Dated<string>[]
  tier: Dated<string>[]
  title: Dated<string>[]
  stage: Dated<string>[]
  subject: Dated<string>[]
  /** Earliest first. */
  employments: EmploymentFacts[]
}

/** The first day of an employment that began before the roster; a key column cannot be empty. */
export const sinceEver: Day = '1000-01-01'

/** As the last day of an employment: it was recorded in error. */
export const withdrawn: Day = '1000-01-01'

/**
 * What policy may read of these people, as it was recorded up to `asOf` (now, if absent). Ids of nobody are absent.
 * Facts of an import that was undone count until the instant of its undoing.
 */
export async function teacherFactsOf(
  handle: Handle,
  teacherIds: Id[],
  asOf?: Instant,
): Promise<Map<Id, TeacherFacts>> {
  const found = new Map<Id, TeacherFacts>()
  const ids = [...new Set(teacherIds)]
  for (let from = 0; from < ids.length; from += 400) {
    for (const facts of await readTeachers(handle, ids.slice(from, from + 400).map(idBytes), asOf)) {
      found.set(facts.teacherId, facts)
    }
  }
  return found
}

async function readTeachers(handle: Handle, ids: Buffer[], asOf: Instant | undefined) {
  const teachers = await handle('teacher').whereIn('teacher_id', ids).whereNull('removed_at')
  const facts = await standingFacts(handle, 'teacher_fact', ids, asOf)
  const employments = await employmentRows(handle, ids, asOf)
  const schoolIds = [...new Set(employments.map((row) => idText(row.school_id)))]
  const schools = await schoolFactsOf(handle, schoolIds, asOf)

  const attributesOf = groupBy(facts, (fact) => idText(fact.subject))
  const employmentsOf = groupBy(employments, (row) => idText(row.teacher_id))
  return teachers.map((row): TeacherFacts => {
    const teacherId = idText(row.teacher_id)
    const timeline = timelines(attributesOf.get(teacherId) ?? [])
    return {
      teacherId,
      teacherNo: row.teacher_no,
      enteredOn: timeline('entered_on').at(-1)?.value ?? null,
      registeredOn: timeline('registered_on').at(-1)?.value ?? null,
      status: timeline('status'),
      tier: timeline('tier'),
      title: timeline('title'),
      stage: timeline('stage'),
      subject: timeline('subject'),
      employments: employmentsFrom(employmentsOf.get(teacherId) ?? [], schools),
    }
  })
}

/** What policy may read of these schools, as recorded up to `asOf` (now, if absent). */
async function schoolFactsOf(handle: Handle, schoolIds: Id[], asOf?: Instant): Promise<Map<Id, SchoolFacts>> {
  const found = new Map<Id, SchoolFacts>()
  for (let from = 0; from < schoolIds.length; from += 400) {
    const ids = schoolIds.slice(from, from + 400).map(idBytes)
    const rows = await handle('school').whereIn('school_id', ids).select('school_id', 'org_no')
    const facts = groupBy(await standingFacts(handle, 'school_fact', ids, asOf), (fact) =>
      idText(fact.subject),
    )
    for (const row of rows) {
      const schoolId = idText(row.school_id)
      const own = facts.get(schoolId) ?? []
      const timeline = timelines(own)
      found.set(schoolId, {
        schoolId,
        orgNo: row.org_no,
        kind: timeline('kind'),
        rural: timeline('rural'),
        weak: timeline('weak'),
        status: timeline('status'),
      })
    }
  }
  return found
}

/** A recorded fact with whom and what it is about. */
export interface Fact extends RecordedFact {
  subject: Buffer
  attribute: string
}

/** Facts that stand: not of an import that was undone by then. */
export async function standingFacts(
  handle: Handle,
  table: 'teacher_fact' | 'school_fact',
  ids: Buffer[],
  asOf?: Instant,
): Promise<Fact[]> {
  const key = table === 'teacher_fact' ? 'teacher_id' : 'school_id'
  const query = handle(`${table} as f`)
    .join('roster_import as i', 'i.roster_import_id', 'f.roster_import_id')
    .whereIn(`f.${key}`, ids)
    .select(`f.${key} as subject`, 'f.attribute', 'f.value', 'f.from_on', 'f.fact_no')
  onlyRecorded(query, asOf)
  const rows = await query
  return rows.map((row) => ({
    subject: row.subject,
    attribute: row.attribute,
    value: row.value,
    from: row.from_on,
    order: safeInteger(row.fact_no),
  }))
}

function onlyRecorded(query: ReturnType<Handle>, asOf: Instant | undefined): void {
  if (asOf === undefined) query.whereNull('i.undone_at')
  else {
    query.where('f.recorded_at', '<=', asOf)
    query.where((open) => open.whereNull('i.undone_at').orWhere('i.undone_at', '>', asOf))
  }
}

function timelines(facts: Fact[]): (attribute: string) => Dated<string>[] {
  const byAttribute = groupBy(facts, (fact) => fact.attribute)
  return (attribute) => timelineOf(byAttribute.get(attribute) ?? [])
}

interface EmploymentRow {
  teacher_id: Buffer
  school_id: Buffer
  from_on: Day
  to_on: Day | null
  post: string | null
  fact_no: number
}

async function employmentRows(
  handle: Handle,
  ids: Buffer[],
  asOf: Instant | undefined,
): Promise<EmploymentRow[]> {
  const query = handle('employment_fact as f')
    .join('roster_import as i', 'i.roster_import_id', 'f.roster_import_id')
    .whereIn('f.teacher_id', ids)
    .select('f.teacher_id', 'f.school_id', 'f.from_on', 'f.to_on', 'f.post', 'f.fact_no')
    .orderBy('f.fact_no')
  onlyRecorded(query, asOf)
  return query
}

function employmentsFrom(rows: EmploymentRow[], schools: Map<Id, SchoolFacts>): EmploymentFacts[] {
  const newest = new Map<string, EmploymentRow>()
  for (const row of rows) newest.set(`${idText(row.school_id)} ${row.from_on}`, row)
  return [...newest.values()]
    .filter((row) => row.to_on !== withdrawn)
    .sort((a, b) => (a.from_on < b.from_on ? -1 : a.from_on > b.from_on ? 1 : 0))
    .flatMap((row) => {
      const school = schools.get(idText(row.school_id))
      const from = row.from_on === sinceEver ? null : row.from_on
      return school ? [{ school, post: row.post, from, to: row.to_on }] : []
    })
}
