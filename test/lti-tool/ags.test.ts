import t, { type Test } from 'tap'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { link, revokeLink } from '../../ledger/roster/identity.ts'
import { removePlatform } from '../../lti-tool/lti-services/registry.ts'
import { laneOf } from '../../lti-tool/scores/lane.ts'
import { resumeScores, retryScores } from '../../lti-tool/scores/manage.ts'
import { enterScore, markSent, takeScore } from '../../lti-tool/scores/outbox.ts'
import type { Score } from '../../lti-tool/scores/score.ts'
import { scoreSteps } from '../../lti-tool/scores/steps.ts'
import { anAct, aVoid, handAndPost } from '../ledger/books-world.ts'
import { scoreWorld } from './scores-world.ts'

t.setTimeout(180_000)
const world = await scoreWorld(t)
const { ground, platform, registrationId } = world
const hour = 3_600_000

/** A teacher who opened the course and whose hours are recognised; nothing is sent yet. */
async function aLearner(how: { percent?: string; modes?: string[] } = {}) {
  const one = await world.teacher()
  await world.launch(one.person, { modes: how.modes ?? [] })
  const claim = await world.complete(one.teacherId, { scorePercent: how.percent ?? '90' })
  return { ...one, claim, mark: world.mark() }
}

/** Modes for the calls of one test, and what a lane keeps of them, are gone after it. */
function withModes(t: Test, ...words: string[]): void {
  platform.setModes(words)
  t.teardown(async () => {
    platform.setModes([])
    await ground.db('score_lane').update({ paused_code: null, alarm_code: null, failures: 0, not_before: 0 })
    await ground.db('score_outbox').where({ state: 'waiting' }).update({ state: 'sent' })
  })
}

const lane = () => laneOf(ground.db, registrationId)
const rowOf = async (sub: string) => (await world.row(sub)) as Score

t.test('A30: hours that are recognised reach the gradebook, complete and final', async (t) => {
  const { sub, mark } = await aLearner({ percent: '86.5' })

  await world.work()

  t.match(world.recorded(sub), {
    userId: sub,
    scoreGiven: 86.5,
    scoreMaximum: 100,
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
  })
  t.match(await world.row(sub), { state: 'sent', attempts: 0, code: null })
  t.equal(world.posts(mark).length, 1, 'once, to a line item with a query')
  const [token] = platform.journal(0).filter(({ url }) => url === '/lti/token')
  t.equal(
    (token?.body as { scope?: string } | undefined)?.scope,
    'https://purl.imsglobal.org/spec/lti-ags/scope/score',
    'no more is asked for than scores need',
  )
})

t.test('A30: zero is a score; a course without a test gives all points', async (t) => {
  const zero = await aLearner({ percent: '0' })
  const untested = await world.teacher()
  await world.launch(untested.person)
  await world.complete(untested.teacherId, { scorePercent: null })

  await world.work()

  t.match(world.recorded(zero.sub), { scoreGiven: 0, scoreMaximum: 100, gradingProgress: 'FullyGraded' })
  t.match(world.recorded(untested.sub), { scoreGiven: 100, scoreMaximum: 100 })
})

t.test('A30: hours that are taken back take the points back; a grade is never wiped', async (t) => {
  const { sub, claim } = await aLearner()
  await world.work()
  await handAndPost(world.posting, [aVoid(claim)])

  await world.pass(2_000)
  await world.work()

  t.match(world.recorded(sub), { scoreGiven: 0, scoreMaximum: 100, gradingProgress: 'FullyGraded' })
})

t.test('a link that was wrong takes its points back; the right one gives them again', async (t) => {
  const { sub, claim, teacherId } = await aLearner()
  await world.work()
  const row = await ground.db('identity_link').where({ value: sub, active_flag: 1 }).first()
  await transact(ground.db, (trx) =>
    revokeLink(trx, {
      linkId: idText(row.identity_link_id),
      revokedBy: 'os:tester',
      reason: 'wrong',
      now: ground.now(),
    }),
  )
  // As conversion does it for whoever is not linked any more.
  await handAndPost(world.posting, [aVoid(claim)])
  await world.pass(3_000)
  await world.work()
  t.match(world.recorded(sub), { scoreGiven: 0 })

  const right = await world.teacher()
  t.not(right.teacherId, teacherId)
  const identifier = { kind: 'account' as const, homePage: platform.issuer, name: sub }
  await transact(ground.db, (trx) =>
    link(trx, { identifier, teacherId: right.teacherId, madeBy: 'test', reason: 'test', now: ground.now() }),
  )
  await world.complete(right.teacherId, { scorePercent: '90' })
  await world.pass(3_000)
  await world.work()

  t.match(world.recorded(sub), { scoreGiven: 90 })
})

