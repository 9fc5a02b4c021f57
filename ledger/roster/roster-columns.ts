/** The three kinds of roster file (interfaces.md §2). */
export type RosterKind = 'schools' | 'teachers' | 'employment'

/** One column of a roster file: its stored word, the header people read, and other headers it is met under. */
export interface RosterColumn {
  key: string
  title: string
  also?: string[]
  required?: boolean
}

/** The columns of each kind of file, in the order of the template. */
export const rosterColumns: Record<RosterKind, RosterColumn[]> = {
  schools: [
    { key: 'org_no', title: '单位编号', required: true, also: ['单位代码', '机构编号', '学校编号'] },
    { key: 'moe_school_code', title: '学校标识码', also: ['标识码', '学校代码'] },
    { key: 'name', title: '学校名称', required: true, also: ['单位名称', '学校'] },
    { key: 'kind', title: '类型', also: ['学校类型', '单位类型'] },
    { key: 'cluster', title: '片区', also: ['学区'] },
    { key: 'rural', title: '农村', also: ['农村学校', '是否农村'] },
    { key: 'weak', title: '薄弱', also: ['薄弱学校', '是否薄弱'] },
    { key: 'parent_org_no', title: '上级单位', also: ['上级单位编号'] },
    { key: 'status', title: '状态标志' },
    { key: 'status_from', title: '标志起' },
    { key: 'status_to', title: '标志止' },
  ],
  teachers: [
    { key: 'teacher_no', title: '教师编号', required: true, also: ['工号', '教职工号', '职工号'] },
    { key: 'name', title: '姓名', required: true, also: ['教师姓名'] },
    { key: 'former_names', title: '曾用名', also: ['former_name'] },
    { key: 'id_type', title: '证件类型', also: ['身份证件类型'] },
    {
      key: 'id_number',
      title: '证件号码',
      also: ['身份证号', '身份证', '身份证号码', '身份证件号', '证件号'],
    },
    { key: 'entered_on', title: '入职日期', also: ['入职时间', '参加工作日期'] },
    { key: 'registered_on', title: '首次注册日期', also: ['首次注册时间'] },
    { key: 'title', title: '职称' },
    { key: 'tier', title: '骨干层级' },
    { key: 'stage', title: '学段', also: ['任教学段'] },
    { key: 'subject', title: '学科', also: ['任教学科'] },
    { key: 'status', title: '状态', also: ['教师状态', '人员状态'] },
  ],
  employment: [
    { key: 'teacher_no', title: '教师编号', required: true, also: ['工号', '教职工号', '职工号'] },
    { key: 'org_no', title: '单位编号', required: true, also: ['单位代码', '机构编号', '学校编号'] },
    { key: 'post', title: '岗位', also: ['职务'] },
    { key: 'from', title: '起', also: ['开始日期', '起始日期', '任职起'] },
    { key: 'to', title: '止', also: ['结束日期', '终止日期', '任职止'] },
  ],
}

/** Columns of our own failed-rows file: ignored when it comes back mended. */
export const failureColumns = ['行号', '列', '原因']

/** What a header row says: the kind of file and the position of each known column. */
export interface HeaderReading {
  kind: RosterKind
  positions: Map<string, number>
  /** Headers that mean nothing to us, as they stand in the file. */
  unknown: string[]
  /** Titles of columns that two headers claim. */
  twice: string[]
}

/** Knows a row as the header of one kind of file, or null when it is none. */
export function readHeader(cells: string[]): HeaderReading | null {
  const readings = (['schools', 'teachers', 'employment'] as const).map((kind) => readAs(kind, cells))
  const [schools, teachers, employment] = readings
  if (!schools || !teachers || !employment) return null
  const says = (reading: HeaderReading, key: string) => reading.positions.has(key)
  if (says(employment, 'teacher_no') && says(employment, 'org_no')) {
    const dated = says(employment, 'from') || says(employment, 'to') || says(employment, 'post')
    if (dated || !says(teachers, 'name')) return employment
  }
  if (says(teachers, 'teacher_no')) return says(teachers, 'name') ? teachers : null
  return says(schools, 'org_no') && says(schools, 'name') ? schools : null
}

function readAs(kind: RosterKind, cells: string[]): HeaderReading {
  const positions = new Map<string, number>()
  const unknown: string[] = []
  const twice: string[] = []
  for (const [at, cell] of cells.entries()) {
    const column = columnFor(kind, cell)
    if (!column) {
      if (cell !== '' && !failureColumns.includes(headerKey(cell))) unknown.push(cell)
    } else if (positions.has(column.key)) twice.push(column.title)
    else positions.set(column.key, at)
  }
  return { kind, positions, unknown, twice }
}

function columnFor(kind: RosterKind, header: string): RosterColumn | undefined {
  const names = spellingsOf(header)
  return rosterColumns[kind].find((column) =>
    [column.title, column.key, ...(column.also ?? [])].some((known) => names.includes(headerKey(known))),
  )
}

/** `*教师编号 (teacher_no)` may be known by the whole, by what stands before the bracket, or by what stands in it. */
function spellingsOf(header: string): string[] {
  const key = headerKey(header)
  const [, before = '', inside = ''] = /^(.*?)[(（](.*?)[)）]$/.exec(key) ?? []
  return [key, before, inside].filter((text) => text !== '')
}

function headerKey(header: string): string {
  return header
    .normalize('NFKC')
    .replace(/[\s*＊\u200B\uFEFF"]/g, '')
    .toLowerCase()
}

/** The header of a column of one kind of file, for messages. */
export function titleOf(kind: RosterKind, key: string): string {
  return rosterColumns[kind].find((column) => column.key === key)?.title ?? key
}
