import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { sha256 } from '../../foundation/ids.ts'
import { instantOf } from '../../foundation/time.ts'
import { valueOn } from '../../ledger/roster/dated.ts'
import { teacherFactsOf } from '../../ledger/roster/facts.ts'
import { link } from '../../ledger/roster/identity.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { maskedIdentityNumber, schoolByOrgNo, teacherByNo, teachersOf } from '../../ledger/roster/people.ts'
import { rosterTemplates } from '../../ledger/roster/roster-check.ts'
import { undoRosterImport } from '../../ledger/roster/undo-import.ts'
import { freshGround } from '../support/ground.ts'
import { anIdentityNumber, aRoster, employmentCsv, schoolsCsv } from '../support/roster.ts'

const actor = 'os:tester'
const today = '2026-11-21'

const now = () => instantOf('2026-11-21T09:00:00+08:00')
const ground: Ground = { ...(await freshGround(t)), now }

function at(iso: string): Ground {
  return { ...ground, now: () => instantOf(iso) }
}

async function teacher(teacherNo: string) {
  const found = await teacherByNo(ground.db, teacherNo, today)
  if (!found) throw new Error(`no teacher ${teacherNo}`)
  return found
}

async function factsOf(teacherNo: string, iso?: string) {
  const { teacherId } = await teacher(teacherNo)
  const asOf = iso ? instantOf(iso) : undefined
  const facts = (await teacherFactsOf(ground.db, [teacherId], asOf)).get(teacherId)
  if (!facts) throw new Error(`no facts of ${teacherNo}`)
  return facts
}

for (const encoding of ['utf-8', 'utf-8-bom', 'gb18030'] as const) {
  t.test(`a roster in ${encoding} comes in whole, whatever the order of its files`, async (t) => {
    const r = aRoster()

    const result = await importRoster(ground, r.files(encoding), { actor })

    t.match(result, { schools: 2, teachers: 3, employments: 4, unchanged: 0, failed: 0, failures: [] })
    t.match(await teacher(r.no('T0003')), { name: '王䶮', formerNames: ['王龑', '王龙'], status: '在岗' })
    t.match(await teacher(r.no('T0002')), {
      name: '阿依古丽·艾尼',
      enteredOn: '2012-09-01',
      school: { orgNo: r.no('S01'), schoolName: '示例区第一小学' },
    })
  })
}

t.test('the same files again change nothing', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })

  const again = await importRoster(ground, r.files('gb18030').reverse(), { actor })

  t.match(again, { importId: null, schools: 0, teachers: 0, employments: 0, unchanged: 9, failed: 0 })
})

t.test('a dry run says the same and writes nothing', async (t) => {
  const r = aRoster()

  const trial = await importRoster(ground, r.files(), { actor, dryRun: true })

  t.match(trial, { dryRun: true, importId: null, schools: 2, teachers: 3, employments: 4, failed: 0 })
  t.equal((await teachersOf(ground.db, { query: r.no('T'), today })).total, 0)
})

t.test(
  'headers are known with stars, blanks, brackets, English names, synonyms and below a title',
  async (t) => {
    const r = aRoster()
    const files = [
      r.csv('a.csv', [
        '示例区学校名册',
        '',
        '* 学校名称 ( name ),单 位 编 号*,kind',
        '示例区第一小学,S01,小学',
      ]),
      r.csv('b.csv', ['状态,身份证号,姓名,teacher_no', `在职,${r.id(7)},赵敏,T0007`]),
      r.csv('c.csv', ['to,from,org_no,teacher_no', '至今,2020/9/1,S01,T0007']),
    ]

    const result = await importRoster(ground, files, { actor })

    t.match(result, { schools: 1, teachers: 1, employments: 1, failed: 0, remarks: [] })
    t.match(await teacher(r.no('T0007')), { status: '在岗', idLast4: r.id(7).slice(-4) })
  },
)

t.test('an identity number is kept sealed, compared by keyed hash and shown masked', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const number = r.id(1)

  const { teacherId, idLast4 } = await teacher(r.no('T0001'))
  const [row] = await ground.db('teacher').where({ teacher_no: r.no('T0001') })
  const kept = await ground.db('roster_import_file')

  t.equal(idLast4, number.slice(-4))
  t.equal(
    await maskedIdentityNumber(ground.db, ground.config, teacherId),
    `990101********${number.slice(-4)}`,
  )
  for (const value of [...Object.values(row), ...kept.map((file) => file.sealed)]) {
    t.notOk(Buffer.isBuffer(value) ? value.includes(number) : String(value).includes(number))
  }
  const otherKey = { ...ground.config, identityKey: 'another-identity-key-0123456789-abcdefgh' }
  await t.rejects(maskedIdentityNumber(ground.db, otherKey, teacherId))
})

