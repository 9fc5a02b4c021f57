import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { finishedSince, latestEnrolment } from '../../lti-tool/coursework/enrolment.ts'
import { importCourse } from '../../lti-tool/coursework/import.ts'
import { freshGround } from '../support/ground.ts'
import {
  anOffering,
  courseWorld,
  courseYaml,
  finishCourse,
  keepOffering,
  rightFields,
  statementsOf,
  writeCourse,
} from './coursework-world.ts'

const world = await courseWorld(t, await freshGround(t))
const verbsOf = (statements: { verb: { id: string } }[]) =>
  statements.map(({ verb }) => verb.id.split('/').at(-1))

t.test('the room shows what the course is worth and what is to be done', async (t) => {
  const visit = await world.enter()

  const { body } = await visit.get('')

  for (const text of [
    '师德与法治',
    '2026-XM-017',
    '区级',
    '师德与素养',
    '网络研修',
    '6 学时',
    '测评 ≥ 60 分',
    '首课',
  ])
    t.match(body, text)
  t.match(body, '请先完成「第一课」')
})

t.test('looking at pages changes nothing and says nothing', async (t) => {
  const visit = await world.enter()

  await visit.get('')
  await visit.get('units/u1')

  t.same(await statementsOf(world, visit), [])
  t.equal((await world.ground.db('coursework_enrolment').where({ sub: visit.sub })).length, 0)
})

t.test('a course that is studied ends with one completed statement and a receipt', async (t) => {
  const visit = await world.enter()

  await finishCourse(world, visit)

  const statements = await statementsOf(world, visit)
  const completed = statements.at(-1)
  t.same(verbsOf(statements).slice(-2), ['progressed', 'completed'])
  t.match(completed, {
    actor: { objectType: 'Agent', account: { homePage: visit.iss, name: visit.sub } },
    object: { id: `${world.ground.config.xapiIriBase}activities/offering/KC-2026-001` },
    result: { completion: true, success: true, score: { scaled: 1, raw: 10, min: 0, max: 10 } },
    context: { platform: 'Xueshi', language: 'zh-CN' },
  })
  t.match(completed.result.duration, /^PT\d/)
  t.equal(completed.context.contextActivities.category[0].id, `${world.ground.config.xapiIriBase}profile/v1`)
  t.equal(new Set(statements.map(({ context }) => context.registration)).size, 1)
  const receipt = await visit.get('receipt')
  t.match(receipt.body, '完成回执')
  t.match(receipt.body, '待送达')
  t.match(receipt.body, '尚未计入台账')
  t.match(receipt.body, completed.id)
})

t.test('every statement belongs to its act: same instant, unit or assessment, and the class', async (t) => {
  const visit = await world.enter()

  await visit.report({ unit: 'u1', kind: 'open' }, { unit: 'u1', kind: 'read', ms: 1 })
  const statements = await statementsOf(world, visit)

  t.same(verbsOf(statements), ['initialized', 'progressed'])
  const base = world.ground.config.xapiIriBase
  t.match(statements[0], {
    object: {
      id: `${base}activities/unit/KC-2026-001/u1`,
      definition: { type: 'http://adlnet.gov/expapi/activities/lesson', name: { 'zh-CN': '第一课' } },
    },
    context: {
      contextActivities: {
        parent: [{ id: `${base}activities/offering/KC-2026-001` }],
        grouping: [{ id: `${base}activities/project/2026-XM-017` }],
      },
      extensions: {
        [`${base}extensions/training-class-code`]: '2026-1',
        [`${base}extensions/role`]: 'participant',
        [`${base}extensions/lti`]: { deployment: '1', context: 'course-2', resource_link: 'link-3' },
      },
    },
  })
  t.match(statements[1].result, { extensions: { [`${base}extensions/progress`]: 100 } })
})

t.test('a report that comes again is answered as taken and counts once', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'read' })
  const act = { id: newId(), unit: 'u3', kind: 'answer', fields: { ...rightFields, 'q-q1': 'a' } }

  const first = await visit.report(act)
  const again = await visit.report(act)

  t.match(first.json(), { results: [{ ok: true }], units: { u3: { attempts: 1, done: true } } })
  t.match(again.json(), { results: [{ ok: true }], units: { u3: { attempts: 1 } } })
  t.equal(verbsOf(await statementsOf(world, visit)).filter((verb) => verb === 'passed').length, 1)
})

