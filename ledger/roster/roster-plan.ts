import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import { groupBy } from '../claims/group.ts'
import { factsToReach, overlaid, timelineOf } from './dated.ts'
import {
  type Fact,
  fixedAttributes,
  sinceEver,
  standingFacts,
  teacherAttributes,
  withdrawn,
} from './facts.ts'
import { nameKeyOf } from './person-name.ts'
import { areOverlapping, type CheckedRoster, type Placed, refuseRows } from './roster-check.ts'
import type { EmploymentRow, SchoolRow, TeacherRow } from './roster-rows.ts'
import { documentHash, type IdentityKeys } from './sealing.ts'

/** A row of a state table by column. */
export type Columns = Record<string, string | number | Buffer | null>

/** A fact to be recorded. */
export interface NewFact {
  attribute: string
  value: string | null
  from: Day | null
}

/** What becomes of one school or teacher: `before` is its row as it stands, null where there is none. */
export interface SubjectChange {
  id: Id
  isNew: boolean
  before: Columns | null
  columns: Columns
  facts: NewFact[]
}

/** A teacher's change; the identity number travels open until it is sealed for its row. */
export interface TeacherChange extends SubjectChange {
  sealing: { number: string } | null
}

/** What becomes of the employments of one teacher. */
export interface EmploymentChange {
  teacherId: Id
  before: EmploymentState[]
  changed: EmploymentState[]
}

/** One employment as the state table holds it. */
export interface EmploymentState {
  schoolId: Id
  from: Day
  to: Day | null
  post: string | null
}

/** What an import would do. Rows that say what is known already are `unchanged`. */
export interface RosterPlan {
  schools: SubjectChange[]
  teachers: TeacherChange[]
  employments: EmploymentChange[]
  /** How many employment rows say something new. */
  employmentRows: number
  unchanged: number
}

/** Compares checked rows with what is known. Rows that the roster contradicts move to `checked.failed`. */
export async function planRoster(
  handle: Handle,
  keys: IdentityKeys,
  checked: CheckedRoster,
  today: Day,
): Promise<RosterPlan> {
  const plan: RosterPlan = { schools: [], teachers: [], employments: [], employmentRows: 0, unchanged: 0 }
  const schoolIds = await planSchools(handle, checked, plan, today)
  const teacherIds = await planTeachers(handle, keys, checked, plan, today)
  await planEmployments(handle, checked, plan, schoolIds, teacherIds)
  return plan
}

/** Rows of a table by a text column, in pieces that every engine takes. */
export async function rowsBy(
  handle: Handle,
  table: string,
  column: string,
  values: (string | Buffer)[],
): Promise<Columns[]> {
  const found: Columns[] = []
  const wanted = [...new Set(values)]
  for (let from = 0; from < wanted.length; from += 400) {
    found.push(...(await handle(table).whereIn(column, wanted.slice(from, from + 400))))
  }
  return found
}

async function factsBySubject(handle: Handle, table: 'teacher_fact' | 'school_fact', ids: Buffer[]) {
  const facts: Fact[] = []
  for (let from = 0; from < ids.length; from += 400) {
    facts.push(...(await standingFacts(handle, table, ids.slice(from, from + 400))))
  }
  return groupBy(facts, (fact) => idText(fact.subject))
}

/** Plans schools; returns the ids of all schools that rows of this import may name, by their number. */
async function planSchools(handle: Handle, checked: CheckedRoster, plan: RosterPlan, today: Day) {
  const orgNos = [
    ...checked.schools.map(({ row }) => row.orgNo),
    ...checked.employments.map(({ row }) => row.orgNo),
  ]
  const known = new Map((await rowsBy(handle, 'school', 'org_no', orgNos)).map((row) => [row.org_no, row]))
  const facts = await factsBySubject(
    handle,
    'school_fact',
    [...known.values()].map((row) => row.school_id as Buffer),
  )
  checked.schools = refuseRows(checked, checked.schools, ({ row }) =>
    row.kind || isPresent(known.get(row.orgNo)) ? null : { key: 'kind', reason: '新单位必须有类型' },
  )
  const seen = new Set<string>()
  for (const { row } of checked.schools) {
    const before = known.get(row.orgNo) ?? null
    const change = schoolChange(
      row,
      before,
      facts.get(before ? idText(before.school_id as Buffer) : '') ?? [],
      today,
    )
    if (seen.has(row.orgNo) || !isChange(change)) plan.unchanged += 1
    else plan.schools.push(change)
    seen.add(row.orgNo)
  }
  remarkUnknownParents(checked, await parentsKnown(handle, checked))
  const ids = new Map<string, Id>()
  for (const [orgNo, row] of known)
    if (isPresent(row)) ids.set(orgNo as string, idText(row.school_id as Buffer))
  for (const { id, columns } of plan.schools) ids.set(columns.org_no as string, id)
  return ids
}