t.test('bad rows come back as a file with row, column and reason, and good ones are taken', async (t) => {
  const r = aRoster()
  const bad = [
    '教师编号,姓名,曾用名,证件类型,证件号码,入职日期,首次注册日期,职称,骨干层级,学段,学科,状态',
    `T0001,张伟,,居民身份证,${r.id(1)},,,,,,,在岗`,
    'T0002,李娜,,居民身份证,990101198001010015,,,,,,,在岗',
    'T0003,王芳,,居民身份证,990101198506150000,,,,,,,在岗',
    'T0004,刘洋,,居民身份证,9.90101E+17,,,,,,,在岗',
    'T0005,,,居民身份证,,2020-02-30,,,,,,在编',
    `T0006,示例区第一小学,,居民身份证,${r.id(6)},,,,,,,在岗`,
    'T0007,陈静,,居民身份证,990101********0014,,,,,,,在岗',
    'T0008,杨帆,,驾照,12345678,,,,,,,在岗',
    'T0009,黄磊,,护照,E12345678,,,,,,,在岗,多余',
  ]

  const result = await importRoster(ground, [r.csv('teachers.csv', bad)], { actor })

  t.match(result, { teachers: 1, failed: 8 })
  t.strictSame(
    result.failures.map(({ line, column }) => `${line} ${column}`),
    [
      '3 证件号码',
      '4 证件号码',
      '5 证件号码',
      '6 姓名',
      '6 入职日期',
      '6 状态',
      '7 姓名',
      '8 证件号码',
      '9 证件类型',
      '10 ',
    ],
  )
  t.equal(
    new Set(result.failures.slice(0, 3).map(({ reason }) => reason)).size,
    3,
    'each damage has its own reason',
  )
  const [failedFile] = result.failedFiles
  const text = failedFile?.bytes.toString('utf8') ?? ''
  t.match(text, /^\uFEFF教师编号,.*,行号,列,原因\r\n/)
  t.match(text, /T0003,王芳,,居民身份证,990101198506150000,.*,4,证件号码,末三位被电子表格改成 000/)
  t.notMatch(JSON.stringify(result.failures), /\d{15}/)
})

t.test('the file of failed rows, mended, is imported as it is', async (t) => {
  const r = aRoster()
  const first = await importRoster(
    ground,
    [r.csv('teachers.csv', ['教师编号,姓名,证件号码', 'T0002,李娜,990101198001010015'])],
    { actor },
  )
  const mended =
    first.failedFiles[0]?.bytes.toString('utf8').replace('990101198001010015', '990101198001010014') ?? ''

  const second = await importRoster(ground, [{ name: 'mended.csv', bytes: Buffer.from(mended) }], { actor })

  t.match(second, { teachers: 1, failed: 0, remarks: [] })
})

t.test(
  'numbers dragged down a column are refused with that reason, even where a check character fits',
  async (t) => {
    const r = aRoster()
    const start = BigInt(r.id(11))
    const rows = [0n, 1n, 2n, 3n].map((step) => `T10${step},周杰,${start + step}`)

    const result = await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名,证件号码', ...rows])], {
      actor,
    })

    t.match(result, { teachers: 1, failed: 3 })
    for (const { reason } of result.failures) t.match(reason, /下拉填充/)
  },
)

t.test('two rows for one teacher that differ are both refused; equal ones count once', async (t) => {
  const r = aRoster()
  const lines = ['教师编号,姓名,学科', 'T1,张伟,语文', 'T1,张伟,数学', 'T2,李娜,英语', 'T2,李娜,英语']

  const result = await importRoster(ground, [r.csv('t.csv', lines)], { actor })

  t.match(result, { teachers: 1, unchanged: 1, failed: 2 })
})

t.test('one identity document cannot belong to two teachers, in one file or over time', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const lines = ['教师编号,姓名,证件号码', `T8,孙丽,${r.id(1)}`, `T9,马超,${r.id(9)}`, `T10,朱红,${r.id(9)}`]

  const result = await importRoster(ground, [r.csv('t.csv', lines)], { actor })

  t.match(result, { teachers: 0, failed: 3 })
  t.match(result.failures[0]?.reason, /T0001/)
})

t.test('two teachers may exchange wrongly entered numbers in one import', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const lines = ['教师编号,姓名,证件号码', `T0001,张伟,${r.id(2)}`, `T0002,阿依古丽·艾尼,${r.id(1)}`]

  const result = await importRoster(ground, [r.csv('t.csv', lines)], { actor })

  t.match(result, { teachers: 2, failed: 0 })
  t.equal((await teacher(r.no('T0001'))).idLast4, r.id(2).slice(-4))
})

