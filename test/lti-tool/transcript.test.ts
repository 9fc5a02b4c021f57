import type { AddressInfo } from 'node:net'
import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { createServer } from '../../foundation/http/server.ts'
import { newId } from '../../foundation/ids.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import type { ClaimState } from '../../ledger/books/claim-states.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import { link } from '../../ledger/roster/identity.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { teacherIdsByNo } from '../../ledger/roster/people.ts'
import type { TranscriptJson } from '../../ledger/transcript/transcript.ts'
import { askAgainMs, type Journey, tell } from '../../lti-tool/coursework/chain.ts'
import { saveToolCredential } from '../../lti-tool/coursework/credential.ts'
import { courseText } from '../../lti-tool/coursework/messages.ts'
import { relayStep } from '../../lti-tool/coursework/relay.ts'
import { targetOf } from '../../lti-tool/transcript/rows.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { conversionSteps } from '../../xapi-bridge/steps.ts'
import { freshGround } from '../support/ground.ts'
import { aRoster } from '../support/roster.ts'
import { anOffering, courseWorld, finishCourse, iss, keepOffering, type Visit } from './coursework-world.ts'

const world = await courseWorld(t, await freshGround(t))
const { ground } = world
const signal = new AbortController().signal

// The bridge, over HTTP as in production: the tool never reaches into it.
const door = createServer(ground)
await door.register(bridge, ground)
await door.listen({ port: 0, host: '127.0.0.1' })
t.teardown(() => door.close())
const source = await addSource(ground, {
  name: 'xueshi-tool',
  preset: 'xueshi-tool',
  actorHomePages: ['*'],
  onVoid: 'auto',
})
await saveToolCredential(ground, {
  endpoint: `http://127.0.0.1:${(door.server.address() as AddressInfo).port}/xapi`,
  source: source.source_id,
  key: source.key,
  secret: source.secret,
})

// The book, under the policy of the example district.
const book = postingGround(ground)
await loadShippedPolicies(ground.db, ground.now())
const { versionNo } = await transact(ground.db, (trx) =>
  activatePolicy(trx, {
    policyId: 'example.district.2026',
    from: '2026-01-01',
    makerId: newId(),
    now: ground.now(),
  }),
)
await applyPolicyVersion(book, versionNo)
const roster = aRoster()
await importRoster(ground, roster.files(), { actor: 'os:test' })

// School-based study is recognised without a minimum of time, so a test can be quick.
const quick = anOffering({ code: 'KC-QUICK', form: '校本研修' })
await keepOffering(ground, quick)

const relay = relayStep(ground)
const [conversion] = conversionSteps(ground)

async function deliver(): Promise<void> {
  await relay.run(signal)
}

async function post(): Promise<void> {
  await conversion?.run(signal)
  await postAll(book)
}

async function bind(visit: Visit, teacherNo: string): Promise<void> {
  const teacherId = (await teacherIdsByNo(ground.db, [teacherNo])).get(teacherNo) as string
  await transact(ground.db, (trx) =>
    link(trx, {
      identifier: { kind: 'account', homePage: iss, name: visit.sub },
      teacherId,
      madeBy: 'test',
      reason: 'test',
      now: ground.now(),
    }),
  )
}

t.test('the receipt follows the hours honestly, from the last answer to the book', async (t) => {
  const visit = await world.enter({ offering: quick })
  await bind(visit, roster.no('T0001'))
  await finishCourse({ ...world, offering: quick }, visit)

  const finished = await visit.get('receipt/state')
  await deliver()
  const delivered = await visit.get('receipt/state')
  await post()
  const booked = await visit.get('receipt/state')

  t.match(finished.body, '待送达')
  t.match(finished.body, '尚未计入台账')
  t.match(finished.body, 'hx-trigger="load delay:700ms"')
  t.match(delivered.body, '已送达，正在处理')
  t.match(delivered.body, '尚未计入台账')
  t.match(booked.body, '已计入台账')
  t.match(booked.body, '认定 6 学时，计入 6 学时')
  t.match(booked.body, '按政策自动认定，无需审核')
  t.match(booked.body, '未上报')
  t.notMatch(booked.body, 'hx-get', 'what is in the book is not asked for any more')
})