async function parentsKnown(handle: Handle, checked: CheckedRoster): Promise<Set<string>> {
  const named = checked.schools.flatMap(({ row }) => (row.parentOrgNo ? [row.parentOrgNo] : []))
  const rows = await rowsBy(handle, 'school', 'org_no', named)
  return new Set([...rows.map((row) => row.org_no as string), ...checked.schools.map(({ row }) => row.orgNo)])
}

function remarkUnknownParents(checked: CheckedRoster, known: Set<string>): void {
  for (const { file, line, row } of checked.schools) {
    if (!row.parentOrgNo || known.has(row.parentOrgNo)) continue
    checked.remarks.push({ file: file.name, line, column: '上级单位', reason: '名册中还没有这个单位编号' })
  }
}

function isPresent(row: Columns | undefined | null): boolean {
  return row != null && row.removed_at === null
}

function isChange({ isNew, before, columns, facts }: SubjectChange): boolean {
  if (isNew || before === null || facts.length > 0) return true
  return Object.entries(columns).some(([column, value]) => !isSame(before[column] ?? null, value))
}

function isSame(a: Columns[string], b: Columns[string]): boolean {
  return Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b
}

function schoolChange(row: SchoolRow, before: Columns | null, standing: Fact[], today: Day): SubjectChange {
  const isNew = !isPresent(before)
  const kept = (column: string) => (isNew ? null : (before?.[column] ?? null))
  const flag = (value: boolean | undefined, column: string) =>
    value === undefined ? (kept(column) ?? 0) : value ? 1 : 0
  const columns: Columns = {
    org_no: row.orgNo,
    name: row.name,
    moe_school_code: row.moeSchoolCode === undefined ? kept('moe_school_code') : row.moeSchoolCode,
    kind: row.kind ?? kept('kind'),
    cluster: row.cluster === undefined ? kept('cluster') : row.cluster,
    rural: flag(row.rural, 'rural'),
    weak: flag(row.weak, 'weak'),
    parent_org_no: row.parentOrgNo === undefined ? kept('parent_org_no') : row.parentOrgNo,
  }
  const facts = ['kind', 'rural', 'weak'].flatMap((attribute) => {
    const value = columns[attribute]
    return factsFrom(standing, attribute, value === null ? null : String(value), isNew, today)
  })
  if (row.status !== undefined) facts.push(...statusFacts(standing, row.status, today))
  const id = before ? idText(before.school_id as Buffer) : newId()
  return { id, isNew, before, columns, facts }
}

/** A value that changes holds from the day of the import; the first one that is known holds from the beginning. */
function factsFrom(standing: Fact[], attribute: string, value: string | null, isNew: boolean, today: Day) {
  const own = standing.filter((fact) => fact.attribute === attribute)
  const isFirst = isNew || own.length === 0
  // Nothing is worth recording too: what comes later then holds from its own day, not from the beginning.
  if (own.length === 0) return [{ attribute, value, from: null }]
  const wanted = overlaid(timelineOf(own), value, { from: isFirst ? null : today, to: null })
  return factsToReach(own, wanted).map((fact) => ({ attribute, ...fact }))
}

/** A row states when a status began and ended, so it corrects the same status and follows upon another. */
function statusFacts(
  standing: Fact[],
  status: NonNullable<SchoolRow['status']> | null,
  today: Day,
): NewFact[] {
  const own = standing.filter((fact) => fact.attribute === 'status')
  const timeline = timelineOf(own)
  const last = timeline.at(-1)
  const base = status !== null && last?.value === status.value ? timeline.slice(0, -1) : timeline
  const wanted =
    status === null
      ? overlaid(base, null, { from: today, to: null })
      : overlaid(base, status.value, { from: status.from, to: status.to })
  return factsToReach(own, wanted).map((fact) => ({ attribute: 'status', ...fact }))
}

