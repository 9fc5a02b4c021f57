import type { Day } from '../../foundation/time.ts'
import { groupBy } from '../claims/group.ts'
import { type GivenFile, readCsv, writeCsv } from './csv-file.ts'
import { filledDownward, spelled } from './identity-number.ts'
import {
  failureColumns,
  type HeaderReading,
  type RosterKind,
  readHeader,
  rosterColumns,
  titleOf,
} from './roster-columns.ts'
import {
  type CellFault,
  type Cells,
  type EmploymentRow,
  filledDownReason,
  type RowReading,
  readEmployment,
  readSchool,
  readTeacher,
  type SchoolRow,
  type TeacherRow,
} from './roster-rows.ts'

/** Something to tell about one cell: where it is and why. Never the value of an identity number. */
export interface Remark {
  file: string
  /** Row as a spreadsheet counts it, from 1; 0: the file as a whole. */
  line: number
  column: string
  reason: string
}

/** A file whose header was understood. */
export interface ReadFile {
  name: string
  kind: RosterKind
  header: string[]
}

/** A good row and where it stands. */
export interface Placed<T> {
  file: ReadFile
  line: number
  cells: string[]
  row: T
}

/** A row that cannot be taken, as it came, and why. */
export interface FailedRow {
  file: ReadFile
  line: number
  cells: string[]
  faults: CellFault[]
}

/** What several files hold together, checked as far as that needs no database. */
export interface CheckedRoster {
  schools: Placed<SchoolRow>[]
  teachers: Placed<TeacherRow>[]
  employments: Placed<EmploymentRow>[]
  failed: FailedRow[]
  /** Files that cannot be read at all. */
  unreadable: Remark[]
  /** Taken, but worth a look. */
  remarks: Remark[]
  files: ReadFile[]
}

/** How far down a header may stand: above it, offices put titles and notes. */
const headerWithin = 8

/** Reads and checks files of a roster; the order of the files does not matter. */
export function checkRoster(files: GivenFile[], today: Day): CheckedRoster {
  const checked: CheckedRoster = {
    schools: [],
    teachers: [],
    employments: [],
    failed: [],
    unreadable: [],
    remarks: [],
    files: [],
  }
  for (const file of files) {
    const reason = checkFile(checked, file, today)
    if (reason !== null) checked.unreadable.push({ file: file.name, line: 0, column: '', reason })
  }
  refuseFilledDown(checked)
  refuseRepeated(checked)
  return checked
}

/** Takes in one file; returns why it cannot be read, or null. */
function checkFile(checked: CheckedRoster, given: GivenFile, today: Day): string | null {
  const csv = readCsv(given.bytes)
  if (csv.outcome === 'refused') return csv.reason
  const at = csv.rows.findIndex(({ cells }, index) => index < headerWithin && readHeader(cells) !== null)
  const head = csv.rows[at]
  const header = head && readHeader(head.cells)
  if (!head || !header) return noHeader
  if (header.twice.length > 0) return `有两列都是“${header.twice[0]}”`

  const file: ReadFile = { name: given.name, kind: header.kind, header: head.cells }
  checked.files.push(file)
  for (const title of header.unknown) {
    checked.remarks.push({ file: file.name, line: head.line, column: title, reason: '不认识的列，已忽略' })
  }
  for (const row of csv.rows.slice(at + 1)) checkRow(checked, file, header, row, today)
  return null
}

const noHeader =
  '认不出表头：学校表需要 单位编号、学校名称；教师表需要 教师编号、姓名；任职表需要 教师编号、单位编号'

function checkRow(
  checked: CheckedRoster,
  file: ReadFile,
  header: HeaderReading,
  { line, cells }: { line: number; cells: string[] },
  today: Day,
): void {
  const values: Cells = new Map()
  for (const [key, position] of header.positions) values.set(key, cells[position] ?? '')
  const reading = readerOf(file.kind)(values, today)
  const faults = reading.outcome === 'refused' ? [...reading.faults] : []
  if (cells.slice(file.header.length).some((cell) => cell !== '')) {
    faults.push({ key: '', reason: '列数多于表头，是否有未加引号的逗号？' })
  }
  if (faults.length > 0) checked.failed.push({ file, line, cells, faults })
  else if (reading.outcome === 'read') {
    listOf(checked, file.kind).push({ file, line, cells, row: reading.row })
    for (const { key, reason } of reading.remarks) {
      checked.remarks.push({ file: file.name, line, column: titleOf(file.kind, key), reason })
    }
  }
}

type AnyRow = SchoolRow | TeacherRow | EmploymentRow

function readerOf(kind: RosterKind): (cells: Cells, today: Day) => RowReading<AnyRow> {
  if (kind === 'schools') return readSchool
  return kind === 'teachers' ? readTeacher : readEmployment
}

function listOf(checked: CheckedRoster, kind: RosterKind): Placed<AnyRow>[] {
  if (kind === 'schools') return checked.schools
  return kind === 'teachers' ? checked.teachers : checked.employments
}

/** Takes rows out of the good ones, with the reason. */
export function refuseRows<T>(
  checked: CheckedRoster,
  rows: Placed<T>[],
  faultOf: (placed: Placed<T>) => CellFault | null,
): Placed<T>[] {
  const kept: Placed<T>[] = []
  for (const placed of rows) {
    const fault = faultOf(placed)
    if (fault === null) kept.push(placed)
    else checked.failed.push({ file: placed.file, line: placed.line, cells: placed.cells, faults: [fault] })
  }
  return kept
}