t.test('the same acts from two tabs at once are taken once', async (t) => {
  const visit = await world.enter()
  const act = { id: newId(), unit: 'u1', kind: 'read' }

  const answers = await Promise.all([
    visit.report(act),
    visit.report(act),
    visit.report({ unit: 'u1', kind: 'read' }),
  ])

  t.same(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200],
  )
  t.same(verbsOf(await statementsOf(world, visit)), ['initialized', 'progressed'])
})

t.test('answers never leave the server', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'read' })
  await visit.report({
    unit: 'u3',
    kind: 'answer',
    fields: { ...rightFields, 'q-q5': '不知道', 'q-q3': 'false' },
  })

  const { body } = await visit.get('units/u3')

  t.match(body, '第 1 次作答：6 / 10 分，通过')
  t.notMatch(body, '《教师法》')
  t.notMatch(body, /answer&quot;|"answer"|checked/)
})

t.test('attempts are counted, and none is taken beyond the last', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'read' })
  const wrong = {
    unit: 'u3',
    kind: 'answer',
    fields: { ...rightFields, 'q-q1': 'a', 'q-q2': 'b', 'q-q3': 'false' },
  }

  const answers = [
    await visit.report(wrong),
    await visit.report(wrong),
    await visit.report(wrong),
    await visit.report(wrong),
  ]

  t.same(
    answers.map((answer) => answer.json().results[0].code),
    [undefined, undefined, undefined, 'attempts-used'],
  )
  t.equal(verbsOf(await statementsOf(world, visit)).filter((verb) => verb === 'failed').length, 3)
  t.match((await visit.get('units/u3')).body, '作答次数已用完')
})

for (const [what, act, code] of [
  ['a unit behind the first lesson', { unit: 'u3', kind: 'answer', fields: rightFields }, 'unit-locked'],
  ['a unit that is not there', { unit: 'u9', kind: 'read' }, 'unit-unknown'],
  ['watching a text', { unit: 'u1', kind: 'watch', ranges: [[0, 1000]] }, 'act-unsuited'],
] as const) {
  t.test(`an act on ${what} is refused as ${code}, and nothing is kept of it`, async (t) => {
    const visit = await world.enter()

    const answer = await visit.report(act)

    t.match(answer.json().results, [{ ok: false, code }])
    t.same(await statementsOf(world, visit), [])
  })
}

for (const [what, act, code] of [
  ['an incomplete test', { unit: 'u3', kind: 'answer', fields: { 'q-q1': 'b' } }, 'answer-incomplete'],
  [
    'a short reflection',
    { unit: 'u4', kind: 'answer', fields: { text: '很 好 很 好 很 好 很 好' } },
    'reflection-short',
  ],
  [
    'an evaluation without marks',
    { unit: 'u5', kind: 'answer', fields: { content: '9' } },
    'answer-incomplete',
  ],
] as const) {
  t.test(`${what} is refused as ${code}`, async (t) => {
    const visit = await world.enter()
    await visit.report({ unit: 'u1', kind: 'read' })

    t.match((await visit.report(act)).json().results, [{ ok: false, code }])
  })
}

t.test('a report of another shape is refused whole', async (t) => {
  const visit = await world.enter()

  for (const body of [
    { events: [] },
    { events: [{ id: newId(), unit: 'u1', kind: 'finish' }] },
    { events: [{ id: 'x', unit: 'u1', kind: 'read' }] },
    { events: [{ id: newId(), unit: 'u1', kind: 'read', milli_hours: 6000 }] },
  ])
    t.equal((await visit.post('events', body)).statusCode, 400)
})

t.test('a video counts only what the clock allows, from the beginning, however it is reported', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'read' }, { unit: 'u2', kind: 'open' })

  const atOnce = await visit.report({ unit: 'u2', kind: 'watch', ranges: [[0, 20_000]] })
  world.pass(4000)
  const skipped = await visit.report({ unit: 'u2', kind: 'watch', ranges: [[15_000, 19_000]] })
  const honest = await visit.report({ unit: 'u2', kind: 'watch', ranges: [[3000, 9000]] })

  t.same(atOnce.json().units.u2.watched, [[0, 3000]])
  t.same(skipped.json().units.u2.watched, [[0, 3000]])
  t.same(honest.json().units.u2, { done: false, progress: 25, watched: [[0, 9000]], attempts: 0 })
})

t.test('what was played while the network was away counts when it comes back', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'read' }, { unit: 'u2', kind: 'open' })
  world.pass(20_000)

  const answer = await visit.report(
    { unit: 'u2', kind: 'watch', ranges: [[0, 7000]], ms: 7000 },
    { unit: 'u2', kind: 'watch', ranges: [[7000, 14_000]], ms: 7000 },
    { unit: 'u2', kind: 'watch', ranges: [[14_000, 20_000]], ms: 6000 },
  )

  t.match(answer.json().units.u2, { done: true, progress: 100 })
  t.equal(verbsOf(await statementsOf(world, visit)).filter((verb) => verb === 'progressed').length, 5)
})