/** Plans teachers; returns the ids of all teachers that rows of this import may name, by their number. */
async function planTeachers(
  handle: Handle,
  keys: IdentityKeys,
  checked: CheckedRoster,
  plan: RosterPlan,
  today: Day,
) {
  const numbers = [
    ...checked.teachers.map(({ row }) => row.teacherNo),
    ...checked.employments.map(({ row }) => row.teacherNo),
  ]
  const rows = await rowsBy(handle, 'teacher', 'teacher_no', numbers)
  const known = new Map(rows.map((row) => [row.teacher_no as string, row]))
  await refuseForeignDocuments(handle, keys, checked)
  const stated = new Set(checked.teachers.map(({ row }) => row.teacherNo))
  const facts = await factsBySubject(
    handle,
    'teacher_fact',
    rows.filter((row) => stated.has(row.teacher_no as string)).map((row) => row.teacher_id as Buffer),
  )
  const seen = new Set<string>()
  for (const { row } of checked.teachers) {
    const before = known.get(row.teacherNo) ?? null
    const standing = facts.get(before ? idText(before.teacher_id as Buffer) : '') ?? []
    const change = teacherChange(keys, row, before, standing, today)
    if (seen.has(row.teacherNo) || !(isChange(change) || change.sealing)) plan.unchanged += 1
    else plan.teachers.push(change)
    seen.add(row.teacherNo)
  }
  const ids = new Map<string, Id>()
  for (const [teacherNo, row] of known)
    if (isPresent(row)) ids.set(teacherNo, idText(row.teacher_id as Buffer))
  for (const { id, columns } of plan.teachers) ids.set(columns.teacher_no as string, id)
  return ids
}

/** One identity document belongs to one teacher. */
async function refuseForeignDocuments(
  handle: Handle,
  keys: IdentityKeys,
  checked: CheckedRoster,
): Promise<void> {
  const hashOf = ({ row }: Placed<TeacherRow>) =>
    row.document ? documentHash(keys, row.document.type, row.document.canonical) : null
  const hashes = checked.teachers.map(hashOf).filter((hash) => hash !== null)
  const owners = new Map(
    (await rowsBy(handle, 'teacher', 'id_number_hash', hashes)).map((row) => [
      (row.id_number_hash as Buffer).toString('hex'),
      row.teacher_no as string,
    ]),
  )
  const newHash = new Map(checked.teachers.map((placed) => [placed.row.teacherNo, hashOf(placed)]))
  checked.teachers = refuseRows(checked, checked.teachers, (placed) => {
    const hash = hashOf(placed)
    const owner = hash && owners.get(hash.toString('hex'))
    if (!owner || owner === placed.row.teacherNo) return null
    const givesUp = newHash.get(owner)
    if (givesUp && !givesUp.equals(hash)) return null
    return { key: 'id_number', reason: `与教师编号 ${owner} 的证件号码相同` }
  })
}

const columnOf = {
  status: 'status',
  tier: 'tier',
  title: 'title',
  stage: 'stage',
  subject: 'subject',
} as const

function teacherChange(
  keys: IdentityKeys,
  row: TeacherRow,
  before: Columns | null,
  standing: Fact[],
  today: Day,
): TeacherChange {
  const isNew = !isPresent(before)
  const kept = (column: string) => (isNew ? null : (before?.[column] ?? null))
  const stated = (value: string | null | undefined, column: string) =>
    value === undefined ? kept(column) : value
  const columns: Columns = {
    teacher_no: row.teacherNo,
    name: row.name,
    name_key: nameKeyOf(row.name),
    former_names: stated(row.formerNames, 'former_names'),
    entered_on: stated(row.enteredOn, 'entered_on'),
    registered_on: stated(row.registeredOn, 'registered_on'),
    title: stated(row.title, 'title'),
    tier: stated(row.tier, 'tier'),
    stage: stated(row.stage, 'stage'),
    subject: stated(row.subject, 'subject'),
    status: row.status ?? kept('status') ?? '在岗',
  }
  const { columns: documentColumns, sealing } = documentChange(keys, row, before, isNew)
  Object.assign(columns, documentColumns)
  const says = (attribute: keyof typeof columnOf) => attribute === 'status' || row[attribute] !== undefined
  const facts = [
    ...teacherAttributes
      .filter(says)
      .flatMap((attribute) =>
        factsFrom(standing, attribute, columns[attribute] as string | null, isNew, today),
      ),
    ...fixedAttributes.flatMap((attribute) =>
      fixedFacts(standing, attribute, columns[attribute] as Day | null),
    ),
  ]
  return {
    id: before ? idText(before.teacher_id as Buffer) : newId(),
    isNew,
    before,
    columns,
    facts,
    sealing,
  }
}

