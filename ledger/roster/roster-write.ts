import { gzipSync } from 'node:zlib'
import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { insertRows, type Row, upsert } from '../../foundation/database/dialect.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { groupBy } from '../claims/group.ts'
import type { GivenFile } from './csv-file.ts'
import { withdrawn } from './facts.ts'
import type {
  Columns,
  EmploymentChange,
  NewFact,
  RosterPlan,
  SubjectChange,
  TeacherChange,
} from './roster-plan.ts'
import { type IdentityKeys, seal } from './sealing.ts'

/** What is written: one import with its plan. */
export interface RosterWriting {
  importId: Id
  plan: RosterPlan
  files: GivenFile[]
  actor: string
  counts: Record<string, number>
  now: Instant
}

/** Writes an import: the files, what stood before, the facts, and the rows as they are from now on. */
export async function writePlan(trx: Trx, keys: IdentityKeys, writing: RosterWriting): Promise<void> {
  const { plan } = writing
  await keepImport(trx, writing)
  await keepFiles(trx, keys, writing)
  await keepBefore(trx, keys, writing)
  await writeSubjects(trx, 'school', plan.schools, writing)
  await writeTeachers(trx, keys, plan.teachers, writing)
  await writeEmployments(trx, plan.employments, writing)
}

async function keepImport(trx: Trx, { importId, actor, counts, now }: RosterWriting): Promise<void> {
  const [last] = await trx('roster_import').max('import_no as no')
  await trx('roster_import').insert({
    roster_import_id: idBytes(importId),
    import_no: safeInteger(last?.no ?? 0) + 1,
    actor,
    counts: Buffer.from(JSON.stringify(counts)),
    recorded_at: now,
  })
}

const largestPart = 4_000_000

async function keepFiles(trx: Trx, keys: IdentityKeys, { importId, files }: RosterWriting): Promise<void> {
  for (const [at, file] of files.entries()) {
    const sealed = seal(keys, gzipSync(file.bytes), `roster-file:${importId}:${at + 1}`)
    for (let from = 0; from < sealed.length; from += largestPart) {
      await trx('roster_import_file').insert({
        roster_import_id: idBytes(importId),
        file_no: at + 1,
        part_no: from / largestPart + 1,
        file_name: [...file.name].slice(-255).join(''),
        sha256: sha256(Buffer.from(file.bytes)),
        sealed: sealed.subarray(from, from + largestPart),
      })
    }
  }
}

/** To what a row of `before` is sealed. */
export function boundTo(importId: Id, subjectKind: string, subjectId: Id): string {
  return `roster-change:${importId}:${subjectKind}:${subjectId}`
}

async function keepBefore(trx: Trx, keys: IdentityKeys, { importId, plan }: RosterWriting): Promise<void> {
  const rowOf = (subjectKind: string, subjectId: Id, before: unknown): Row => ({
    roster_import_id: idBytes(importId),
    subject_kind: subjectKind,
    subject_id: idBytes(subjectId),
    before:
      before === null ? null : seal(keys, JSON.stringify(before), boundTo(importId, subjectKind, subjectId)),
  })
  await insertRows(trx, 'roster_import_change', [
    ...plan.schools.map(({ id, isNew, before }) => rowOf('school', id, isNew ? null : asText(before))),
    ...plan.teachers.map(({ id, isNew, before }) => rowOf('teacher', id, isNew ? null : asText(before))),
    ...plan.employments.map(({ teacherId, before }) => rowOf('employment', teacherId, before)),
  ])
}

/** A row with its bytes as text, for JSON. */
function asText(row: Columns | null): Record<string, unknown> | null {
  if (row === null) return null
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value,
    ]),
  )
}

async function writeSubjects(
  trx: Trx,
  table: 'school' | 'teacher',
  changes: SubjectChange[],
  { importId, now }: RosterWriting,
): Promise<void> {
  const rows = changes.map(({ id, columns }) => ({
    [`${table}_id`]: idBytes(id),
    ...columns,
    recorded_at: now,
    removed_at: null,
  }))
  await writeRows(trx, table, rows)
  await writeFacts(trx, `${table}_fact`, `${table}_id`, changes, importId, now)
}