t.test('hours that are held leave the grade as it is', async (t) => {
  const { sub, claim, mark } = await aLearner()
  await world.work()
  await handAndPost(world.posting, [anAct(claim.claimId, 'hold', { act: heldAct() })])

  await world.work()

  t.match(world.recorded(sub), { scoreGiven: 90 })
  t.equal(world.posts(mark).length, 1)
})

const heldAct = () => ({
  actId: newId(),
  kind: 'hold' as const,
  reason: 'spot_check' as const,
  makerId: newId(),
})

t.test('a completion that nobody recognised yet sends nothing', async (t) => {
  const one = await world.teacher()
  await world.launch(one.person)
  await world.complete(one.teacherId, { flags: ['waived'] })

  await world.work()

  t.equal(await world.row(one.sub), null)
})

t.test('hours that were there before the course was opened are told when it is opened', async (t) => {
  const one = await world.teacher()
  await world.complete(one.teacherId, { scorePercent: '77' })
  await world.work()
  t.equal(await world.row(one.sub), null)

  await world.launch(one.person)
  await world.work()

  t.match(world.recorded(one.sub), { scoreGiven: 77 })
})

for (const [who, roles] of [
  ['a course leader', 'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor'],
  ['a visitor', 'http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor'],
  [
    'a test user',
    'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner,http://purl.imsglobal.org/vocab/lti/system/person#TestUser',
  ],
] as const) {
  t.test(`no score is sent for ${who}`, async (t) => {
    const { sub } = await aLearner({ modes: [`roles:${roles}`] })

    await world.work()

    t.equal(await world.row(sub), null)
  })
}

t.test('A30: the shapes of Moodle: a token as text/html, a newer score a second later', async (t) => {
  withModes(t, 'moodle')
  await forgetTokens()
  const { teacherId, sub } = await aLearner({ percent: '70', modes: ['moodle'] })
  await world.work()
  t.match(world.recorded(sub), { scoreGiven: 70 })
  await world.complete(teacherId, { scorePercent: '75' })

  const { signal } = new AbortController()
  for (let tries = 0; tries < 5 && world.recorded(sub)?.scoreGiven !== 75; tries++) {
    await world.pass(2_000)
    for (const step of scoreSteps(ground)) await step.run(signal)
  }

  t.match(world.recorded(sub), { scoreGiven: 75 })
  t.match(await rowOf(sub), { state: 'sent' })
})

t.test('A31: of two scores only the newer is sent, also where the older failed before', async (t) => {
  withModes(t, 'ags:503@scores*1')
  const { teacherId, sub, mark } = await aLearner({ percent: '60' })
  await world.work()
  t.match(await rowOf(sub), { state: 'waiting', code: 'FAILING', version: 1 })
  await world.complete(teacherId, { scorePercent: '95' })

  await world.pass(hour)
  await world.work()

  t.strictSame(
    world.posts(mark).map(({ status, body }) => [status, body.scoreGiven]),
    [
      [503, 60],
      [200, 95],
    ],
  )
  t.match(await rowOf(sub), { state: 'sent', version: 2, givenMilli: 95_000 })
})