/** Numbers that count upwards down a column were dragged, whether or not their check character happens to fit. */
function refuseFilledDown(checked: CheckedRoster): void {
  for (const file of checked.files.filter(({ kind }) => kind === 'teachers')) {
    const at = readHeader(file.header)?.positions.get('id_number')
    if (at === undefined) continue
    const good = checked.teachers.filter((placed) => placed.file === file)
    const bad = checked.failed.filter((failed) => failed.file === file)
    const rows = [...good, ...bad].sort((a, b) => a.line - b.line)
    const dragged = filledDownward(rows.map(({ cells }) => spelled(cells[at] ?? '')))
    const lines = new Set([...dragged].map((index) => rows[index]?.line))
    checked.teachers = refuseRows(checked, checked.teachers, (placed) =>
      placed.file === file && lines.has(placed.line) ? { key: 'id_number', reason: filledDownReason } : null,
    )
    for (const failed of bad) {
      if (!lines.has(failed.line)) continue
      failed.faults = failed.faults.filter(({ key }) => key !== 'id_number')
      failed.faults.push({ key: 'id_number', reason: filledDownReason })
    }
  }
}

/** Two rows for one thing that say different things are both refused: nobody knows which is right. */
function refuseRepeated(checked: CheckedRoster): void {
  checked.schools = refuseUnlike(checked, checked.schools, 'org_no', (row) => row.orgNo)
  checked.teachers = refuseUnlike(checked, checked.teachers, 'teacher_no', (row) => row.teacherNo)
  checked.teachers = refuseUnlike(checked, checked.teachers, 'id_number', documentOf)
  checked.employments = refuseUnlike(
    checked,
    checked.employments,
    'from',
    (row) => `${row.teacherNo}\n${row.orgNo}\n${row.from ?? ''}`,
  )
  refuseOverlapping(checked)
}

function documentOf(row: TeacherRow): string | null {
  return row.document ? `${row.document.type}\n${row.document.canonical}` : null
}

function refuseUnlike<T>(
  checked: CheckedRoster,
  rows: Placed<T>[],
  key: string,
  keyOf: (row: T) => string | null,
): Placed<T>[] {
  const groups = groupBy(
    rows.filter(({ row }) => keyOf(row) !== null),
    ({ row }) => keyOf(row),
  )
  return refuseRows(checked, rows, ({ row, line }) => {
    const group = groups.get(keyOf(row)) ?? []
    if (group.length < 2) return null
    const others = group.filter((each) => JSON.stringify(each.row) !== JSON.stringify(row))
    if (others.length === 0) return null
    return {
      key,
      reason: `与第 ${others
        .map((each) => each.line)
        .filter((each) => each !== line)
        .join('、')} 行重复而内容不同`,
    }
  })
}

function refuseOverlapping(checked: CheckedRoster): void {
  const groups = groupBy(
    checked.employments,
    ({ row }) => `${row.teacherNo}\n${row.orgNo}\n${row.post ?? ''}`,
  )
  checked.employments = refuseRows(checked, checked.employments, ({ row }) => {
    const group = groups.get(`${row.teacherNo}\n${row.orgNo}\n${row.post ?? ''}`) ?? []
    const other = group.find((each) => each.row.from !== row.from && areOverlapping(each.row, row))
    return other ? { key: 'from', reason: `与第 ${other.line} 行同一单位、同一岗位的任职日期重叠` } : null
  })
}

/** Whether two closed intervals share a day. */
export function areOverlapping(
  a: { from: Day | null; to: Day | null },
  b: { from: Day | null; to: Day | null },
): boolean {
  return (a.from ?? '') <= (b.to ?? '9999') && (b.from ?? '') <= (a.to ?? '9999')
}

/** Failed rows as remarks, one a fault, in the order of files and lines. */
export function remarksOf(failed: FailedRow[]): Remark[] {
  return inOrder(failed).flatMap(({ file, line, faults }) =>
    faults.map(({ key, reason }) => ({ file: file.name, line, column: titleOf(file.kind, key), reason })),
  )
}

function inOrder(failed: FailedRow[]): FailedRow[] {
  return [...failed].sort((a, b) =>
    a.file.name === b.file.name ? a.line - b.line : a.file.name < b.file.name ? -1 : 1,
  )
}

/** For each file with failed rows one CSV: the rows as they came, and 行号, 列, 原因. It can be mended and imported. */
export function failedFiles(failed: FailedRow[]): { file: string; bytes: Buffer }[] {
  return [...groupBy(inOrder(failed), ({ file }) => file)].map(([file, rows]) => {
    const own = file.header.map((title) => failureColumns.includes(title))
    const without = (cells: string[]) => cells.filter((_, at) => !own[at])
    const width = Math.max(...rows.map(({ cells }) => cells.length), file.header.length)
    const padded = (cells: string[]) => without([...cells, ...Array(width - cells.length).fill('')])
    return {
      file: file.name,
      bytes: writeCsv([
        [...padded(file.header), ...failureColumns],
        ...rows.map(({ cells, line, faults }) => [
          ...padded(cells),
          String(line),
          faults.map(({ key }) => titleOf(file.kind, key)).join('；'),
          faults.map(({ reason }) => reason).join('；'),
        ]),
      ]),
    }
  })
}

/** Empty files with the headers of the roster, to be filled in. */
export function rosterTemplates(): { name: string; kind: RosterKind; bytes: Buffer }[] {
  return (['schools', 'teachers', 'employment'] as const).map((kind) => ({
    name: `${kind}.csv`,
    kind,
    bytes: writeCsv([
      rosterColumns[kind].map(({ key, title, required }) => `${required ? '*' : ''}${title} (${key})`),
    ]),
  }))
}
