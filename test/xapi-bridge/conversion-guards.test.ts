import { randomUUID } from 'node:crypto'
import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import { link } from '../../ledger/roster/identity.ts'
import { likeness } from '../../xapi-bridge/aliases/suggestions.ts'
import { releaseItems } from '../../xapi-bridge/queue/decide.ts'
import { hintsFor } from '../../xapi-bridge/queue/hints.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { waitingBySource } from '../../xapi-bridge/queue/waiting-by-source.ts'
import { flag } from '../../xapi-bridge/statements/flags.ts'
import { conversionScene, trainingClass } from './conversion-scene.ts'
import { adlStatement, moodleSite, toolStatement, voidOf } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)
const { db, now } = scene.ground
await loadShippedPolicies(db, now())
// The example district: at most 10 hours of 网络研修 a day.
const makerId = newId()
const { versionNo } = await transact(db, (trx) =>
  activatePolicy(trx, { policyId: 'example.district.2026', from: '2026-01-01', makerId, now: now() }),
)
await applyPolicyVersion(postingGround(scene.ground), versionNo, { makerId })

const claimsOf = async (teacherId: Id) =>
  (await scene.standing()).filter((one) => one.teacherId === teacherId)
const reasonsAt = async (...sources: { name: string }[]) =>
  (await queueList(db)).items
    .filter((one) => sources.some(({ name }) => name === one.source))
    .map(({ reason }) => reason)

/** Two offerings whose sessions begin together, told by check-ins of two places. */
async function twoPlaces(minutesApart: number) {
  const user = randomUUID()
  const [source, other] = [
    await scene.source({ preset: 'xueshi-tool', onVoid: 'auto' }),
    await scene.source({ preset: 'xueshi-tool', onVoid: 'auto' }),
  ]
  const shape = (code: string, offset: number) => {
    const spring = trainingClass(`B-${code}`, '2026-03-02', '2026-06-30', 1)
    for (const session of spring.sessions)
      session.startsAt = (session.startsAt + offset * 60_000_000) as never
    return scene.offering({ code, form: '集中培训', awardBasis: 'by_attendance', classes: [spring] })
  }
  const [first, second] = [randomUUID(), randomUUID()]
  await shape(first, 0)
  await shape(second, minutesApart)
  const teacherId = await scene.teacher([moodleSite, user])
  const attended = (offering: string, id = randomUUID()) =>
    toolStatement('attended', {
      id,
      user,
      offering,
      trainingClass: `B-${offering}`,
      session: 1,
      at: '2026-03-02T08:00:00Z',
    })
  return { source, other, first, second, teacherId, attended }
}

t.test(
  'OVERLAP: two sessions at the same time in two places: the first stands, the other waits',
  async (t) => {
    const { source, other, first, second, teacherId, attended } = await twoPlaces(30)
    await source.push(attended(first))
    await other.push(attended(second))
    await scene.work()
    const offerings = (await claimsOf(teacherId)).length

    t.equal(offerings, 1)
    t.strictSame(await reasonsAt(source, other), ['OVERLAP'])
  },
)

t.test('OVERLAP ends when the session that stood is taken back', async (t) => {
  const { source, other, first, second, teacherId, attended } = await twoPlaces(0)
  const id = randomUUID()
  await source.push(attended(first, id))
  await scene.work()
  await other.push(attended(second))
  await scene.work()
  const before = await reasonsAt(source, other)
  await source.push(voidOf(id))
  await scene.work()

  t.strictSame(before, ['OVERLAP'])
  t.strictSame(await reasonsAt(source, other), [])
  t.equal((await claimsOf(teacherId)).length, 1)
})

t.test('a session that begins when the other ends does not overlap', async (t) => {
  const { source, other, first, second, teacherId, attended } = await twoPlaces(90)
  await source.push(attended(first))
  await other.push(attended(second))
  await scene.work()

  t.equal((await claimsOf(teacherId)).length, 2)
})

t.test('IMPLAUSIBLE_SPEED: more online hours on one day than the policy holds plausible', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'adl' })
  for (const name of ['A', 'B']) {
    await scene.offering({ code: randomUUID(), activities: [[source.name, `${lms}/course/${name}`]] })
  }
  const teacherId = await scene.teacher([lms, user])
  await source.push(
    adlStatement('completed', { user, activity: `${lms}/course/A` }),
    adlStatement('completed', { user, activity: `${lms}/course/B` }),
  )
  await scene.work()
  const [item] = (await queueList(db)).items.filter((one) => one.source === source.name)
  const before = (await claimsOf(teacherId)).length
  const decision = { actor: 'login:test', makerId: newId(), reason: 'studied for weeks' }
  await releaseItems(scene.ground, 'IMPLAUSIBLE_SPEED', [item?.itemId ?? ''], decision)

  t.equal(before, 1)
  t.match(item, {
    reason: 'IMPLAUSIBLE_SPEED',
    detail: '12 hours on 2026-03-02; at most 10 a day are plausible',
  })
  t.equal((await claimsOf(teacherId)).length, 2)
})