t.test('time of study never exceeds the time that went by', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'open' })
  world.pass(5000)
  await visit.report({ unit: 'u1', kind: 'leave', ms: 3_600_000, visit_ms: 3_600_000 })

  const left = (await statementsOf(world, visit)).at(-1)

  t.equal(left.verb.id, 'http://adlnet.gov/expapi/verbs/terminated')
  t.equal(left.result.duration, 'PT5S')
})

t.test('a draft is kept, shown again, and gone once the text is handed in', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'read' })

  await visit.report({ unit: 'u4', kind: 'draft', text: '写了<一半>' })
  const half = await visit.get('units/u4')
  await visit.report({ unit: 'u4', kind: 'answer', fields: { text: '这一次我把心得写完整了，谢谢。' } })
  const late = await visit.report({ unit: 'u4', kind: 'draft', text: '迟到的草稿' })
  const whole = await visit.get('units/u4')

  t.match(half.body, '写了&lt;一半>')
  t.equal(late.json().results[0].ok, true)
  t.match(whole.body, '这一次我把心得写完整了')
  t.notMatch(whole.body, '迟到的草稿')
  t.notMatch(JSON.stringify(await statementsOf(world, visit)), '心得写完整')
})

t.test('a form works without script, and posting it twice counts once', async (t) => {
  const visit = await world.enter()
  const page = await visit.get('units/u1')
  const event = /name="event" value="([0-9a-f-]+)"/.exec(page.body)?.[1] ?? ''

  const first = await visit.form('units/u1', { event, kind: 'read' })
  const again = await visit.form('units/u1', { event, kind: 'read' })
  const short = await visit.form('units/u4', { event: newId(), kind: 'answer', text: '短' })

  t.equal(first.statusCode, 303)
  t.equal(again.statusCode, 303)
  t.same(verbsOf(await statementsOf(world, visit)), ['initialized', 'progressed'])
  t.equal(short.statusCode, 422)
  t.match(short.body, '字数不足')
})

for (const [who, how, words] of [
  ['a visitor', { roles: 'visitor' }, '访客'],
  ['a leader of the course', { roles: 'course_leader' }, '教师或管理者'],
  ['a test user', { roles: 'learner', test: true }, '测试账号'],
] as const) {
  t.test(`${who} may look and earns nothing`, async (t) => {
    const visit = await world.enter(how)

    const room = await visit.get('')
    const locked = await visit.get('units/u3')
    const answer = await visit.report({ unit: 'u1', kind: 'read' })

    t.match(room.body, words)
    t.equal(locked.statusCode, 200)
    t.match(answer.json().results, [{ ok: false, code: 'not-recording' }])
    t.same(await statementsOf(world, visit), [])
  })
}

t.test('without a class that runs today nothing is recorded, and the next one is named', async (t) => {
  const [one] = world.offering.classes
  const offering = anOffering({
    code: 'KC-LATER',
    classes: [
      { ...one, trainingClassId: newId(), code: 'x', from: '2026-09-01', to: '2026-12-31', sessions: [] },
    ],
  })
  await keepOffering(world.ground, offering)
  const visit = await world.enter({ offering })

  t.match((await visit.get('')).body, '下一班 2026-09-01 开始')
  t.match((await visit.report({ unit: 'u1', kind: 'read' })).json().results, [{ code: 'not-recording' }])
})

t.test('the first and the last day of a class belong to it, by the day in China', async (t) => {
  const offering = anOffering({
    code: 'KC-DAY',
    classes: [{ trainingClassId: newId(), code: 'd', from: '2026-03-05', to: '2026-03-05', sessions: [] }],
  })
  await keepOffering(world.ground, offering)

  const visit = await world.enter({ offering })

  t.notMatch((await visit.get('')).body, '不计学时')
})

t.test('the same person in the same class is one enrolment, from whatever launch', async (t) => {
  const first = await world.enter()
  await first.report({ unit: 'u1', kind: 'read' })

  const second = await world.enter({ sub: first.sub })
  await second.report({ unit: 'u2', kind: 'open' })

  t.equal((await world.ground.db('coursework_enrolment').where({ sub: first.sub })).length, 1)
  t.equal(new Set((await statementsOf(world, first)).map(({ context }) => context.registration)).size, 1)
})