t.test('A31: a newer score that comes while the older is under way stays in line', async (t) => {
  const { teacherId, sub, mark } = await aLearner({ percent: '60' })
  await world.work()
  const sent = await rowOf(sub)
  await ground
    .db('score_outbox')
    .where({ score_id: idBytes(sent.id) })
    .update({ state: 'waiting' })
  const owner = newId()
  const older = await rowOf(sub)
  t.equal(await takeScore(ground.db, older, owner, ground.now()), true)

  const points = { givenMilli: 95_000, maximumMilli: 100_000 }
  const wish = { ...older, points, launchedAt: 0 as Instant }
  await transact(ground.db, (trx) => enterScore(trx, wish, ground.now()))
  await markSent(ground.db, older, owner, { timestamp: null, code: null, status: 200 }, ground.now())

  t.match(await rowOf(sub), { state: 'waiting', version: older.version + 1, givenMilli: 95_000 })
  await world.complete(teacherId, { scorePercent: '95' })
  await world.pass(2_000)
  await world.work()
  t.match(world.posts(mark).at(-1), { status: 200, body: { scoreGiven: 95 } })
})

t.test('timestamps of one learner strictly increase, two seconds apart', async (t) => {
  const { teacherId, sub, mark } = await aLearner({ percent: '60' })
  await world.work()
  const { lastTimestamp } = await rowOf(sub)
  await world.complete(teacherId, { scorePercent: '95' })
  const { signal } = new AbortController()
  for (const step of scoreSteps(ground)) await step.run(signal)
  t.equal(world.posts(mark).length, 1, 'too soon by the clock that stamps them')
  const row = await rowOf(sub)
  t.ok(row.notBefore >= ground.now() && row.lastTimestamp === lastTimestamp)

  await world.pass(2_000)
  await world.work()

  const [first, second] = world.posts(mark).map(({ body }) => Date.parse(String(body.timestamp)))
  t.ok((second ?? 0) > (first ?? 0))
  t.match(world.recorded(sub), { scoreGiven: 95 })
})

t.test('a clock that stands before the last timestamp sends nothing', async (t) => {
  const { teacherId, sub, mark } = await aLearner({ percent: '60' })
  await world.work()
  const ahead = (Date.now() + hour) * 1000
  await ground.db('score_outbox').where({ sub }).update({ last_timestamp: ahead })
  await world.complete(teacherId, { scorePercent: '95' })

  await world.work()

  t.equal(world.posts(mark).length, 1)
  const row = await rowOf(sub)
  t.equal(row.state, 'waiting')
  t.ok(row.notBefore > ground.now() + 3_000_000_000)
})

t.test('A32: after one 401 a fresh token is taken, at once', async (t) => {
  const { sub, mark } = await aLearner()
  platform.withdrawTokens()

  await world.work()

  t.strictSame(
    world.posts(mark).map(({ status }) => status),
    [401, 200],
  )
  t.match(await rowOf(sub), { state: 'sent' })
})

t.test('A32: 401 again and again waits with an alarm', async (t) => {
  withModes(t, 'ags:401@scores')
  const { sub, mark } = await aLearner()

  await world.work()

  t.equal(world.posts(mark).length, 2)
  t.match(await rowOf(sub), { state: 'waiting', code: 'UNAUTHENTICATED', status: 401 })
  t.match(await lane(), { alarmCode: 'UNAUTHENTICATED' })
})

t.test('A32: after one 409 a later timestamp is sent', async (t) => {
  withModes(t, 'ags:409@scores*1')
  const { sub, mark } = await aLearner()

  const { signal } = new AbortController()
  for (const step of scoreSteps(ground)) await step.run(signal)

  const [first, second] = world.posts(mark)
  t.strictSame([first?.status, second?.status], [409, 200])
  t.ok(Date.parse(String(second?.body.timestamp)) - Date.parse(String(first?.body.timestamp)) >= 2_000)
  t.match(await rowOf(sub), { state: 'sent' })
})

t.test('A32: a timestamp from the future is tried hourly for a day, with an alarm', async (t) => {
  withModes(t, 'ags:409@scores')
  const { sub } = await aLearner()
  await world.work()
  const row = await rowOf(sub)
  t.match(row, { state: 'waiting', code: 'FUTURE_TIMESTAMP' })
  t.ok(row.notBefore - ground.now() > 0.9 * hour * 1000)
  t.match(await lane(), { alarmCode: 'FUTURE_TIMESTAMP' })

  await world.pass(25 * hour)
  await world.work()

  t.match(await rowOf(sub), { state: 'rejected', code: 'GIVEN_UP' })
})

