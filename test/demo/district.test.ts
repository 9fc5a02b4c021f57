import { parse } from 'csv-parse/sync'
import t from 'tap'
import { parse as parseYaml } from 'yaml'
import { districtFiles } from '../../demo/district/files.ts'
import { districtSources } from '../../demo/district/sources.ts'
import { districtHistory } from '../../demo/history.ts'
import { demoCourseFolders, seedDistrict } from '../../demo/seed.ts'

const ISSUER = 'http://127.0.0.1:3001'
const BASE = 'https://xueshi.example/xapi/'
const files = new Map(districtFiles(ISSUER).map(({ name, bytes }) => [name, bytes]))
const rows = (name: string) => parse(files.get(name) ?? '', { columns: true }) as Record<string, string>[]

interface Offering {
  code: string
  category: string
  form: string
  award_basis: string
  approval_mode: string
  hours: string
  activities: { source: string }[]
  classes: { code: string; from: string; to: string; sessions?: { starts: string }[] }[]
}
const catalogue = parseYaml(files.get('catalogue.yaml')?.toString() ?? '') as {
  projects: { recognition_level: string; approved_on?: string; offerings: Offering[] }[]
}
const offerings = catalogue.projects.flatMap((project) => project.offerings)

t.test('the same seed gives the same bytes, another seed other people', async (t) => {
  const again = districtFiles(ISSUER)
  const other = districtFiles(ISSUER, 'another')

  t.ok(again.every(({ name, bytes }) => files.get(name)?.equals(bytes)))
  t.notOk(
    other.find(({ name }) => name === 'teachers.csv')?.bytes.equals(files.get('teachers.csv') as Buffer),
  )
})

t.test(
  'there are 24 organisations of every kind, one with a dated status and one that was merged',
  async (t) => {
    const schools = rows('schools.csv')
    const merged = schools.filter((school) => school.上级单位 !== '')

    t.equal(schools.length, 24)
    t.strictSame(
      new Set(schools.map((school) => school.类型)),
      new Set(['小学', '初中', '高中', '中职', '幼儿园', '特教', '九年一贯', '局属单位', '教师发展机构']),
    )
    t.match(
      schools.filter((school) => school.状态标志 === '市教师专业发展校'),
      [{ 标志起: '2024-09-01', 标志止: '2027-08-31' }],
    )
    t.match(merged, [{ 单位编号: 'SL07', 状态标志: /已并入/ }])
    t.ok(
      schools.every((school) => /^(\d{2}99\d{6})?$/.test(school.学校标识码 ?? '')),
      'no code has a real province',
    )
  },
)

t.test('there are 1,200 teachers, each with a number of nobody that passes the check', async (t) => {
  const teachers = rows('teachers.csv')
  const numbers = teachers
    .filter((teacher) => teacher.证件类型 === '居民身份证')
    .map((teacher) => teacher.证件号码 ?? '')

  t.equal(teachers.length, 1_200)
  t.equal(new Set(teachers.map((teacher) => teacher.教师编号)).size, 1_200)
  t.equal(new Set(numbers).size, numbers.length)
  t.strictSame(
    numbers.filter(
      (number) => !/^99010[123]\d{11}[\dX]$/.test(number) || !passesCheck(number) || !hasBirthday(number),
    ),
    [],
  )
  t.ok(
    passesCheck('990101198001010014') && !passesCheck('990101198001010015'),
    'the check itself tells them apart',
  )
})

t.test('names hold every difficulty', async (t) => {
  const names = rows('teachers.csv').map((teacher) => teacher.姓名 ?? '')
  const posts = rows('employment.csv')
  const homeOf = new Map(posts.map((post) => [post.教师编号, post.单位编号]))
  const namesakes = rows('teachers.csv')
    .filter((teacher) => teacher.姓名 === '王芳')
    .map((teacher) => homeOf.get(teacher.教师编号))

  t.ok(names.filter((name) => name.includes('·')).length >= 10)
  t.ok(names.filter((name) => name.includes('䶮')).length >= 3)
  t.ok(names.some((name) => [...name].length >= 50))
  t.ok(names.some((name) => /[\u{20000}-\u{2ffff}]/u.test(name)))
  t.strictSame(namesakes.slice(0, 2), ['SL02', 'SL02'])
})

t.test('everybody is employed at a school that exists, never at the merged one after its end', async (t) => {
  const posts = rows('employment.csv')
  const known = new Set(rows('schools.csv').map((school) => school.单位编号))

  t.equal(new Set(posts.map((post) => post.教师编号)).size, 1_200)
  t.ok(posts.every((post) => known.has(post.单位编号)))
  t.ok(posts.every((post) => post.止 === '' || (post.起 ?? '') < (post.止 ?? '')))
  t.strictSame(
    new Set(posts.filter((post) => post.单位编号 === 'SL07').map((post) => post.止)),
    new Set(['2025-08-31']),
  )
})

