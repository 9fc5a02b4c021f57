import { stringify } from 'csv-stringify/sync'
import { subjectOf } from '../platform/people.ts'
import { catalogueText } from './catalogue.ts'
import { featuredTeachers } from './featured.ts'
import { schools } from './schools.ts'
import { accountNameIn, type DistrictSource, sources } from './sources.ts'
import { makeTeachers, type Teacher } from './teachers.ts'

/** One file of 示例区 in the form in which a district hands it over. */
export interface DistrictFile {
  name: string
  bytes: Buffer
}

/** The seed of the 示例区 that everybody sees. */
export const DEMO_SEED = 'shili-2026'

/**
 * The files of 示例区: three of the roster, the catalogue, the identity links.
 *
 * The same seed and issuer give the same bytes. `issuer` is the address of the
 * demo platform, where a person is (iss, sub).
 */
export function districtFiles(issuer: string, seed = DEMO_SEED): DistrictFile[] {
  const teachers = makeTeachers(seed)
  return [
    file('schools.csv', schoolsCsv()),
    file('teachers.csv', teachersCsv(teachers)),
    file('employment.csv', employmentCsv(teachers)),
    file('catalogue.yaml', catalogueText()),
    file('identity-links.csv', identityLinksCsv(teachers, issuer)),
  ]
}

/** Whether the n-th teacher (from 0) is known to a source; who is not waits for a link. */
export function isLinkedIn(source: DistrictSource, index: number): boolean {
  if (source === sources.moodle) return index % 60 !== 59
  if (source === sources.nation) return index % 3 === 0
  if (source === sources.checkIn) return index % 4 === 0
  return index % 8 === 0
}

function schoolsCsv(): string {
  const header = [
    '单位编号',
    '学校标识码',
    '学校名称',
    '类型',
    '片区',
    '农村',
    '薄弱',
    '上级单位',
    '状态标志',
    '标志起',
    '标志止',
  ]
  return csv(
    header,
    schools.map((school) => [
      school.orgNo,
      school.moeSchoolCode,
      school.name,
      school.kind,
      school.cluster,
      school.rural ? '是' : '否',
      school.weak ? '是' : '否',
      school.parentOrgNo,
      school.status,
      school.statusFrom,
      school.statusTo,
    ]),
  )
}

function teachersCsv(teachers: Teacher[]): string {
  const header = [
    '教师编号',
    '姓名',
    '曾用名',
    '证件类型',
    '证件号码',
    '入职日期',
    '首次注册日期',
    '职称',
    '骨干层级',
    '学段',
    '学科',
    '状态',
  ]
  return csv(
    header,
    teachers.map((teacher) => [
      teacher.teacherNo,
      teacher.name,
      teacher.formerNames,
      teacher.idType,
      teacher.idNumber,
      teacher.enteredOn,
      teacher.registeredOn,
      teacher.title,
      teacher.tier,
      teacher.stage,
      teacher.subject,
      teacher.status,
    ]),
  )
}

function employmentCsv(teachers: Teacher[]): string {
  return csv(
    ['教师编号', '单位编号', '岗位', '起', '止'],
    teachers.flatMap(({ teacherNo, employments }) =>
      employments.map(({ orgNo, post, from, to }) => [teacherNo, orgNo, post, from, to]),
    ),
  )
}

function identityLinksCsv(teachers: Teacher[], issuer: string): string {
  const launched = featuredTeachers.map(({ teacherNo }) => [teacherNo, issuer, subjectOf(teacherNo)])
  const pushed = Object.values(sources).flatMap((source) =>
    teachers.flatMap(({ teacherNo }, index) =>
      source.pushes && isLinkedIn(source, index)
        ? [[teacherNo, source.homePage, accountNameIn(source, index)]]
        : [],
    ),
  )
  return csv(['teacher_no', 'home_page', 'name'], [...launched, ...pushed])
}

function csv(header: string[], rows: string[][]): string {
  return stringify([header, ...rows])
}

function file(name: string, text: string): DistrictFile {
  return { name, bytes: Buffer.from(text, 'utf8') }
}