t.test('A32: 429 is heeded for as long as it asks', async (t) => {
  withModes(t, 'ags:429=900@scores*1')
  const { sub, mark } = await aLearner()
  await world.work()
  t.match(await rowOf(sub), { state: 'waiting', code: 'BUSY', status: 429 })

  await world.pass(890_000)
  await world.work()
  t.equal(world.posts(mark).length, 1, 'not before')
  await world.pass(20_000)
  await world.work()

  t.match(await rowOf(sub), { state: 'sent' })
  t.equal(world.posts(mark).length, 2)
})

t.test('A32: 503 is tried again later and later, and after three days given up and listed', async (t) => {
  withModes(t, 'ags:503@scores')
  const { sub } = await aLearner()
  const waits: number[] = []
  for (let attempt = 1; attempt <= 4; attempt++) {
    await world.work()
    waits.push(Math.round(((await rowOf(sub)).notBefore - ground.now()) / 60_000_000))
    await world.pass(1.3 * hour)
  }
  t.ok(
    (waits[0] ?? 9) <= 1 && (waits[1] ?? 0) >= 1 && (waits[2] ?? 0) >= 8 && (waits[3] ?? 0) >= 48,
    `${waits}`,
  )

  await world.pass(70 * hour)
  await world.work()

  t.match(await rowOf(sub), { state: 'rejected', code: 'GIVEN_UP', status: 503 })
})

t.test(
  'A32: a platform that does not answer is left after the deadline, and the score comes later',
  async (t) => {
    withModes(t, 'ags:hang@scores*1')
    const { sub, mark } = await aLearner()
    await world.work()
    t.match(await rowOf(sub), { state: 'waiting', code: 'TIMEOUT', status: null })

    await world.pass(hour)
    await world.work()

    t.match(await rowOf(sub), { state: 'sent' })
    t.equal(world.posts(mark).filter(({ status }) => status === 200).length, 1)
  },
)

t.test('A32: what a platform stored without saying so is sent again, with a later timestamp', async (t) => {
  withModes(t, 'ags:late@scores*1')
  const { sub, mark } = await aLearner({ percent: '88' })
  await world.work()
  t.match(await rowOf(sub), { state: 'waiting', code: 'NETWORK' })
  t.match(world.recorded(sub), { scoreGiven: 88 })

  await world.pass(hour)
  await world.work()

  t.match(await rowOf(sub), { state: 'sent' })
  const stamps = world.posts(mark).map(({ body }) => Date.parse(String(body.timestamp)))
  t.ok((stamps[1] ?? 0) > (stamps[0] ?? 0))
  t.match(world.recorded(sub), { scoreGiven: 88 })
})

t.test(
  'A32: a worker that died between sending and noting it: the next one sends the same score',
  async (t) => {
    const { sub, mark } = await aLearner({ percent: '88' })
    await enterOnly()
    await takeScore(ground.db, await rowOf(sub), newId(), ground.now())

    await world.work()
    t.equal(world.posts(mark).length, 0, 'it may still be at it')
    await world.pass(61_000)
    await world.work()

    t.equal(world.posts(mark).length, 1)
    t.match(await rowOf(sub), { state: 'sent' })
  },
)

t.test('two workers at once send each score once', async (t) => {
  const learners = [await aLearner(), await aLearner(), await aLearner()]
  const mark = world.mark()
  const other = scoreSteps(ground)
  const { signal } = new AbortController()
  const sending = other.find(({ name }) => name === 'score-sending')
  await enterOnly()

  await Promise.all([world.work(), sending?.run(signal)])
  await world.work()

  t.equal(world.posts(mark).length, learners.length)
})

t.test('A32: 403 pauses the platform until a person says so', async (t) => {
  withModes(t, 'ags:403@scores*1')
  const { sub } = await aLearner()
  await world.work()
  t.match(await lane(), { pausedCode: 'FORBIDDEN' })
  const other = await aLearner()
  await world.pass(hour)
  await world.work()
  t.equal(world.posts(other.mark).length, 0)

  await resumeScores(ground, registrationId, 'os:tester')
  await world.work()

  t.match(await rowOf(sub), { state: 'sent' })
  t.match(await rowOf(other.sub), { state: 'sent' })
})