t.test(
  'the catalogue has every category, form and level of the policy, and one project without approval',
  async (t) => {
    t.strictSame(
      new Set(offerings.map((each) => each.category)),
      new Set(['师德与素养', '知识与技能', '实践体验']),
    )
    t.strictSame(
      new Set(offerings.map((each) => each.form)),
      new Set(['集中培训', '网络研修', '校本研修', '听课观摩', '公开课']),
    )
    t.strictSame(
      new Set(catalogue.projects.map((each) => each.recognition_level)),
      new Set(['school', 'cluster', 'district', 'city', 'province', 'national']),
    )
    t.equal(catalogue.projects.filter((each) => !each.approved_on).length, 1)
    t.equal(new Set(offerings.map((each) => each.code)).size, offerings.length)
    const classCodes = offerings.flatMap((each) => each.classes.map(({ code }) => code))
    t.equal(
      new Set(classCodes).size,
      classCodes.length,
      'a session is named by its class code, so no two are alike',
    )
  },
)

t.test('each offering has a class on every day from 2026 to 2030', async (t) => {
  const days = ['2026-01-01', '2026-11-21', '2028-02-29', '2030-12-31']

  const missing = offerings.filter(
    ({ classes }) => !days.every((day) => classes.some(({ from, to }) => from <= day && day <= to)),
  )

  t.strictSame(missing, [])
})

t.test(
  'identity links name teachers of the roster, each account once, in the sources and the demo platform',
  async (t) => {
    const links = rows('identity-links.csv')
    const known = new Set(rows('teachers.csv').map((teacher) => teacher.教师编号))

    t.ok(links.every((link) => known.has(link.teacher_no)))
    t.equal(new Set(links.map((link) => `${link.home_page} ${link.name}`)).size, links.length)
    t.strictSame(
      new Set(links.map((link) => link.home_page)),
      new Set([ISSUER, ...districtSources.filter(({ pushes }) => pushes).map(({ homePage }) => homePage)]),
    )
  },
)

t.test('the past is the same for the same day, and nothing in it is of the future', async (t) => {
  const today = new Date('2026-11-21T12:00:00Z')
  const told = districtHistory(today, BASE)
  const statements = told.flatMap((each) => each.statements) as { id?: string; timestamp: string }[]

  t.equal(JSON.stringify(told), JSON.stringify(districtHistory(today, BASE)))
  t.ok(statements.length > 1_000 && statements.length < 2_500, String(statements.length))
  t.ok(statements.every(({ timestamp }) => Date.parse(timestamp) < today.getTime()))
  const ids = statements.flatMap(({ id }) => (id ? [id] : []))
  t.equal(new Set(ids).size, ids.length)
  t.strictSame(
    told.map(({ source }) => source.name),
    ['示例区 Moodle', '签到平台', '省级平台', '国家智慧教育平台', '听课管理系统'],
  )
  t.strictSame(districtHistory(new Date('2025-12-31T00:00:00Z'), BASE), [])
})

t.test('seeding goes through every door, in an order in which nothing needs to wait', async (t) => {
  const calls: string[] = []
  const call = (name: string) => async (first: unknown) => {
    calls.push(typeof first === 'string' && first.length < 60 ? `${name} ${first}` : name)
  }
  await seedDistrict(
    {
      activatePolicy: call('policy'),
      importRoster: call('roster'),
      addSource: call('source'),
      importCatalogue: call('catalogue'),
      importCourse: call('course'),
      addPlatform: call('platform'),
      linkIdentities: call('links'),
      takeStatements: call('statements'),
    },
    { platformUrl: ISSUER, iriBase: BASE, today: new Date('2026-11-21T12:00:00Z') },
  )

  t.strictSame(
    [...new Set(calls.map((name) => name.replace(/ \/.*/, '')))],
    [
      'policy example.district.2026',
      'roster',
      'source',
      'catalogue',
      'course',
      'platform',
      'links',
      'statements',
    ],
  )
  t.equal(demoCourseFolders().length, 3)
})

// Written out anew: the generator and its check must not share a mistake.
function passesCheck(number: string): boolean {
  const sum = [...number.slice(0, 17)].reduce(
    (total, digit, index) => total + Number(digit) * (2 ** (17 - index) % 11),
    0,
  )
  return number[17] === '10X98765432'[sum % 11]
}

function hasBirthday(number: string): boolean {
  const [, year, month, day] = /^.{6}(\d{4})(\d{2})(\d{2})/.exec(number) ?? []
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day)
}