t.test('who has begun a version finishes it, while who begins now gets the new one', async (t) => {
  const early = await world.enter()
  await early.report({ unit: 'u1', kind: 'read' })
  await importCourse(
    world.ground,
    await writeCourse(t, { 'course.yaml': courseYaml.replace('讲座', '新讲座') }),
    'test',
  )

  const late = await world.enter()

  t.notMatch((await early.get('')).body, '新讲座')
  t.match((await late.get('')).body, '新讲座')
})

t.test('media come in ranges, whole, and only those of the course', async (t) => {
  const visit = await world.enter()
  const src = /src="\/app\/[^/]+\/(media\/[0-9a-f]{64})[^"]*"/.exec((await visit.get('units/u2')).body)?.[1]
  await visit.report({ unit: 'u1', kind: 'read' })
  const path = src ?? /(media\/[0-9a-f]{64})/.exec((await visit.get('units/u2')).body)?.[1] ?? ''

  const whole = await visit.get(path)
  const part = await visit.get(path, { range: 'bytes=262140-262150' })
  const beyond = await visit.get(path, { range: 'bytes=300000-' })
  const other = await visit.get(`media/${'0'.repeat(64)}`)

  t.equal(whole.rawPayload.length, 300_000)
  t.equal(part.statusCode, 206)
  t.equal(part.headers['content-range'], 'bytes 262140-262150/300000')
  t.same(part.rawPayload, Buffer.alloc(11, 7))
  t.equal(beyond.statusCode, 416)
  t.equal(other.statusCode, 404)
})

t.test('a launch that names no course leads to the hours', async (t) => {
  const visit = await world.enter({ offering: null })

  const room = await visit.get('')

  t.match(room.body, '没有指定课程')
  t.match(room.body, `/app/${visit.launchId}/transcript`)
})

t.test('state and statements are kept together: a failure leaves neither', async (t) => {
  const visit = await world.enter()
  await visit.report({ unit: 'u1', kind: 'read' })
  const { db } = world.ground
  const { enrolment_id } = await db('coursework_enrolment').where({ sub: visit.sub }).first('enrolment_id')
  // The page state is set back but its statements stay, so saying the act again breaks the key of the outbox.
  await db('coursework_unit').where({ enrolment_id }).update({ done_at: null, progress: 0 })

  const broken = await visit.report({ unit: 'u1', kind: 'read' })

  t.equal(broken.statusCode, 500)
  t.equal((await db('coursework_unit').where({ enrolment_id }).first('done_at')).done_at, null)
})

t.test(
  'a subject that only ends in a blank more is another person, who sees nothing of this one',
  async (t) => {
    const visit = await world.enter()
    await finishCourse(world, visit)
    const { db } = world.ground

    const found = await Promise.all(
      ['', ' '].map(async (more) => {
        const person = { iss: visit.iss, sub: `${visit.sub}${more}` }
        const latest = await latestEnrolment(db, person, world.offering.offeringId)
        const finished = await finishedSince(db, person, 0 as Instant)
        return { latest: latest?.sub, finished: finished.map(({ sub }) => sub) }
      }),
    )

    t.same(found, [
      { latest: visit.sub, finished: [visit.sub] },
      { latest: undefined, finished: [] },
    ])
  },
)

const twoVideos = `schema: xueshi-course/1
code: kc-two
title: 两场讲座
units:
  - {id: v1, kind: video, title: 上, file: u2.mp4, seconds: 20, max_speed: 1}
  - {id: v2, kind: video, title: 下, file: u2.mp4, seconds: 20, max_speed: 2}
`

t.test('the clock runs once for all videos of a course, so two at a time are not both watched', async (t) => {
  await importCourse(world.ground, await writeCourse(t, { 'course.yaml': twoVideos }), 'test')
  const offering = anOffering({ code: 'KC-TWO', packageCode: 'kc-two' })
  await keepOffering(world.ground, offering)
  const visit = await world.enter({ offering })
  const whole = { kind: 'watch', ranges: [[0, 20_000]], ms: 20_000 }
  await visit.report({ unit: 'v1', kind: 'open' }, { unit: 'v2', kind: 'open' })
  world.pass(20_000)

  const both = await visit.report({ unit: 'v1', ...whole }, { unit: 'v2', ...whole })
  world.pass(10_000)
  const later = await visit.report({ unit: 'v2', ...whole })

  t.match(both.json().units, { v1: { done: true }, v2: { done: false, watched: [[0, 9000]] } })
  t.equal(later.json().units.v2.done, true)
  const completed = (await statementsOf(world, visit)).at(-1)
  t.equal(completed.verb.id, 'http://adlnet.gov/expapi/verbs/completed')
  t.equal(completed.result.duration, 'PT30S')
})
