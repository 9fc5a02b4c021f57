/** One organisation of 示例区, as a row of schools.csv. All are invented. */
export interface School {
  orgNo: string
  /** Ten digits with the province number 99, which does not exist; empty where an organisation has none. */
  moeSchoolCode: string
  name: string
  kind: '小学' | '初中' | '高中' | '中职' | '幼儿园' | '特教' | '九年一贯' | '局属单位' | '教师发展机构'
  cluster: '城区片区' | '河湾片区' | '云岭片区'
  rural: boolean
  weak: boolean
  parentOrgNo: string
  status: string
  statusFrom: string
  statusTo: string
  /** Share of the teachers; not in the file. */
  size: number
}

const CODES: Partial<Record<School['kind'], string>> = {
  小学: '21',
  初中: '31',
  九年一贯: '31',
  高中: '34',
  中职: '36',
  幼儿园: '11',
  特教: '51',
}

/** The day on which 东湾小学 became part of 实验小学. */
export const MERGED_ON = '2025-09-01'
/** The school that was merged, and the one that took it in. */
export const MERGER = { from: 'SL07', into: 'SL01' } as const

type Row = [School['kind'], string, School['cluster'], '农村' | '', '薄弱' | '', number]

const ROWS: Row[] = [
  ['小学', '示例区实验小学', '城区片区', '', '', 9],
  ['小学', '示例区第一小学', '城区片区', '', '', 8],
  ['小学', '示例区河湾小学', '河湾片区', '农村', '', 5],
  ['小学', '示例区石桥小学', '河湾片区', '农村', '薄弱', 3],
  ['小学', '示例区育新小学', '城区片区', '', '', 6],
  ['小学', '示例区云岭小学', '云岭片区', '农村', '薄弱', 3],
  ['小学', '示例区东湾小学', '河湾片区', '农村', '', 0],
  ['小学', '示例区青禾小学', '云岭片区', '', '', 5],
  ['初中', '示例区第一初级中学', '城区片区', '', '', 8],
  ['初中', '示例区第二初级中学', '城区片区', '', '', 6],
  ['初中', '示例区河湾初级中学', '河湾片区', '农村', '', 5],
  ['初中', '示例区石桥初级中学', '河湾片区', '农村', '薄弱', 3],
  ['高中', '示例区中学', '城区片区', '', '', 10],
  ['高中', '示例区第二中学', '河湾片区', '', '', 7],
  ['高中', '示例区青禾高级中学', '云岭片区', '', '', 6],
  ['九年一贯', '示例区云岭学校', '云岭片区', '农村', '', 4],
  ['中职', '示例区职业技术学校', '城区片区', '', '', 6],
  ['幼儿园', '示例区中心幼儿园', '城区片区', '', '', 3],
  ['幼儿园', '示例区河湾幼儿园', '河湾片区', '农村', '', 2],
  ['幼儿园', '示例区青禾幼儿园', '云岭片区', '', '', 2],
  ['特教', '示例区特殊教育学校', '城区片区', '', '', 2],
  ['局属单位', '示例区青少年活动中心', '城区片区', '', '', 1],
  ['局属单位', '示例区教育技术装备中心', '城区片区', '', '', 1],
  ['教师发展机构', '示例区教师发展中心', '城区片区', '', '', 2],
]

/** The 24 organisations of 示例区; one holds a dated status, one was merged into another. */
export const schools: School[] = ROWS.map(([kind, name, cluster, rural, weak, size], index) => {
  const orgNo = `SL${String(index + 1).padStart(2, '0')}`
  const code = CODES[kind]
  return {
    orgNo,
    moeSchoolCode: code ? `${code}99${String(index + 1).padStart(6, '0')}` : '',
    name,
    kind,
    cluster,
    rural: rural !== '',
    weak: weak !== '',
    parentOrgNo: orgNo === MERGER.from ? MERGER.into : '',
    ...statusOf(orgNo, name),
    size,
  }
})

function statusOf(orgNo: string, name: string): Pick<School, 'status' | 'statusFrom' | 'statusTo'> {
  if (name === '示例区中学')
    return { status: '市教师专业发展校', statusFrom: '2024-09-01', statusTo: '2027-08-31' }
  if (orgNo === MERGER.from) return { status: '已并入示例区实验小学', statusFrom: MERGED_ON, statusTo: '' }
  return { status: '', statusFrom: '', statusTo: '' }
}