t.test('employments of people or schools that nobody knows are refused', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const lines = ['教师编号,单位编号,起,止', 'T9999,S01,,', 'T0001,S99,,', 'T0001,S01,2025-01-01,2024-01-01']

  const result = await importRoster(ground, [r.csv('e.csv', lines)], { actor })

  t.match(result, { employments: 0, failed: 3 })
  t.strictSame(
    result.failures.map(({ column }) => column),
    ['教师编号', '单位编号', '止'],
  )
})

t.test('schools with a wrong code, kind or name that is a person are refused', async (t) => {
  const r = aRoster()
  const lines = [
    '单位编号,学校标识码,学校名称,类型,农村',
    'S1,219900001,示例区东小学,小学,否',
    'S2,,示例区西小学,大学,否',
    'S3,,张建国,小学,否',
    'S4,,示例区南小学,,否',
    'S5,3499000005,示例区北小学,小学,也许',
    'S6,3499000006,示例区中心小学,小学,是',
  ]

  const result = await importRoster(ground, [r.csv('s.csv', lines)], { actor })

  t.match(result, { schools: 1, failed: 5 })
  t.strictSame(
    result.failures.map(({ line, column }) => `${line} ${column}`),
    ['2 学校标识码', '3 类型', '4 学校名称', '5 类型', '6 农村'],
  )
  t.match(result.remarks, [{ line: 7, column: '学校标识码' }])
})

for (const [what, bytes, reason] of [
  ['an Excel workbook', Buffer.from([0x50, 0x4b, 0x03, 0x04, 0x14]), /XLSX/],
  ['an empty file', Buffer.alloc(0), /表头/],
  ['bytes of no encoding', Buffer.from([0x81, 0x20, 0xff, 0xff]), /编码/],
  ['a file with other headers', Buffer.from('甲,乙\n1,2\n'), /表头/],
  ['an open quote', Buffer.from('教师编号,姓名\nT1,"张伟\n'), /引号/],
  ['a header said twice', Buffer.from('教师编号,工号,姓名\nT1,T1,张伟\n'), /两列/],
] as const) {
  t.test(`${what} is refused as a whole`, async (t) => {
    await t.rejects(importRoster(ground, [{ name: 'x.csv', bytes }], { actor }), {
      code: 'roster-unreadable',
      message: reason,
    })
  })
}

t.test('one unreadable file does not keep the others out', async (t) => {
  const r = aRoster()

  const result = await importRoster(ground, [...r.files(), r.csv('x.csv', ['甲,乙'])], { actor })

  t.match(result, { teachers: 3, failures: [{ file: 'x.csv', line: 0 }] })
})

t.test('a number of the staff under 姓名 is refused, a namesake told apart by a digit is not', async (t) => {
  const r = aRoster()
  const rows = ['周杰,T3', 'T1,周杰2', 'T2,P. Q. Smith']

  const result = await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名', ...rows])], { actor })

  t.match(result, { teachers: 2, failed: 1 })
  t.match(result.failures, [{ line: 2, column: '姓名', reason: '不是人名，列是否对调？' }])
})

t.test('a name with a lost character is taken and pointed out', async (t) => {
  const r = aRoster()

  const result = await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名', 'T1,王□'])], { actor })

  t.match(result, { teachers: 1, remarks: [{ line: 2, column: '姓名' }] })
  t.equal((await teacher(r.no('T1'))).name, '王□')
})

t.test('a name with a character made up on one computer is taken and pointed out', async (t) => {
  const r = aRoster()

  const result = await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名', 'T1,王\uE863'])], { actor })

  t.match(result, { teachers: 1, remarks: [{ column: '姓名', reason: /自造字/ }] })
})

t.test('names of fifty characters and more keep every character', async (t) => {
  const r = aRoster()
  const name = `${'阿卜杜热合曼·'.repeat(8)}𠮷䶮`

  await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名', `T1,${name}`], 'gb18030')], { actor })

  t.equal((await teacher(r.no('T1'))).name, name)
})

