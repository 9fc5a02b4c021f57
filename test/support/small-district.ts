import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { House } from './house.ts'

/** A district just large enough for a test: one school, some teachers, some offerings, and a policy without caps. */
export interface SmallDistrict {
  teachers: string[]
  offerings: string[]
  /** What the source calls an offering. */
  activityOf(offering: string): string
  /** How the source names a teacher. */
  nameOf(teacher: string): string
  homePage: string
  endpoint: string
  key: string
  secret: string
}

const homePage = 'https://lms.example'

/** Every offering is worth this, in thousandths. */
export const milliHoursEach = 2_000

/** Policy of the tests: recognised at once, nothing capped, so that what was pushed can be added up by hand. */
export const plainPolicy = `schema: district-credit-policy/1
id: test.plain
title: 测试政策
issuer: {name: 测试区教育局, rank: district}
status: in_force
effective: {from: 2020-01-01, to: 2035-12-31}
unit: {ledger: hour, label: 学时, minutes_per_hour: 45, hours_per_credit: 10}
cycle: {years: 5, anchor: plan-period, from: 2026-01-01, to: 2030-12-31, target: 360, target_unit: hour}
year: {starts: 01-01}
levels: [school, cluster, district, city, province, national]
categories: [师德与素养]
forms: [网络研修]
requirements:
  - {id: cycle-total, audience: all, window: cycle, at_least: {value: 360, unit: hour}, quote: 五年累计不少于360学时}
workflow: {approval_before_award: true, pass_required: true}
recognition: {automatic: [adl, moodle-logstore, xueshi-tool, cmi5], otherwise: school_check}
evidence: {网络研修: [完成]}
dedupe: highest
retake: none
rounding: {to: 0.5, mode: down}
attribution: end_date
unknown: []
`

/** Migrates, imports and registers by commands alone, as an operator would. */
export async function layOutDistrict(
  house: House,
  folder: string,
  size: { teachers: number; offerings: number; preset?: string },
): Promise<SmallDistrict> {
  const teachers = Array.from(
    { length: size.teachers },
    (_, index) => `T${String(index + 1).padStart(5, '0')}`,
  )
  const offerings = Array.from(
    { length: size.offerings },
    (_, index) => `KC-${String(index + 1).padStart(4, '0')}`,
  )
  const activityOf = (offering: string) => `${homePage}/course/${offering}`
  const nameOf = (teacher: string) => `u-${teacher}`
  const file = async (name: string, text: string) => {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }

  await house.must('migrate')
  await house.must(
    'roster',
    'import',
    await file('schools.csv', '单位编号,学校名称,类型\nS1,测试小学,小学\n'),
    await file(
      'teachers.csv',
      `教师编号,姓名,状态\n${teachers.map((teacher, index) => `${teacher},测试${chineseOf(index)},在岗`).join('\n')}\n`,
    ),
    await file(
      'employment.csv',
      `教师编号,单位编号,岗位,起,止\n${teachers.map((teacher) => `${teacher},S1,教师,2020-09-01,`).join('\n')}\n`,
    ),
  )
  const catalogue = `schema: xueshi-catalogue/1
projects:
  - project_no: XM-1
    title: 测试项目
    organisers: [测试区教师发展中心]
    recognition_level: district
    approved_on: 2026-01-01
    offerings:
${offerings
  .map(
    (offering) => `      - code: ${offering}
        title: 测试课程 ${offering}
        category: 师德与素养
        form: 网络研修
        audience: all
        hours: "2"
        award_basis: fixed_on_pass
        approval_mode: auto
        activities:
          - {source: lms, id: "${activityOf(offering)}"}
        classes:
          - {code: "${offering}-1", from: 2026-01-01, to: 2030-12-31}
`,
  )
  .join('')}`
  await house.must('catalogue', 'import', await file('catalogue.yaml', catalogue))
  await house.must('policy', 'add', await file('policy.yaml', plainPolicy))
  await house.must('policy', 'activate', 'test.plain', '--from', '2020-01-01')
  const source = await house.must(
    'source',
    'add',
    '--name',
    'lms',
    '--preset',
    size.preset ?? 'adl',
    '--actor-home-page',
    homePage,
  )
  const links = `teacher_no,home_page,name\n${teachers.map((teacher) => `${teacher},${homePage},${nameOf(teacher)}`).join('\n')}\n`
  await house.must('identity', 'link', '--file', await file('links.csv', links))
  const { endpoint, key, secret } = source as { endpoint: string; key: string; secret: string }
  return { teachers, offerings, activityOf, nameOf, homePage, endpoint, key, secret }
}

const digits = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸']

function chineseOf(index: number): string {
  return String(index)
    .split('')
    .map((digit) => digits[Number(digit)])
    .join('')
}
