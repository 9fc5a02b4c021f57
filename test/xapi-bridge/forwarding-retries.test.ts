import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { forwardingSteps } from '../../xapi-bridge/forwarding/steps.ts'
import { takeTurn } from '../../xapi-bridge/forwarding/turn.ts'
import { backOffMs, retryAfterOf, verdictOf } from '../../xapi-bridge/forwarding/verdict.ts'
import {
  aReceiver,
  type ForwardingScene,
  forwardingScene,
  type Receiver,
  type Reply,
} from './forwarding-scene.ts'
import { aStatement, type Speaker } from './statement-examples.ts'

t.setTimeout(300_000)

const scene: ForwardingScene = await forwardingScene(t)

/** A receiver, a destination that leads there, and somebody who pushes. */
async function aWay(answer: (status: Receiver) => Receiver['answer'] = () => () => ({ status: 200 })) {
  const receiver = await aReceiver(t)
  receiver.answer = answer(receiver)
  const speaker: Speaker = await scene.speaker()
  const { id } = await scene.destination({
    kind: 'lrs',
    url: receiver.url,
    filter: { sources: [speaker.credential.source_id] },
  })
  return { receiver, speaker, id }
}

async function push(speaker: Speaker, count: number): Promise<string[]> {
  const statements = Array.from({ length: count }, () => aStatement())
  const answer = await speaker.post(statements)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return statements.map(({ id }) => id)
}

const always = (reply: Reply) => () => () => reply

t.test('2xx: delivered, with the same ids, in order, at most 50 a request', async (t) => {
  const { receiver, speaker, id } = await aWay(always({ status: 204 }))
  const ids = await push(speaker, 120)

  t.equal(await scene.forward(id), 120)

  t.strictSame(receiver.taken, ids)
  t.strictSame(
    receiver.got.map(({ statements }) => statements.length),
    [50, 50, 20],
  )
  t.equal(receiver.got[0]?.path, '/statements')
  t.equal(receiver.got[0]?.headers['x-experience-api-version'], '1.0.3')
  t.ok(
    (await scene.log(id)).every(
      ({ state, status, attempts }) => state === 'delivered' && status === 204 && attempts === 1,
    ),
  )
  t.equal(await scene.forward(id), 0, 'nothing goes twice')
  t.ok((await scene.read(id)).lastSuccessAt)
})

for (const [status, code] of [
  [400, 'REFUSED'],
  [413, 'TOO_LARGE'],
  [409, 'CONFLICT'],
] as const) {
  t.test(`${status}: the batch is halved down to the offender, which alone is dead: ${code}`, async (t) => {
    const { receiver, speaker, id } = await aWay()
    const ids = await push(speaker, 20)
    const bad = [ids[3], ids[17]]
    receiver.answer = ({ statements }) => ({
      status: statements.some((one) => bad.includes(one.id)) ? status : 200,
    })

    t.equal(await scene.forward(id), 20)

    t.strictSame(
      receiver.taken,
      ids.filter((one) => !bad.includes(one)),
      'the others arrive once and in their order',
    )
    const dead = (await scene.log(id)).filter(({ state }) => state === 'dead')
    t.equal(dead.length, 2)
    t.ok(dead.every((one) => one.code === code && one.status === status))
    t.ok(dead.every((one) => one.attempts === 1 && one.firstTriedAt === one.finishedAt))
    t.equal((await scene.read(id)).state, 'active', 'it goes on')
  })
}

for (const [status, code] of [
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [302, 'REDIRECTED'],
  [405, 'UNEXPECTED'],
] as const) {
  t.test(`${status}: the destination is paused, with an alarm; nothing is lost: ${code}`, async (t) => {
    const { receiver, speaker, id } = await aWay(
      always({ status, headers: { location: 'http://127.0.0.1:1/elsewhere' } }),
    )
    const alarms: unknown[] = []
    const log = scene.ground.log.error
    scene.ground.log.error = ((facts: unknown) => alarms.push(facts)) as typeof log
    t.teardown(() => {
      scene.ground.log.error = log
    })
    const ids = await push(speaker, 3)

    await scene.forward(id)
    await scene.forward(id)

    t.equal(receiver.got.length, 1, 'asked once, and never led elsewhere')
    t.match(await scene.read(id), { state: 'paused', pauseCode: code, lastStatus: status })
    t.match(alarms, [{ destinationId: id, code }])
    t.ok((await scene.log(id)).every(({ state, code: met }) => state === 'waiting' && met === code))
    receiver.answer = () => ({ status: 200 })
    await scene.ground
      .db('destination')
      .update({ state: 'active' })
      .where({ name: (await scene.read(id)).name })
    await scene.forward(id)
    t.strictSame(receiver.taken, ids)
  })
}

