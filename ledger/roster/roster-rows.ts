import type { Day } from '../../foundation/time.ts'
import { readDay } from './file-day.ts'
import { type IdentityNumberFault, readIdentityNumber, spelled } from './identity-number.ts'
import { hasPlaceholder, hasPrivateCharacter, looksLikePerson, looksLikeUnit } from './person-name.ts'

/** Kinds of school or other unit (interfaces.md §2). */
export const schoolKinds = [
  '小学',
  '初中',
  '高中',
  '中职',
  '幼儿园',
  '特教',
  '九年一贯',
  '局属单位',
  '教师发展机构',
] as const

/** What a teacher's standing may be (interfaces.md §2). */
export const teacherStatuses = ['在岗', '退休', '离职', '病休', '产假', '借出'] as const

/** Types of identity document (interfaces.md §8). */
export const idTypes = ['居民身份证', '港澳居民居住证', '台湾居民居住证', '护照', '其他'] as const

/** What is wrong in one cell; never its value where that could be an identity number. */
export interface CellFault {
  key: string
  reason: string
}

/** A row that was read. A key that is absent had no column in the file, so what is known stays. */
export type RowReading<T> =
  | { outcome: 'read'; row: T; remarks: CellFault[] }
  | { outcome: 'refused'; faults: CellFault[] }

/** A school as a row states it. */
export interface SchoolRow {
  orgNo: string
  name: string
  moeSchoolCode?: string | null
  kind?: string | null
  cluster?: string | null
  rural?: boolean
  weak?: boolean
  parentOrgNo?: string | null
  status?: { value: string; from: Day | null; to: Day | null } | null
}

/** A teacher as a row states it. */
export interface TeacherRow {
  teacherNo: string
  name: string
  formerNames?: string | null
  /** Absent where the row has no number: a blank cell never takes a number away. */
  document?: { type: string; number: string; canonical: string }
  enteredOn?: Day | null
  registeredOn?: Day | null
  title?: string | null
  tier?: string | null
  stage?: string | null
  subject?: string | null
  status?: string
}

/** An employment as a row states it. */
export interface EmploymentRow {
  teacherNo: string
  orgNo: string
  post: string | null
  from: Day | null
  to: Day | null
}

/** The cells of one row by the key of their column; a column the file lacks is absent. */
export type Cells = Map<string, string>

/** Reads the cells of one row and gathers what is wrong with them. */
class RowReader {
  readonly faults: CellFault[] = []
  readonly remarks: CellFault[] = []
  readonly #cells: Cells

  constructor(cells: Cells) {
    this.#cells = cells
  }

  has(key: string): boolean {
    return this.#cells.has(key)
  }