t.test('the transcript shows the number, each requirement with its clause, and the evidence', async (t) => {
  const visit = await world.enter({ offering: quick })
  await bind(visit, roster.no('T0002'))
  await finishCourse({ ...world, offering: quick }, visit)
  await deliver()
  await post()

  const { body } = await visit.get('transcript')

  t.match(body, /class="figure">6 <small>\/ 360 学时/)
  t.match(body, '剩余 354 学时')
  t.match(body, '「五年累计不少于360学时」')
  t.match(body, '未达标（差 354 学时）')
  t.match(body, '师德与法治')
  t.match(body, '2026-XM-017')
  t.match(body, /过账 \d+ · 2026-03-05/)
  t.match(body, 'example.district.2026 第')
  t.match(body, '学习记录')
})

t.test('a window can be chosen, and an unknown one is the cycle', async (t) => {
  const visit = await world.enter()
  await bind(visit, roster.no('T0003'))

  const year = await visit.get('transcript?window=year')
  const other = await visit.get('transcript?window=2020-01-01..2020-12-31')

  t.match(year.body, /window=year" aria-current="true"/)
  t.match(year.body, '/ 48 学时')
  const silent = /「工作室成员另行规定」[\s\S]*?<span class="badge plain">未规定/
  t.match(year.body, silent, 'what the policy does not say has no colour')
  t.match(other.body, /window=cycle" aria-current="true"/)
  t.match(other.body, '这个窗口内还没有记录')
})

t.test('what is on its way is shown, and the page hears when it has arrived', async (t) => {
  const visit = await world.enter({ offering: quick })
  await bind(visit, roster.no('T0003'))
  await finishCourse({ ...world, offering: quick }, visit)

  const before = await visit.get('transcript')
  await deliver()
  await post()
  const after = await visit.get('transcript/way?count=1')

  t.match(before.body, '正在办理')
  t.match(before.body, /transcript\/way\?count=1/)
  t.equal(after.headers['hx-trigger'], 'hours-posted')
  t.notMatch(after.body, '正在办理')
})

t.test('who is not linked studies all the same: her hours wait, and come when she is', async (t) => {
  const visit = await world.enter({ offering: quick })
  await finishCourse({ ...world, offering: quick }, visit)
  await deliver()
  await post()

  const parked = await visit.get('receipt/state')
  const hours = await visit.get('transcript')
  await bind(visit, roster.no('T0003'))
  await post()
  const booked = await visit.get('receipt/state')

  t.match(parked.body, '待绑定')
  t.match(parked.body, '绑定教师编号后自动入账')
  t.match(hours.body, '去绑定')
  t.notMatch(hours.body, 'id="transcript"')
  t.notMatch(booked.body, '待绑定')
})

t.test('study faster than policy allows waits for the school, and the page says why', async (t) => {
  const visit = await world.enter()
  await bind(visit, roster.no('T0001'))
  await finishCourse(world, visit)
  await deliver()
  await post()

  const { body } = await visit.get('receipt/state')

  t.match(body, '尚未计入台账')
  t.match(body, /学习用时短于规定|需要人工核对/)
})

t.test(
  'with the bridge away the receipt says what is known, and the hours come when it is back',
  async (t) => {
    const visit = await world.enter({ offering: quick })
    await bind(visit, roster.no('T0002'))
    await finishCourse({ ...world, offering: quick }, visit)
    const good = await ground.db('tool_setting').first('content')
    await saveToolCredential(ground, {
      endpoint: 'http://127.0.0.1:9/xapi',
      source: 's',
      key: 'k',
      secret: 's',
    })

    await deliver()
    const away = await visit.get('receipt/state')
    await ground.db('tool_setting').update({ content: good.content })
    world.pass(60_000)
    await deliver()
    await post()
    const back = await visit.get('receipt/state')

    t.match(away.body, '暂时没有送达，会自动重试')
    t.notMatch(back.body, '待送达')
  },
)

const say = courseText('zh-CN')
const base: Journey = {
  statementId: 'S',
  finishedAt: 0,
  delivery: 'sent',
  attempts: 1,
  conversion: { status: 'claimed', code: null },
  claim: null,
}
const claim = (changes: Partial<ClaimState>): Journey => ({
  ...base,
  claim: {
    claimStatus: 'awaiting_check',
    recognisedBy: null,
    entryStatus: null,
    milliHours: { claimed: null, counted: 0, excess: 0, pending: 0 },
    reason: null,
    ...changes,
  } as ClaimState,
})
const hours = (counted: number, excess: number, pending: number) => ({
  milliHours: { claimed: 6000, counted, excess, pending },
})

for (const [what, journey, at, state] of [
  ['not sent yet', { ...base, delivery: 'waiting', attempts: 0 }, '待送达', 'now'],
  ['refused by the bridge', { ...base, delivery: 'refused' }, '待送达', 'stopped'],
  [
    'without an identity',
    { ...base, conversion: { status: 'parked', code: 'ACTOR_UNKNOWN' } },
    '待绑定',
    'stopped',
  ],
  [
    'kept by a reason',
    { ...base, conversion: { status: 'quarantined', code: 'NOT_PASSED' } },
    '待学校审核',
    'stopped',
  ],
  ['that the school must check', claim({}), '待学校审核', 'now'],
  ['that the school has checked', claim({ claimStatus: 'school_checked' }), '区级认定', 'now'],
  ['that was rejected', claim({ claimStatus: 'rejected' }), '区级认定', 'stopped'],
  ['that was taken back', claim({ claimStatus: 'withdrawn' }), '已入账', 'stopped'],
  ['that waits in pending', claim({ ...hours(0, 0, 6000), reason: 'policy_silent' }), '已入账', 'now'],
  [
    'that awaits its check in pending',
    claim({ ...hours(0, 0, 6000), reason: 'awaiting_check' }),
    '待学校审核',
    'now',
  ],
] as const) {
  t.test(`a completion ${what} stands at ${at}, and nothing after it is done`, async (t) => {
    const { steps } = tell(journey as Journey, say)
    const place = steps.findIndex((step) => step.label === at)

    t.equal(steps[place]?.state, state)
    t.ok(steps.slice(place + 1).every((step) => step.state === 'ahead'))
    t.ok(steps.slice(0, place).every((step) => step.state === 'done'))
  })
}

t.test('hours in the book end the asking; hours beyond a cap are said to be so', async (t) => {
  const journey = claim({ claimStatus: 'recognised', recognisedBy: 'person', ...hours(2000, 4000, 0) })
  const told = tell(journey, say)

  t.equal(askAgainMs(journey, told, 1), null)
  t.match(
    told.steps.find(({ label }) => label === '已入账')?.note,
    '认定 6 学时，计入 2 学时。4 学时超出上限',
  )
  t.ok(told.steps.some(({ label }) => label === '学校已审'))
})

t.test('a page asks often at first and seldom later', async (t) => {
  const journey = { ...base, conversion: null }
  const told = tell(journey, say)

  t.same(
    [1, 120, 7200].map((seconds) => askAgainMs(journey, told, seconds * 1_000_000)),
    [700, 3000, 20_000],
  )
})

t.test('the whole that is asked is the largest requirement over just these days, or none', async (t) => {
  const window = { id: 'cycle', from: '2026-01-01', to: '2030-12-31' }
  const requirement = (need: string | null, days: object | null, unit = 'hour') => ({
    need,
    gap: '1',
    unit,
    window: days,
  })
  const of = (...requirements: object[]) => targetOf({ window, requirements } as unknown as TranscriptJson)

  t.same(of(requirement('180', window), requirement('360', window), requirement('9', window, 'day')), {
    need: '360',
    gap: '1',
  })
  t.equal(of(requirement(null, window), requirement('48', { from: '2026-01-01', to: '2026-12-31' })), null)
})
