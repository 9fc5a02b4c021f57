import iconv from 'iconv-lite'
import type { GivenFile } from '../../ledger/roster/csv-file.ts'
import { checkCharacterOf } from '../../ledger/roster/identity-number.ts'

/** An identity number that passes every check and belongs to nobody: its area code does not exist. */
export function anIdentityNumber(order: number, birth = '19850615'): string {
  const body = `990101${birth}${String(order).padStart(3, '0')}`
  return body + checkCharacterOf(body)
}

/** A CSV file as an office saves it. */
export function aCsv(
  name: string,
  lines: string[],
  encoding: 'utf-8' | 'utf-8-bom' | 'gb18030' = 'utf-8',
): GivenFile {
  const text = `${lines.join('\r\n')}\r\n`
  if (encoding === 'gb18030') return { name, bytes: iconv.encode(text, 'gb18030') }
  return { name, bytes: Buffer.from(encoding === 'utf-8-bom' ? `\uFEFF${text}` : text) }
}

/** Two schools. */
export const schoolsCsv = [
  '单位编号,学校标识码,学校名称,类型,片区,农村,薄弱,上级单位,状态标志,标志起,标志止',
  'S01,2199000001,示例区第一小学,小学,东片,否,否,,市教师专业发展校,2023-01-01,2027-12-31',
  'S02,3199000002,示例区第二中学,初中,西片,是,否,,,,',
]

/** Where three teachers of those schools work. */
export const employmentCsv = [
  '教师编号,单位编号,岗位,起,止',
  'T0001,S01,教师,2010-09-01,',
  'T0002,S02,教师,2012-09-01,2024-08-31',
  'T0002,S01,教师,2024-09-01,',
  'T0003,S02,,,',
]

function teachersCsv(id: (order: number) => string): string[] {
  return [
    '教师编号,姓名,曾用名,证件类型,证件号码,入职日期,首次注册日期,职称,骨干层级,学段,学科,状态',
    `T0001,张伟,,居民身份证,${id(1)},2010-09-01,2015/9/1,一级教师,,小学,语文,在岗`,
    `T0002,阿依古丽·艾尼,,居民身份证,${id(2)},2012.9.1,,二级教师,区骨干,初中,数学,在岗`,
    `T0003,王䶮,王龑；王龙,,${id(3)},2020年9月1日,,,,小学,英语,`,
  ]
}

/** A roster of its own: numbers of schools and teachers and identity numbers that no other one in the database has. */
export interface SomeRoster {
  /** `T0001` or `S01` as this roster has it. */
  no(short: string): string
  /** An identity number of this roster. */
  id(order: number): string
  /** A file whose cells `T…` and `S…` are numbers of this roster. */
  csv(name: string, lines: string[], encoding?: Parameters<typeof aCsv>[2]): GivenFile
  /** Schools, teachers and employments, in an order that no import may depend on. */
  files(encoding?: Parameters<typeof aCsv>[2]): GivenFile[]
}

let rosters = 0

/** Another roster: tests that share a database each take their own. */
export function aRoster(): SomeRoster {
  rosters += 1
  const key = `R${rosters}`
  const birth = new Date(Date.UTC(1985, 0, rosters)).toISOString().slice(0, 10).replaceAll('-', '')
  const no = (short: string) => `${key}${short}`
  const id = (order: number) => anIdentityNumber(order, birth)
  const own = (line: string) => line.replace(/(?<=^|,)[TS]\d+(?=,|$)/g, no)
  const csv: SomeRoster['csv'] = (name, lines, encoding) => aCsv(name, lines.map(own), encoding)
  return {
    no,
    id,
    csv,
    files: (encoding) => [
      csv('employment.csv', employmentCsv, encoding),
      csv('teachers.csv', teachersCsv(id), encoding),
      csv('schools.csv', schoolsCsv, encoding),
    ],
  }
}