for (const [name, reply] of [
  ['429', { status: 429 }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['timeout', { status: 0, silent: true }],
  ['network', { status: 0, cut: true }],
] as [string, Reply][]) {
  t.test(`${name}: tried again after a growing rest, then all arrives`, async (t) => {
    const { receiver, speaker, id } = await aWay(always(reply))
    const ids = await push(speaker, 2)

    await scene.forward(id)
    const first = await scene.read(id)
    t.equal(first.state, 'active')
    t.equal(first.failures, 1)
    await scene.forward(id)
    t.equal(receiver.got.length, 1, 'it rests')
    scene.advance(3)
    await scene.forward(id)
    t.equal((await scene.read(id)).failures, 2)

    receiver.answer = () => ({ status: 200 })
    scene.advance(10)
    await scene.forward(id)
    t.strictSame(receiver.taken, ids)
    t.match(await scene.read(id), { failures: 0, lastCode: null })
  })
}

t.test('nobody listens: tried again, and a restart forgets nothing', async (t) => {
  const { receiver, speaker, id } = await aWay()
  const ids = await push(speaker, 2)
  await scene.ground
    .db('destination')
    .update({ url: 'http://127.0.0.1:9' })
    .where({ name: (await scene.read(id)).name })
  await scene.forward(id)
  t.match(await scene.read(id), { failures: 1, lastCode: 'NETWORK', lastStatus: null })
  await scene.ground
    .db('destination')
    .update({ url: receiver.url })
    .where({ name: (await scene.read(id)).name })

  await scene.forward(id)
  t.strictSame(receiver.taken, [], 'another worker keeps to the rest too')
  scene.advance(5)
  await scene.forward(id)
  t.strictSame(receiver.taken, ids)
})

t.test('Retry-After is honoured, in seconds and as a date', async (t) => {
  const { receiver, speaker, id } = await aWay(always({ status: 503, headers: { 'retry-after': '120' } }))
  await push(speaker, 1)
  await scene.forward(id)
  scene.advance(60)
  await scene.forward(id)
  t.equal(receiver.got.length, 1)
  scene.advance(61)
  await scene.forward(id)
  t.equal(receiver.got.length, 2)
  t.equal(retryAfterOf('120', 0), 120_000)
  t.equal(retryAfterOf(new Date(90_000).toUTCString(), 30_000), 60_000)
  t.equal(retryAfterOf('soon', 0), 0)
  t.equal(retryAfterOf('999999999', 0), 86_400_000, 'no receiver puts us off for more than a day')
})

t.test('the rest has full jitter from one second, doubles, and ends at an hour', async (t) => {
  for (const failures of [1, 2, 5, 12, 40]) {
    const span = Math.min(3_600_000, 1000 * 2 ** failures)
    t.equal(backOffMs(failures, 0), 1000)
    t.ok(backOffMs(failures, 0.999999) <= span)
    t.ok(backOffMs(failures, 0.5) > backOffMs(failures, 0.1))
  }
  t.equal(backOffMs(1, 0, 7_000), 7_000)
})

t.test('what was tried for 24 hours is dead, and does not hold up the rest', async (t) => {
  const { receiver, speaker, id } = await aWay(always({ status: 503 }))
  const old = await push(speaker, 3)
  for (let hour = 0; hour < 24; hour++) {
    await scene.forward(id)
    scene.advance(3_600)
  }
  t.ok(
    (await scene.log(id)).every(({ state }) => state === 'waiting'),
    'not before',
  )
  scene.advance(60)
  await scene.forward(id)
  const dead = await scene.log(id)
  t.strictSame(
    dead.map(({ state, code, status }) => [state, code, status]),
    old.map(() => ['dead', 'GIVEN_UP', 503]),
  )

  const fresh = await push(speaker, 2)
  receiver.answer = () => ({ status: 200 })
  scene.advance(3_700)
  await scene.forward(id)
  t.strictSame(receiver.taken, fresh)
})

t.test('a receiver that chokes on one statement gets all others at once', async (t) => {
  const { receiver, speaker, id } = await aWay()
  const ids = await push(speaker, 60)
  const bad = ids[20]
  receiver.answer = ({ statements }) => ({ status: statements.some((one) => one.id === bad) ? 500 : 200 })

  for (let round = 0; round < 14; round++) {
    await scene.forward(id)
    scene.advance(120)
  }

  t.strictSame(
    [...receiver.taken].sort(),
    ids.filter((one) => one !== bad).sort(),
    'each of the others arrived, and once',
  )
  const left = (await scene.log(id)).filter(({ state }) => state === 'waiting')
  t.equal(left.length, 1)
  for (let hour = 0; hour < 30; hour++) {
    await scene.forward(id)
    scene.advance(3_600)
  }
  t.match(
    (await scene.log(id)).filter(({ state }) => state !== 'delivered'),
    [{ state: 'dead', code: 'GIVEN_UP', status: 500 }],
  )
})

t.test('every status is judged', async (t) => {
  const acts = Object.fromEntries(
    [200, 204, 299, 301, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 425, 429, 500, 502, 599].map(
      (status) => [status, verdictOf(status, {}, 0).act],
    ),
  )
  t.strictSame(acts, {
    200: 'delivered',
    204: 'delivered',
    299: 'delivered',
    301: 'pause',
    400: 'bisect',
    401: 'pause',
    403: 'pause',
    404: 'pause',
    405: 'pause',
    408: 'later',
    409: 'bisect',
    410: 'pause',
    413: 'bisect',
    415: 'pause',
    422: 'bisect',
    425: 'later',
    429: 'later',
    500: 'later',
    502: 'later',
    599: 'later',
  })
})

t.test('to many destinations at once: one stop ends all requests, and no listeners pile up', async (t) => {
  const receivers = [await aReceiver(t), await aReceiver(t)]
  const speaker = await scene.speaker()
  for (const receiver of receivers) {
    const wish = { kind: 'lrs', url: receiver.url, filter: { sources: [speaker.credential.source_id] } }
    for (let n = 0; n < 7; n++) await scene.destination(wish)
    receiver.answer = () => ({ status: 200, silent: true })
  }
  const asked = () => receivers.reduce((sum, { got }) => sum + got.length, 0)
  await push(speaker, 1)
  const warnings: Error[] = []
  const heard = (warning: Error) => warnings.push(warning)
  process.on('warning', heard)
  t.teardown(() => process.off('warning', heard))
  const stop = new AbortController()
  const step = forwardingSteps(scene.ground).find(({ name }) => name === 'forwarding')

  const running = step?.run(stop.signal)
  for (let n = 0; n < 200 && asked() < 14; n++) await sleep(50)
  t.equal(asked(), 14, 'all at once')
  t.ok(getEventListeners(stop.signal, 'abort').length <= 3)
  stop.abort()

  await running
  t.equal(getEventListeners(stop.signal, 'abort').length, 0)
  t.strictSame(
    warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
    [],
  )
})

t.test('whoever lost the turn at a destination writes nothing any more', async (t) => {
  const { id } = await aWay()
  const destination = await scene.read(id)
  const first = await takeTurn(scene.ground, destination, newId())
  t.equal(await takeTurn(scene.ground, destination, newId()), null, 'one at a time')
  scene.advance(31)
  const second = await takeTurn(scene.ground, destination, newId())
  let wrote = 0
  const write = async () => {
    wrote += 1
    return true
  }
  t.equal(await first?.settle(write), null)
  t.equal(await first?.renew(), false)
  t.equal(wrote, 0)
  t.equal(await second?.settle(write), true)
  await second?.release()
  t.ok(await takeTurn(scene.ground, destination, newId()))
})