  cell(key: string): string {
    return (this.#cells.get(key) ?? '').normalize('NFC')
  }

  fault(key: string, reason: string): void {
    this.faults.push({ key, reason })
  }

  text(key: string, most: number): string | null {
    const value = this.cell(key)
    if ([...value].length > most) this.fault(key, `超过 ${most} 个字符`)
    return value === '' ? null : value
  }

  needed(key: string, most: number): string {
    const value = this.text(key, most)
    if (value === null) this.fault(key, '不能为空')
    return value ?? ''
  }

  number(key: string): string {
    const value = spelledNumber(this.needed(key, 40))
    if (/^\d(\.\d+)?E\+\d+$/i.test(value))
      this.fault(key, '被电子表格改成了科学计数法，请把该列设为文本后重新导出')
    else if (/[\p{Cc}\s]/u.test(value)) this.fault(key, '不能含空格或控制字符')
    return value
  }

  word(key: string, allowed: readonly string[], synonyms: Record<string, string> = {}): string | null {
    const value = this.cell(key).replace(/\s/g, '')
    const known = synonyms[value] ?? value
    if (known !== '' && !allowed.includes(known)) this.fault(key, `只能是：${allowed.join('、')}`)
    return known === '' ? null : known
  }

  flag(key: string): boolean {
    const value = this.cell(key).toLowerCase()
    if (['是', '1', 'y', 'yes', 'true', '有'].includes(value)) return true
    if (!['', '否', '0', 'n', 'no', 'false', '无'].includes(value)) this.fault(key, '只能是：是、否')
    return false
  }

  day(key: string): Day | null {
    const reading = readDay(this.cell(key))
    if (reading.outcome === 'refused') {
      this.fault(key, '不是日期；可写 2024-01-05、2024/1/5、2024.01.05、20240105 或 2024年1月5日')
    }
    return reading.outcome === 'day' ? reading.day : null
  }

  done<T>(row: T): RowReading<T> {
    if (this.faults.length > 0) return { outcome: 'refused', faults: this.faults }
    return { outcome: 'read', row, remarks: this.remarks }
  }
}

function spelledNumber(text: string): string {
  return text.replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
}

const kindSynonyms: Record<string, string> = {
  完全小学: '小学',
  初级中学: '初中',
  高级中学: '高中',
  普通高中: '高中',
  中等职业学校: '中职',
  中职学校: '中职',
  职业高中: '中职',
  特殊教育: '特教',
  特殊教育学校: '特教',
  九年一贯制: '九年一贯',
  九年一贯制学校: '九年一贯',
  教师进修学院: '教师发展机构',
}

/** The first two digits of a 学校标识码 say what the school is. */
const codesOfKind: Record<string, string[]> = {
  幼儿园: ['11'],
  小学: ['21'],
  初中: ['31'],
  九年一贯: ['31'],
  高中: ['34'],
  中职: ['36'],
  特教: ['51'],
}

/** Reads one row of a file of schools. */
export function readSchool(cells: Cells): RowReading<SchoolRow> {
  const read = new RowReader(cells)
  const row: SchoolRow = { orgNo: read.number('org_no'), name: read.needed('name', 200) }
  if (looksLikePerson(row.name)) read.fault('name', '看起来像人名，列是否对调？')
  if (read.has('kind')) row.kind = read.word('kind', schoolKinds, kindSynonyms)
  if (read.has('moe_school_code')) row.moeSchoolCode = schoolCode(read, row.kind)
  if (read.has('cluster')) row.cluster = read.text('cluster', 100)
  if (read.has('rural')) row.rural = read.flag('rural')
  if (read.has('weak')) row.weak = read.flag('weak')
  if (read.has('parent_org_no')) row.parentOrgNo = read.text('parent_org_no', 40)
  if (row.parentOrgNo === row.orgNo && row.orgNo !== '') read.fault('parent_org_no', '不能是本单位自己')
  if (read.has('status')) row.status = schoolStatus(read)
  return read.done(row)
}

function schoolCode(read: RowReader, kind: string | null | undefined): string | null {
  const code = spelledNumber(read.cell('moe_school_code')).replace(/\s/g, '')
  if (code === '') return null
  if (/^\d(\.\d+)?E\+?\d+$/i.test(code)) read.fault('moe_school_code', '被电子表格改成了科学计数法')
  else if (!/^\d{10}$/.test(code)) read.fault('moe_school_code', '应为 10 位数字')
  const expected = codesOfKind[kind ?? '']
  if (expected && !expected.includes(code.slice(0, 2)) && read.faults.length === 0) {
    read.remarks.push({ key: 'moe_school_code', reason: `前两位与类型“${kind}”不一致` })
  }
  return code
}

function schoolStatus(read: RowReader): (SchoolRow['status'] & object) | null {
  const value = read.text('status', 100)
  const from = read.day('status_from')
  const to = read.day('status_to')
  if (from !== null && to !== null && to < from) read.fault('status_to', '早于标志起')
  if (value === null && (from !== null || to !== null)) read.fault('status', '有起止日期而没有状态标志')
  return value === null ? null : { value, from, to }
}

const idTypeSynonyms: Record<string, string> = {
  身份证: '居民身份证',
  二代身份证: '居民身份证',
  中国居民身份证: '居民身份证',
  港澳台居民居住证: '其他',
  外国护照: '护照',
}

const faultTexts: Record<IdentityNumberFault, string> = {
  length: '身份证号应为 18 位（或 15 位旧号）',
  characters: '身份证号只能是 17 位数字加数字或 X',
  birth_date: '身份证号中的出生日期不存在',
  check_character: '身份证号校验位不符',
  excel_zeros: '末三位被电子表格改成 000（只保留了 15 位有效数字），不能还原，请从原始材料重新录入',
  excel_scientific: '被电子表格改成了科学计数法，不能还原，请从原始材料重新录入',
  masked: '证件号码被遮掩（含 *），不能用于导入',
}

/** The reason for a number that stands in a run of numbers counting upwards. */
export const filledDownReason = '与上一行连号，疑似在电子表格中下拉填充，不能还原，请从原始材料重新录入'

/** Reads one row of a file of teachers; `today` bounds birth dates. */
export function readTeacher(cells: Cells, today: Day): RowReading<TeacherRow> {
  const read = new RowReader(cells)
  const row: TeacherRow = { teacherNo: read.number('teacher_no'), name: personName(read) }
  if (read.has('former_names')) row.formerNames = read.text('former_names', 1000)
  const document = identityDocument(read, today)
  if (document) row.document = document
  if (read.has('entered_on')) row.enteredOn = read.day('entered_on')
  if (read.has('registered_on')) row.registeredOn = read.day('registered_on')
  for (const key of ['title', 'tier', 'stage', 'subject'] as const) {
    if (read.has(key)) row[key] = read.text(key, 100)
  }
  const status = read.word('status', teacherStatuses, { 在职: '在岗' })
  if (status !== null) row.status = status
  return read.done(row)
}

function personName(read: RowReader): string {
  const name = read.needed('name', 200)
  if (/^[\s.,_-]+$|^[\w\s.,-]*\d[\w\s.,-]*$/.test(name.normalize('NFKC')))
    read.fault('name', '不是人名，列是否对调？')
  else if (looksLikeUnit(name)) read.fault('name', '看起来像单位名称，列是否对调？')
  if (hasPlaceholder(name)) {
    read.remarks.push({ key: 'name', reason: '含占位符（□ 或 ?），该姓名不参与比对，请补正' })
  }
  if (hasPrivateCharacter(name)) {
    read.remarks.push({ key: 'name', reason: '含自造字，别的电脑上看不到，请改用标准字' })
  }
  return name
}

function identityDocument(read: RowReader, today: Day): TeacherRow['document'] {
  const type = read.word('id_type', idTypes, idTypeSynonyms) ?? '居民身份证'
  const text = read.cell('id_number')
  if (text === '') return undefined
  if (type === '居民身份证') {
    const reading = readIdentityNumber(text, today)
    if (reading.outcome === 'read') return { type, number: reading.number, canonical: reading.canonical }
    read.fault('id_number', faultTexts[reading.fault])
    return undefined
  }
  const number = spelled(text)
  if (!/^[A-Z0-9()（）/-]{4,30}$/.test(number)) read.fault('id_number', '证件号码应为 4 至 30 位字母、数字')
  return { type, number, canonical: number }
}

/** Reads one row of a file of employments. */
export function readEmployment(cells: Cells): RowReading<EmploymentRow> {
  const read = new RowReader(cells)
  const row: EmploymentRow = {
    teacherNo: read.number('teacher_no'),
    orgNo: read.number('org_no'),
    post: read.text('post', 100),
    from: read.day('from'),
    to: read.day('to'),
  }
  if (row.from !== null && row.to !== null && row.to < row.from) read.fault('to', '早于起')
  return read.done(row)
}
