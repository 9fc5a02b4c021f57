// @lane embedded: what it writes is tested in the rooms below on both engines.
import t from 'tap'
import { identifierKey, linksOf } from '../../ledger/roster/identity.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { parkedIdentities } from '../../lti-tool/launch/identity.ts'
import { askWhoFirst, identityRoutes } from '../../lti-tool/launch/identity-routes.tsx'
import { looksLikeIdentityNumber } from '../../lti-tool/launch/identity-shape.ts'
import { csrfToken } from '../../lti-tool/launch/session.ts'
import { type Claims, claim, FakePlatform, roles } from '../support/fake-platform.ts'
import { freshGround } from '../support/ground.ts'
import { type Entered, enter, probePages, toolApp } from '../support/launching.ts'
import { aCsv, anIdentityNumber } from '../support/roster.ts'

const ground = await freshGround(t)
const app = await toolApp(t, ground, [askWhoFirst, identityRoutes, probePages({ posted: 0 })])
const platform = await FakePlatform.start(t)
await platform.registerWithoutKeys(ground)
const roster = [
  aCsv('schools.csv', ['单位编号,学校名称,类型', 'S01,示例区第一小学,小学']),
  aCsv('teachers.csv', [
    '教师编号,姓名,曾用名,状态',
    'T0004,李晓燕,,在岗',
    'T0001,张伟,,在岗',
    'T0002,阿依古丽·艾尼,,在岗',
    'T0003,王䶮,王龑；王龙,在岗',
  ]),
]
t.equal((await importRoster(ground, roster, { actor: 'os:test' })).teachers, 4)

let people = 0
/** A learner whom nobody has seen yet. */
function aLearner(changes: Claims = {}): Promise<Entered> {
  people += 1
  return enter(app, ground, platform, { sub: `person-${people}`, ...changes })
}

function get(launch: Entered, path = '') {
  return app.inject({ url: `/app/${launch.launchId}/${path}`, headers: { cookie: launch.cookie } })
}

function submit(launch: Entered, fields: Record<string, string>, path = 'identity') {
  return app.inject({
    method: 'POST',
    url: `/app/${launch.launchId}/${path}`,
    payload: new URLSearchParams({ _csrf: csrfToken(ground.config, launch.launchId), ...fields }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: launch.cookie,
      'sec-fetch-site': 'same-origin',
    },
  })
}

async function teacherOf(launch: Entered): Promise<string | null> {
  return (await get(launch, 'who')).json().teacherNo
}

t.test('a learner who is not linked is asked who she is, with the name her platform shared', async (t) => {
  const launch = await aLearner({ name: '买买提·吐尔逊' })

  const front = await get(launch)
  t.equal(front.statusCode, 303)
  t.equal(front.headers.location, `/app/${launch.launchId}/identity`)
  const page = await get(launch, 'identity')
  t.equal(page.statusCode, 200)
  t.match(page.body, '身份绑定')
  t.match(page.body, '买买提·吐尔逊')
  t.match(page.body, '请勿填写身份证号')
})

t.test('number and name of the roster link her, and every later launch knows her', async (t) => {
  const launch = await aLearner({ sub: 'links-herself' })

  const response = await submit(launch, { teacher_no: 'T0001', name: '张伟' })

  t.equal(response.statusCode, 303)
  t.equal(response.headers.location, `/app/${launch.launchId}/`)
  t.equal(await teacherOf(launch), 'T0001')
  const key = identifierKey({ kind: 'account', homePage: platform.url, name: 'links-herself' })
  t.equal((await linksOf(ground.db, [key])).get(key.toString('hex'))?.teacherNo, 'T0001')
  const again = await aLearner({ sub: 'links-herself' })
  t.equal((await get(again)).statusCode, 200)
  t.match((await get(again, 'identity')).body, '您已绑定为教师编号 T0001')
  const events = await ground.db('audit_event').where({ action: 'identity-linked', subject_id: 'T0001' })
  t.equal(events.length, 1)
})

for (const [says, name] of [
  ['a look-alike dot in her name', '阿依古丽•艾尼'],
  ['blanks around it', ' 阿依古丽 · 艾尼 '],
] as const) {
  t.test(`a teacher is known with ${says}`, async (t) => {
    const other = await FakePlatform.start(t)
    await other.registerWithoutKeys(ground)
    const launch = await enter(app, ground, other)

    t.equal((await submit(launch, { teacher_no: ' T0002 ', name })).statusCode, 303)
    t.equal(await teacherOf(launch), 'T0002')
  })
}

t.test('a rare character and a former name are known', async (t) => {
  const launch = await aLearner()

  t.equal((await submit(launch, { teacher_no: 'T0003', name: '王龑' })).statusCode, 303)
  t.equal(await teacherOf(launch), 'T0003')
})

