import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Instant } from '../../foundation/time.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { conditionsOf } from '../../xapi-bridge/sources/condition.ts'
import { revokeCredential, rotateCredential } from '../../xapi-bridge/sources/credential.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { conversionScene } from './conversion-scene.ts'
import { aBridge, aSpeaker, aStatement, type Json } from './statement-examples.ts'

const scene = await conversionScene(t)
/** The clock of the scene, a millisecond on at each look, unless a test needs the wall’s or one that stands. */
let clock: 'scene' | 'wall' | Instant = 'scene'
const ground = {
  ...scene.ground,
  now: () =>
    clock === 'scene' ? scene.ground.now() : clock === 'wall' ? ((Date.now() * 1000) as Instant) : clock,
}
const app = await aBridge(t, ground)
const basic = (key: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
})
const home = 'https://lms.example'

/** A source with a course that is mapped, and people who are known. */
async function aCourse(state: 'trial' | 'live', people: number) {
  const name = `source ${randomUUID()}`
  const speaker = await aSpeaker(app, ground, { name, state })
  const activity = `${home}/${randomUUID()}`
  await scene.offering({ code: `KC-${randomUUID().slice(0, 8)}`, activities: [[name, activity]] })
  const names = Array.from({ length: people }, () => randomUUID())
  const teachers = await Promise.all(names.map((one) => scene.teacher([home, one])))
  const completed = (n: number): Json & { id: string } =>
    aStatement({
      timestamp: '2026-03-09T08:00:00Z',
      actor: { account: { homePage: home, name: names[n] } },
      object: { id: activity },
    })
  const credited = async () => {
    const ids = new Set(teachers)
    return (await scene.standing()).filter(({ teacherId }) => ids.has(teacherId)).length
  }
  return { ...speaker, sourceId: speaker.credential.source_id, completed, credited }
}

t.test(
  '4.1 pushes while a source goes live are credited once each, whatever side they fell on',
  async (t) => {
    const people = 40
    const course = await aCourse('trial', people)
    const sent = Array.from({ length: people }, (_, n) => course.completed(n))
    const early = sent.slice(0, 10)
    t.equal((await course.post(early)).statusCode, 200)
    await scene.work()
    t.equal(await course.credited(), 0)

    const pushes = sent.slice(10).map((one, n) => sleep(n).then(() => course.post(one)))
    const converting = Promise.all([sleep(5).then(() => scene.work()), sleep(15).then(() => scene.work())])
    await sleep(8)
    await changeSource(ground, course.sourceId, { state: 'live' })
    const answers = await Promise.all(pushes)
    await converting
    await scene.work()
    // The same once more, by its id and as another statement: a vendor that is not sure.
    await course.post(sent)
    await course.post(sent.map(({ id: _, ...rest }) => rest))
    await scene.work()

    t.ok(answers.every(({ statusCode }) => statusCode === 200))
    t.equal((await course.find({ limit: '0' })).length, 2 * people)
    t.equal(await course.credited(), people, 'each completion once, those of the trial too')
  },
)

t.test(
  '4.1 a trial that is discarded under load: what was acknowledged is dismissed or credited',
  async (t) => {
    const people = 20
    const course = await aCourse('trial', people)
    await course.post(Array.from({ length: 10 }, (_, n) => course.completed(n)))
    await scene.work()
    const pushing = Promise.all(Array.from({ length: 10 }, (_, n) => course.post(course.completed(10 + n))))
    const discard = async (): Promise<number> => {
      try {
        return (await changeSource(ground, course.sourceId, { state: 'live' }, { discardTrial: true }))
          .discarded
      } catch (error) {
        if ((error as { code?: string }).code !== 'trial-not-converted') throw error
        await scene.work()
        return discard()
      }
    }
    const discarded = await discard()
    await pushing
    await scene.work()

    t.ok(discarded >= 10 && discarded <= people)
    t.equal(await course.credited(), people - discarded, 'nothing is both, nothing is neither')
  },
)

t.test('4.1 what was pushed while live is not credited twice by going back on trial', async (t) => {
  const course = await aCourse('live', 2)
  await course.post(course.completed(0))
  await scene.work()
  await changeSource(ground, course.sourceId, { state: 'trial' })
  await course.post(course.completed(1))
  await scene.work()
  t.equal(await course.credited(), 1)
  const { discarded } = await changeSource(ground, course.sourceId, { state: 'live' }, { discardTrial: true })
  await scene.work()

  t.equal(discarded, 1)
  t.equal(await course.credited(), 1, 'what was credited before stays')
})