t.test('A32: a token that is refused for its scope pauses the platform', async (t) => {
  withModes(t, 'token:no-scope*1')
  await forgetTokens()
  const { sub } = await aLearner()

  await world.work()

  t.match(await lane(), { pausedCode: 'SCOPE_REFUSED' })
  t.match(await rowOf(sub), { state: 'waiting', code: 'SCOPE_REFUSED' })
})

for (const mode of ['html', 'bad-json', '401']) {
  t.test(`A32: token:${mode} is an alarm about our keys, and over when tokens come again`, async (t) => {
    withModes(t, `token:${mode}*1`)
    await forgetTokens()
    const { sub, mark } = await aLearner()
    await world.work()
    t.match(await rowOf(sub), { state: 'waiting', code: 'TOKEN_UNAVAILABLE' })
    t.match(await lane(), { alarmCode: 'TOKEN_UNAVAILABLE' })
    t.equal(world.posts(mark).length, 0)

    await world.pass(hour)
    await world.work()

    t.match(await rowOf(sub), { state: 'sent' })
    t.match(await lane(), { alarmCode: null })
  })
}

t.test('A32: who is not enrolled is rejected and listed; a new launch gives another chance', async (t) => {
  const one = await world.teacher()
  await world.launch(one.person)
  platform.enrol('kc', one.person, null)
  await world.complete(one.teacherId)
  await world.work()
  t.match(await rowOf(one.sub), { state: 'rejected', code: 'REFUSED', status: 400 })

  platform.enrol('kc', one.person, 'Active')
  // The clock of the background work went ahead in the tests before; the launch comes after the rejection.
  await ground
    .db('score_outbox')
    .where({ sub: one.sub })
    .update({ finished_at: ground.now() - 100 * hour * 1000 * 1000 })
  await world.launch(one.person)
  await world.work()
  await world.pass(3_000)
  await world.work()

  t.match(await rowOf(one.sub), { state: 'sent' })
})

t.test('A32: a line item that is gone is rejected; a person sends it again', async (t) => {
  withModes(t, 'ags:404@scores*1')
  const { sub } = await aLearner()
  await world.work()
  const row = await rowOf(sub)
  t.match(row, { state: 'rejected', code: 'GONE', status: 404 })

  await world.pass(3_000)
  t.equal(await retryScores(ground, { scoreIds: [row.id] }, 'os:tester'), 1)
  await world.work()

  t.match(await rowOf(sub), { state: 'sent' })
})

t.test('R40: a line item that is not on the platform’s hosts is never asked', async (t) => {
  const { sub, mark } = await aLearner()
  await enterOnly()
  await ground
    .db('score_outbox')
    .where({ sub })
    .update({ line_item_url: 'https://elsewhere.example/lineitem?x=1' })

  await world.work()

  t.match(await rowOf(sub), { state: 'rejected', code: 'FOREIGN_HOST' })
  t.equal(world.posts(mark).length, 0)
})

t.test('scores of a platform that is inactive wait for it', async (t) => {
  const { sub, mark } = await aLearner()
  await ground.db('ltijs_platform_status').update({ active: 0 })
  await world.work()
  t.match(await rowOf(sub), { state: 'waiting', attempts: 0 })
  t.equal(world.posts(mark).length, 0)

  await ground.db('ltijs_platform_status').update({ active: 1 })
  await world.work()

  t.match(await rowOf(sub), { state: 'sent' })
})

t.test('scores of a platform that was removed are rejected and listed', async (t) => {
  const { sub } = await aLearner()
  await enterOnly()
  await removePlatform(ground, registrationId)

  await world.work()

  t.match(await rowOf(sub), { state: 'rejected', code: 'PLATFORM_GONE' })
})

/** Enters scores and sends none. */
async function enterOnly(): Promise<void> {
  const { signal } = new AbortController()
  for (const step of scoreSteps(ground).filter(
    ({ name }) => name === 'score-postings' || name === 'score-launches',
  ))
    for (let more = 1; more > 0; ) more = await step.run(signal)
}

async function forgetTokens(): Promise<void> {
  await ground.db('ltijs_accesstoken').delete()
}