t.test('the same hours on two days are plausible', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'adl' })
  for (const name of ['A', 'B']) {
    await scene.offering({ code: randomUUID(), activities: [[source.name, `${lms}/course/${name}`]] })
  }
  const teacherId = await scene.teacher([lms, user])
  await source.push(
    adlStatement('completed', { user, activity: `${lms}/course/A` }),
    adlStatement('completed', { user, activity: `${lms}/course/B`, at: '2026-03-03T10:15:30+08:00' }),
  )
  await scene.work()

  t.equal((await claimsOf(teacherId)).length, 2)
})

t.test('ACTOR_AMBIGUOUS: two teachers fit an identifier; a link of one releases it', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'adl' })
  await scene.offering({ code: randomUUID(), activities: [[source.name, `${lms}/course/A`]] })
  const right = await scene.teacher([`${lms}/`, user])
  await scene.teacher(['http://lms.example', user])
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const items = (await queueList(db)).items.filter((one) => one.source === source.name)
  const hints = await hintsFor(db, items)
  await transact(db, (trx) =>
    link(trx, {
      identifier: { kind: 'account', homePage: lms, name: user },
      teacherId: right,
      madeBy: 'test',
      reason: 'asked them',
      now: now(),
    }),
  )
  await scene.work()

  t.match(items, [{ reason: 'ACTOR_AMBIGUOUS' }])
  t.strictSame(
    hints.get(items[0]?.itemId ?? '')?.candidates.map(({ reason }) => reason),
    ['other-spelling', 'other-spelling'],
  )
  t.equal((await claimsOf(right)).length, 1)
})

t.test('one teacher who fits is shown, never credited', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'adl' })
  const teacherId = await scene.teacher([`${lms}/`, user])
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const items = (await queueList(db)).items.filter((one) => one.source === source.name)

  t.match(items, [{ reason: 'ACTOR_UNKNOWN' }])
  t.match((await hintsFor(db, items)).get(items[0]?.itemId ?? '')?.candidates, [{ teacherId }])
  t.equal((await claimsOf(teacherId)).length, 0)
})

t.test('PII_IN_STATEMENT: a sealed statement waits unread, until it is voided', async (t) => {
  const id = randomUUID()
  const source = await scene.source({ preset: 'adl' })
  await source.push(adlStatement('completed', { id, user: randomUUID() }))
  // As if the guard had sealed it: statements are a journal, so the book's own guard is put aside first.
  await db.raw('DROP TRIGGER IF EXISTS `statement_no_update`')
  await db('statement')
    .where({ statement_id: Buffer.from(id.replaceAll('-', ''), 'hex') })
    .update({
      raw: Buffer.from([1, 2, 3]),
      flags: flag.sealed,
    })
  await scene.work()
  const before = await reasonsAt(source)
  await source.push(voidOf(id))
  await scene.work()

  t.strictSame(before, ['PII_IN_STATEMENT'])
  t.strictSame(await reasonsAt(source), [])
})

t.test('what waits is counted by source and code, with its age', async (t) => {
  const source = await scene.source({ preset: 'adl' })
  await source.push(
    adlStatement('completed', { user: randomUUID() }),
    adlStatement('completed', { user: randomUUID() }),
  )
  await scene.work()
  const mine = (await waitingBySource(db)).filter(({ sourceId }) => sourceId === source.id)

  t.match(mine, [{ code: 'ACTOR_UNKNOWN', completions: 2 }])
})

const alike: [one: string, other: string, reason: string | null][] = [
  ['http://a.example/c/1', 'https://a.example/c/1', 'other-spelling'],
  ['https://a.example/c/1/', 'https://a.example/c/1', 'other-spelling'],
  ['https://www.a.example/c/1', 'https://a.example/c/1', 'other-spelling'],
  ['https://b.example/c?id=1', 'https://a.example/c?id=1', 'other-host'],
  ['https://a.example/c?id=1&from=mail', 'https://a.example/c?id=1', 'other-query'],
  ['https://a.example/zh-CN/c/1', 'https://a.example/en/c/1', 'other-language'],
  ['https://a.example/c/1?lang=en', 'https://a.example/c/1', 'other-spelling'],
  ['https://a.example/course/view.php?id=2', 'https://a.example/course/view.php?id=3', null],
  ['https://a.example/', 'https://b.example/', null],
  ['urn:articulate:rise:a', 'urn:articulate:rise:b', null],
]
for (const [one, other, reason] of alike) {
  t.test(`${one} is like ${other}: ${reason ?? 'no'}`, async (t) => {
    t.equal(likeness(one, other), reason)
  })
}

t.test('an unmapped activity is shown with the offering it is like', async (t) => {
  const source = await scene.source({ preset: 'adl' })
  const code = randomUUID()
  const user = randomUUID()
  await scene.offering({ code, activities: [[source.name, `${lms}/course/A`]] })
  await scene.teacher([lms, user])
  await source.push(adlStatement('completed', { user, activity: 'http://lms.example/course/A/' }))
  await scene.work()
  const items = (await queueList(db)).items.filter((one) => one.source === source.name)

  t.match(items, [{ reason: 'ACTIVITY_UNKNOWN' }])
  t.match((await hintsFor(db, items)).get(items[0]?.itemId ?? '')?.suggestions, [
    { offering: code, reason: 'other-spelling', like: `${lms}/course/A` },
  ])
})