t.test('a changed attribute holds from the day of the import; as recorded before, it did not', async (t) => {
  const r = aRoster()
  await importRoster(at('2026-03-01T09:00:00+08:00'), r.files(), { actor })
  const later = at('2026-09-10T09:00:00+08:00')

  await importRoster(
    later,
    [r.csv('t.csv', ['教师编号,姓名,骨干层级,状态', 'T0002,阿依古丽·艾尼,市骨干,借出'])],
    { actor },
  )

  const facts = await factsOf(r.no('T0002'))
  t.strictSame(facts.tier, [
    { value: '区骨干', from: null, to: '2026-09-09' },
    { value: '市骨干', from: '2026-09-10', to: null },
  ])
  t.equal(valueOn(facts.status, '2026-09-09'), '在岗')
  t.equal(valueOn(facts.status, '2026-09-10'), '借出')
  t.equal(facts.title[0]?.value, '二级教师', 'a column the file lacks stays')
  const before = await factsOf(r.no('T0002'), '2026-09-01T00:00:00+08:00')
  t.strictSame(before.tier, [{ value: '区骨干', from: null, to: null }])
})

t.test('a corrected day of entry replaces the old one for all days', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })

  await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名,入职日期', 'T0001,张伟,2011-09-01'])], { actor })

  t.equal((await factsOf(r.no('T0001'))).enteredOn, '2011-09-01')
})

t.test('employments carry the school, its kind and its status by date', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })

  const { employments } = await factsOf(r.no('T0002'))

  t.match(employments, [
    { school: { orgNo: r.no('S02'), kind: [{ value: '初中' }] }, from: '2012-09-01', to: '2024-08-31' },
    {
      school: {
        orgNo: r.no('S01'),
        status: [{ value: '市教师专业发展校', from: '2023-01-01', to: '2027-12-31' }],
      },
      from: '2024-09-01',
      to: null,
    },
  ])
  t.match((await factsOf(r.no('T0003'))).employments, [{ from: null, to: null }])
})

t.test(
  'an employment that is imported with another first day is corrected, one that ends is ended',
  async (t) => {
    const r = aRoster()
    await importRoster(ground, r.files(), { actor })
    const lines = [
      '教师编号,单位编号,岗位,起,止',
      'T0001,S01,教师,2009-09-01,2026-08-31',
      'T0002,S01,教师,2024-09-01,2026-07-31',
    ]

    const result = await importRoster(ground, [r.csv('e.csv', lines)], { actor })

    t.equal(result.employments, 2)
    t.match((await factsOf(r.no('T0001'))).employments, [{ from: '2009-09-01', to: '2026-08-31' }])
    t.equal((await factsOf(r.no('T0001'))).employments.length, 1)
    t.equal((await teacher(r.no('T0002'))).school, null)
  },
)

t.test('a school status that is corrected or ended reads as the newest file says', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const row = (rest: string) =>
    r.csv('s.csv', ['单位编号,学校名称,状态标志,标志起,标志止', `S01,示例区第一小学,${rest}`])

  await importRoster(ground, [row('市教师专业发展校,2024-01-01,')], { actor })

  const [employment] = (await factsOf(r.no('T0001'))).employments
  t.strictSame(employment?.school.status, [{ value: '市教师专业发展校', from: '2024-01-01', to: null }])
})

t.test('an import is undone as a whole', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const before = await teacher(r.no('T0002'))
  const change = await importRoster(
    ground,
    [
      r.csv('t.csv', ['教师编号,姓名,学科,证件号码', `T0002,艾尼,物理,${r.id(22)}`, 'T0050,新人,,']),
      r.csv('e.csv', ['教师编号,单位编号,岗位,起', 'T0002,S02,兼课,2025-09-01', 'T0050,S01,教师,2026-09-01']),
    ],
    { actor },
  )

  const undone = await undoRosterImport(ground, change.importId ?? '', { actor })

  t.match(undone, { teachers: 2, employments: 2 })
  t.strictSame(await teacher(r.no('T0002')), before)
  t.equal(await teacherByNo(ground.db, r.no('T0050'), today), null)
  t.strictSame((await factsOf(r.no('T0002'))).subject, [{ value: '数学', from: null, to: null }])
  t.equal((await factsOf(r.no('T0002'))).employments.length, 2)
  await t.rejects(undoRosterImport(ground, change.importId ?? '', { actor }), {
    code: 'roster-import-undone',
  })
  const again = await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名', 'T0050,新人'])], { actor })
  t.equal(again.created.teachers, 1)
})

t.test('an import on which something depends is not undone', async (t) => {
  const r = aRoster()
  const first = await importRoster(ground, r.files(), { actor })
  const second = await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名', 'T0001,张维'])], { actor })

  await t.rejects(undoRosterImport(ground, first.importId ?? '', { actor }), { code: 'roster-import-in-use' })
  await undoRosterImport(ground, second.importId ?? '', { actor })
  const { teacherId } = await teacher(r.no('T0001'))
  const identifier = { kind: 'account' as const, homePage: 'https://moodle.example', name: '7' }
  await transact(ground.db, (trx) =>
    link(trx, { identifier, teacherId, madeBy: actor, reason: 'test', now: ground.now() }),
  )

  await t.rejects(undoRosterImport(ground, first.importId ?? '', { actor }), { message: /身份绑定/ })
})