/** Rows with the same columns go together; a row that leaves a column out keeps what it has. */
async function writeRows(trx: Trx, table: 'school' | 'teacher', rows: Row[]): Promise<void> {
  const groups = groupBy(rows, (row) => Object.keys(row).join())
  for (const [columns, group] of groups) {
    const set = columns.split(',').filter((column) => column !== `${table}_id`)
    await upsert(trx, table, group, { key: [`${table}_id`], set })
  }
}

async function writeTeachers(
  trx: Trx,
  keys: IdentityKeys,
  changes: TeacherChange[],
  writing: RosterWriting,
): Promise<void> {
  const sealed = changes.map((change): SubjectChange => {
    if (!change.sealing) return change
    const bytes = seal(keys, change.sealing.number, `teacher:${change.id}`)
    return { ...change, columns: { ...change.columns, id_number_sealed: bytes } }
  })
  // Freed first: two teachers whose numbers are exchanged would meet under the unique key.
  const freed = changes.filter(({ sealing, before }) => sealing && before).map(({ id }) => idBytes(id))
  for (let from = 0; from < freed.length; from += 400) {
    await trx('teacher')
      .whereIn('teacher_id', freed.slice(from, from + 400))
      .update({ id_number_hash: null })
  }
  await writeSubjects(trx, 'teacher', sealed, writing)
}

async function nextNumbers(
  trx: Trx,
  table: string,
  key: string,
  ids: Buffer[],
): Promise<Map<string, number>> {
  const next = new Map<string, number>()
  for (let from = 0; from < ids.length; from += 400) {
    const rows = await trx(table)
      .whereIn(key, ids.slice(from, from + 400))
      .groupBy(key)
      .select(key)
      .max('fact_no as no')
    for (const row of rows) next.set((row[key] as Buffer).toString('hex'), safeInteger(row.no))
  }
  return next
}

async function writeFacts(
  trx: Trx,
  table: string,
  key: string,
  changes: { id: Id; facts: NewFact[] }[],
  importId: Id,
  now: Instant,
): Promise<void> {
  const ids = changes.map(({ id }) => idBytes(id))
  const last = await nextNumbers(trx, table, key, ids)
  const rows = changes.flatMap(({ facts }, at): Row[] => {
    const id = ids[at] as Buffer
    const from = last.get(id.toString('hex')) ?? 0
    return facts.map((fact, n) => ({
      [key]: id,
      fact_no: from + n + 1,
      attribute: fact.attribute,
      value: fact.value,
      from_on: fact.from,
      roster_import_id: idBytes(importId),
      recorded_at: now,
    }))
  })
  await insertRows(trx, table, rows)
}

async function writeEmployments(
  trx: Trx,
  changes: EmploymentChange[],
  { importId, now }: RosterWriting,
): Promise<void> {
  const ids = changes.map(({ teacherId }) => idBytes(teacherId))
  const last = await nextNumbers(trx, 'employment_fact', 'teacher_id', ids)
  const facts: Row[] = []
  const states: Row[] = []
  for (const { teacherId, changed } of changes) {
    const id = idBytes(teacherId)
    const from = last.get(id.toString('hex')) ?? 0
    for (const [n, { schoolId, from: fromOn, to, post }] of changed.entries()) {
      const common = { teacher_id: id, school_id: idBytes(schoolId), from_on: fromOn, to_on: to, post }
      facts.push({ ...common, fact_no: from + n + 1, roster_import_id: idBytes(importId), recorded_at: now })
      states.push({ ...common, recorded_at: now, removed_at: to === withdrawn ? now : null })
    }
  }
  await insertRows(trx, 'employment_fact', facts)
  await upsert(trx, 'employment', states, {
    key: ['teacher_id', 'school_id', 'from_on'],
    set: ['to_on', 'post', 'recorded_at', 'removed_at'],
  })
}