t.test(
  'an unknown number, a wrong name and a teacher of somebody else get one and the same answer, and wait',
  async (t) => {
    const launches = [await aLearner(), await aLearner(), await aLearner()]
    const tries = [
      { teacher_no: 'T9999', name: '张伟' },
      { teacher_no: 'T0001', name: '李娜' },
      { teacher_no: 'T0001', name: '张伟' }, // links-herself is this teacher on this platform
    ]

    const answers = []
    for (const [n, launch] of launches.entries()) answers.push(await submit(launch, tries[n] as never))

    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      [422, 422, 422],
    )
    const said = answers.map(({ body }) => /<div class="notice[^>]*>(.*?)<\/div>/s.exec(body)?.[1])
    t.equal(new Set(said).size, 1)
    t.match(said[0], '待绑定')
    t.strictSame(await Promise.all(launches.map(teacherOf)), [null, null, null])
    const parked = await parkedIdentities(ground.db)
    t.match(
      parked.slice(-3).map(({ iss, teacherNo, teacherName }) => ({ iss, teacherNo, teacherName })),
      tries.map(({ teacher_no, name }) => ({ iss: platform.url, teacherNo: teacher_no, teacherName: name })),
    )
    t.equal((await get(launches[0] as Entered)).statusCode, 200, 'she may study meanwhile')
    t.match((await get(launches[0] as Entered, 'identity')).body, '等待区级管理员核对')
  },
)

t.test('after five tries she waits an hour, even with the right answer', async (t) => {
  const launch = await aLearner()
  for (let n = 0; n < 5; n++) await submit(launch, { teacher_no: `T999${n}`, name: '张伟' })
  const later = await enter(app, ground, platform, { sub: `person-${people}` })

  const sixth = await submit(launch, { teacher_no: 'T0002', name: '阿依古丽·艾尼' })
  t.equal(sixth.statusCode, 429)
  t.ok(Number(sixth.headers['retry-after']) > 3000)
  t.equal(await teacherOf(launch), null)

  await ground.db('identity_request').where({ attempts: 5 }).decrement('window_began_at', 3_600_000_000)
  t.equal((await submit(later, { teacher_no: 'T9990', name: '张伟' })).statusCode, 422)
})

t.test('tries at once are counted one by one', async (t) => {
  const launch = await aLearner()

  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => submit(launch, { teacher_no: `T888${n}`, name: '张伟' })),
  )

  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [422, 422, 422, 422, 422, 429, 429, 429])
})

t.test(
  'of several people of one platform who say at once that they are the same teacher, one is',
  async (t) => {
    const launches = await Promise.all(Array.from({ length: 6 }, () => aLearner()))

    const answers = await Promise.all(
      launches.map((launch) => submit(launch, { teacher_no: 'T0004', name: '李晓燕' })),
    )

    t.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
    t.equal(answers.filter(({ statusCode }) => statusCode === 422).length, 5)
  },
)

t.test('an identity number is neither taken, kept nor given back', async (t) => {
  const launch = await aLearner()
  const number = anIdentityNumber(1)

  const response = await submit(launch, { teacher_no: number, name: '张伟' })

  t.equal(response.statusCode, 422)
  t.match(response.body, '不能填写身份证号')
  t.notOk(response.body.includes(number))
  t.equal((await ground.db('identity_request').where({ teacher_no: number })).length, 0)
})

for (const [text, expected] of [
  [anIdentityNumber(1), true],
  [`${anIdentityNumber(1).slice(0, 17)}${anIdentityNumber(1).endsWith('X') ? '1' : 'X'}`, true],
  [anIdentityNumber(1).replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))), true],
  ['990101850615001', true],
  ['T0001', false],
  ['2026000000000000001', false],
  ['320100201700012345', false],
] as const) {
  t.test(`${text} ${expected ? 'looks' : 'does not look'} like an identity number`, async (t) => {
    t.equal(looksLikeIdentityNumber(text), expected)
  })
}

t.test('who would rather say it later is not asked again', async (t) => {
  const launch = await aLearner()

  const later = await submit(launch, {}, 'identity/later')

  t.equal(later.statusCode, 303)
  t.equal((await get(launch)).statusCode, 200)
  const again = await enter(app, ground, platform, { sub: `person-${people}` })
  t.equal((await get(again)).statusCode, 200)
  t.notOk((await parkedIdentities(ground.db)).some(({ sub }) => sub === `person-${people}`))
})

t.test('course leaders, visitors and test users are not asked', async (t) => {
  const test = 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'
  const leader = await aLearner({ [claim.roles]: [roles.instructor] })
  const visitor = await aLearner({ [claim.roles]: [] })
  const tester = await aLearner({ [claim.roles]: [test, roles.student] })

  for (const launch of [leader, visitor, tester]) t.equal((await get(launch)).statusCode, 200)
  t.match((await get(tester, 'identity')).body, '测试账号')
  t.equal((await submit(tester, { teacher_no: 'T0002', name: '阿依古丽·艾尼' })).statusCode, 303)
  t.equal(await teacherOf(tester), null)
})

t.test('R42: a binding that no page of ours sent changes nothing', async (t) => {
  const launch = await aLearner()
  const response = await app.inject({
    method: 'POST',
    url: `/app/${launch.launchId}/identity`,
    payload: 'teacher_no=T0002&name=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: launch.cookie },
  })

  t.equal(response.statusCode, 403)
  t.equal((await get(launch)).statusCode, 303, 'she is still to be asked')
})