function documentChange(
  keys: IdentityKeys,
  { document }: TeacherRow,
  before: Columns | null,
  isNew: boolean,
) {
  if (!document) {
    const none = { id_type: null, id_number_sealed: null, id_number_hash: null, id_number_last4: null }
    return { columns: isNew ? none : {}, sealing: null }
  }
  const columns: Columns = {
    id_type: document.type,
    id_number_hash: documentHash(keys, document.type, document.canonical),
    id_number_last4: document.number.slice(-4),
  }
  const isSameDocument =
    !isNew &&
    before !== null &&
    Object.keys(columns).every((key) => isSame(before[key] ?? null, columns[key] ?? null))
  return { columns, sealing: isSameDocument ? null : { number: document.number } }
}

/** A day of entry or registration is a fact about the whole career: a new value corrects the old one. */
function fixedFacts(standing: Fact[], attribute: string, value: Day | null): NewFact[] {
  const own = standing.filter((fact) => fact.attribute === attribute)
  const wanted = value === null ? [] : [{ value, from: null, to: null }]
  return factsToReach(own, wanted).map((fact) => ({ attribute, ...fact }))
}

async function planEmployments(
  handle: Handle,
  checked: CheckedRoster,
  plan: RosterPlan,
  schoolIds: Map<string, Id>,
  teacherIds: Map<string, Id>,
): Promise<void> {
  checked.employments = refuseRows(checked, checked.employments, ({ row }) => {
    if (!teacherIds.has(row.teacherNo)) return { key: 'teacher_no', reason: '名册中没有这个教师编号' }
    return schoolIds.has(row.orgNo) ? null : { key: 'org_no', reason: '名册中没有这个单位编号' }
  })
  const byTeacher = groupBy(checked.employments, ({ row }) => teacherIds.get(row.teacherNo) as Id)
  const known = await employmentsOf(handle, [...byTeacher.keys()])
  for (const [teacherId, rows] of byTeacher) {
    const before = known.get(teacherId) ?? []
    const changed: EmploymentState[] = []
    for (const { row } of rows) {
      const state = stateOf(row, schoolIds)
      const present = changed.concat(before)
      if (present.some((each) => isSameEmployment(each, state))) plan.unchanged += 1
      else {
        changed.push(...replacedBy(state, before), state)
        plan.employmentRows += 1
      }
    }
    if (changed.length > 0) plan.employments.push({ teacherId, before, changed })
  }
}

function stateOf(row: EmploymentRow, schoolIds: Map<string, Id>): EmploymentState {
  return {
    schoolId: schoolIds.get(row.orgNo) as Id,
    from: row.from ?? sinceEver,
    to: row.to,
    post: row.post,
  }
}

function isSameEmployment(a: EmploymentState, b: EmploymentState): boolean {
  return a.schoolId === b.schoolId && a.from === b.from && a.to === b.to && a.post === b.post
}

/** Employments in one post at one school cannot overlap: a row with another first day corrects what stands there. */
function replacedBy(state: EmploymentState, before: EmploymentState[]): EmploymentState[] {
  return before
    .filter((each) => each.schoolId === state.schoolId && each.from !== state.from)
    .filter((each) => each.post === state.post || each.post === null || state.post === null)
    .filter((each) => areOverlapping(each, state))
    .map((each) => ({ ...each, to: withdrawn }))
}

/** The employments that hold, by teacher. */
export async function employmentsOf(handle: Handle, teacherIds: Id[]): Promise<Map<Id, EmploymentState[]>> {
  const rows = await rowsBy(handle, 'employment', 'teacher_id', teacherIds.map(idBytes))
  const present = rows.filter((row) => row.removed_at === null)
  const groups = groupBy(present, (row) => idText(row.teacher_id as Buffer))
  return new Map(
    [...groups].map(([teacherId, own]) => [
      teacherId,
      own.map((row) => ({
        schoolId: idText(row.school_id as Buffer),
        from: row.from_on as Day,
        to: row.to_on as Day | null,
        post: row.post as string | null,
      })),
    ]),
  )
}