t.test('who has an account is evaluated again when what policy reads changes, and else not', async (t) => {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const { teacherId } = await teacher(r.no('T0001'))
  await anAccount(teacherId)
  const asked = async () => (await ground.db('inbox').where({ account_id: idBytes(teacherId) })).length

  await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名', 'T0001,张维'])], { actor })
  t.equal(await asked(), 0, 'a name')
  await importRoster(ground, [r.csv('t.csv', ['教师编号,姓名,骨干层级', 'T0001,张维,市骨干'])], { actor })
  t.equal(await asked(), 1, 'a tier')
  await importRoster(ground, [r.csv('e.csv', ['教师编号,单位编号,起', 'T0001,S02,2026-09-01'])], { actor })
  t.equal(await asked(), 2, 'an employment')
  const lines = [
    '单位编号,学校名称,状态标志,标志起,标志止',
    'S01,示例区第一小学,市教师专业发展校,2025-01-01,',
  ]
  const last = await importRoster(ground, [r.csv('s.csv', lines)], { actor })
  t.equal(await asked(), 3, 'the status of a school')
  await undoRosterImport(ground, last.importId ?? '', { actor })
  t.equal(await asked(), 4, 'an undoing')
})

/** An account of the book, as the first posting makes it. */
async function anAccount(teacherId: string): Promise<void> {
  await ground.db('account').insert({
    account_id: idBytes(teacherId),
    teacher_id: idBytes(teacherId),
    version: 1,
    head_hash: sha256('head'),
    closed_through: 0,
    policy_version: 1,
    last_recorded_at: ground.now(),
  })
}

t.test('templates are empty files that the import understands', async (t) => {
  const result = await importRoster(ground, rosterTemplates(), { actor })

  t.match(result, { schools: 0, teachers: 0, employments: 0, failed: 0, failures: [], remarks: [] })
})

t.test('imports at the same time do not lose each other', async (t) => {
  const r = aRoster()
  const files = r.files()

  const results = await Promise.all([1, 2, 3].map(() => importRoster(ground, files, { actor })))

  t.equal(results.filter(({ importId }) => importId !== null).length, 1)
  t.equal((await teachersOf(ground.db, { query: r.no('T'), today })).total, 3)
})

t.test('teachers are found by number and by part of a name, page by page, and by school', async (t) => {
  const r = aRoster()
  const many = Array.from(
    { length: 23 },
    (_, n) => `T1${String(n).padStart(3, '0')},李明${n % 2 ? '华' : '_丽'}`,
  )
  await importRoster(ground, [...r.files(), r.csv('t.csv', ['教师编号,姓名', ...many])], { actor })
  const s01 = await schoolByOrgNo(ground.db, r.no('S01'))

  const page = await teachersOf(ground.db, { query: r.no('T1'), page: 3, pageSize: 10, today })
  const named = await teachersOf(ground.db, { query: '阿依古丽•艾尼', today })
  const literal = await teachersOf(ground.db, { query: '_丽', today })
  const ofSchool = await teachersOf(ground.db, { schoolId: s01?.schoolId, today })

  t.match(page, { total: 23, pages: 3, page: 3 })
  t.equal(page.items.length, 3)
  t.ok(named.items.some(({ teacherNo }) => teacherNo === r.no('T0002')))
  t.ok(named.items.every(({ name }) => name === '阿依古丽·艾尼'))
  t.equal(literal.total, 12)
  t.strictSame(
    ofSchool.items.map(({ teacherNo }) => teacherNo),
    ['T0001', 'T0002'].map(r.no),
  )
})

t.test('thousands of teachers come in within seconds', async (t) => {
  const r = aRoster()
  const count = 3000
  const people = Array.from(
    { length: count },
    (_, n) => `T${n},教师${n},${anIdentityNumber((n % 999) + 1, String(19600101 + Math.floor(n / 999)))}`,
  )
  const files = [
    r.csv('s.csv', schoolsCsv),
    r.csv('t.csv', ['教师编号,姓名,证件号码', ...people]),
    r.csv('e.csv', [employmentCsv[0] ?? '', ...people.map((_, n) => `T${n},S01,教师,2020-09-01,`)]),
  ]
  const started = Date.now()

  const result = await importRoster(ground, files, { actor })

  t.match(result, { teachers: count, employments: count, failed: 0 })
  t.ok(Date.now() - started < 20_000)
})