t.test('4.2 keys change under load: what was acknowledged is stored, and the old key ends', async (t) => {
  const own = await aBridge(t, ground)
  const speaker = await aSpeaker(own, ground)
  const { key, secret, source_id: sourceId } = speaker.credential
  clock = 'wall'
  t.teardown(() => {
    clock = 'scene'
  })
  const acknowledged: string[] = []
  const statuses = new Set<number>()
  let current = basic(key, secret)
  let over = false
  const pusher = async (): Promise<void> => {
    while (!over) {
      const batch = [aStatement(), aStatement()]
      const used = current
      const answer = await speaker.post(batch, used)
      statuses.add(answer.statusCode)
      if (answer.statusCode === 200) acknowledged.push(...batch.map(({ id }) => id))
      else if (used === current) await sleep(5)
    }
  }
  const pushers = [pusher(), pusher(), pusher()]
  for (let n = 0; n < 3; n++) {
    const before = Buffer.from(current.authorization.slice(6), 'base64').toString().split(':')[0] as string
    const next = await rotateCredential(ground, sourceId)
    current = basic(next.key, next.secret)
    await sleep(30)
    await revokeCredential(ground, before, { sourceId })
    await sleep(30)
  }
  over = true
  await Promise.all(pushers)
  const stored = await ground
    .db('statement')
    .where({ source_id: idBytes(sourceId) })
    .count({ n: '*' })

  t.strictSame([...statuses].sort(), [200], 'a sender that changes over in time is never refused')
  t.equal(Number(stored[0]?.n), acknowledged.length)
  await sleep(1100)
  t.equal((await speaker.post(aStatement(), basic(key, secret))).statusCode, 401)
})

t.test(
  '4.5 a rate holds for all keys and tokens of a source together, and refused input counts',
  async (t) => {
    clock = ground.now()
    t.teardown(() => {
      clock = 'scene'
    })
    const own = await aBridge(t, ground)
    const speaker = await aSpeaker(own, ground, { rates: { statements: 3, bytes: null } })
    const { key, secret, source_id: sourceId } = speaker.credential
    const further = await rotateCredential(ground, sourceId)
    const token = await own.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { ...basic(key, secret), 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'grant_type=client_credentials',
    })
    const bearer = { authorization: `Bearer ${token.json().access_token}` }

    t.equal((await speaker.post(aStatement())).statusCode, 200)
    t.equal(
      (await speaker.post({}, basic(further.key, further.secret))).statusCode,
      400,
      'kept, so it counts',
    )
    t.equal((await speaker.post(aStatement(), bearer)).statusCode, 200)
    for (const headers of [{}, basic(further.key, further.secret), bearer]) {
      const limited = await speaker.post(aStatement(), headers)
      t.equal(limited.statusCode, 429)
      t.match(limited.json(), { code: 'rate-limited' })
      t.equal(limited.headers['retry-after'], '1')
    }
    t.equal((await speaker.post('{', bearer)).statusCode, 429, 'nor is what is no JSON let in')
    await own.close()

    const [condition] = await conditionsOf(ground.db, ground.now(), sourceId)
    t.match(condition?.lastDay, { accepted: 2, refused: 1, limited: 4 })
  },
)

t.test('4.6 no cell of a receipt is a formula, whatever a vendor wrote', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const heads = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠', '\n=', '"=']
  for (const head of heads) {
    const wrong = aStatement({ [`${head}HYPERLINK("http://x.example","a")`]: 1 })
    const receipt = (await speaker.post(wrong)).headers['x-xueshi-receipt']
    const csv = await app.inject({
      method: 'GET',
      url: `/api/sources/${speaker.credential.source_id}/receipts/${receipt}?format=csv`,
      headers: basic(speaker.credential.key, speaker.credential.secret),
    })
    const rows = parse(csv.body, { bom: true }) as string[][]
    t.equal(rows.length, 2, 'one line, however it is broken')
    for (const cell of rows.flat()) t.notMatch(cell, /^[=+\-@\t\r＝＋－＠]/, JSON.stringify(cell))
    t.equal(csv.headers['content-disposition'], 'attachment; filename="receipt.csv"')
  }
})

t.test('4.6 a receipt of thousands that say nothing to us is answered at once', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const verb = { id: 'http://x.example/verbs/nothing' }
  const receipt = (await speaker.post(Array.from({ length: 1500 }, () => aStatement({ verb })))).headers[
    'x-xueshi-receipt'
  ]
  await scene.work()
  const begun = performance.now()
  const answer = await app.inject({
    method: 'GET',
    url: `/api/sources/${speaker.credential.source_id}/receipts/${receipt}`,
    headers: basic(speaker.credential.key, speaker.credential.secret),
  })

  t.equal(answer.json().statements.length, 1500)
  t.match(answer.json().statements[1499], { status: 'ignored', why: 'no_rule' })
  t.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`)
})

t.test('names that nobody can tell apart are refused', async (t) => {
  const name = `平台 ${randomUUID()}`
  await addSource(ground, { name, preset: 'adl', actorHomePages: ['*'] })
  for (const alike of [`${name}\u200b`, `${name}\u202e`, `平台\u0000${name}`, `a\nb`, ` ${name} `])
    await t.rejects(
      addSource(ground, { name: alike, preset: 'adl', actorHomePages: ['*'] }),
      { code: /source-(invalid|exists)/ },
      JSON.stringify(alike),
    )
})
