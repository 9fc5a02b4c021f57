import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { newId } from '../../foundation/ids.ts'
import { saveToolCredential, toolCredential } from '../../lti-tool/coursework/credential.ts'
import { outboxCounts } from '../../lti-tool/coursework/outbox.ts'
import { batchSize, relayStep } from '../../lti-tool/coursework/relay.ts'
import { courseworkSteps } from '../../lti-tool/coursework/steps.ts'
import { freshGround } from '../support/ground.ts'
import { courseWorld, finishCourse, statementsOf, type World } from './coursework-world.ts'

interface Received {
  body: string
  authorization: string | undefined
  version: string | undefined
  url: string | undefined
}

type Answer = { status: number; headers?: Record<string, string>; body?: unknown } | 'drop'

/** A bridge that answers as it is told, in turn; after the last answer it goes on with it. */
async function fakeBridge(
  t: Test,
  ...answers: Answer[]
): Promise<{ endpoint: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    received.push({
      body: await textOf(request),
      authorization: request.headers.authorization,
      version: request.headers['x-experience-api-version'] as string,
      url: request.url,
    })
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 200 }
    if (answer === 'drop') return request.socket.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(JSON.stringify(answer.body ?? []))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/xapi`, received }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

const ok: Answer = { status: 200, headers: { 'x-xueshi-receipt': 'r-1' } }
const signal = () => new AbortController().signal

const world = await courseWorld(t, await freshGround(t))

/** Empties the outbox, and lets the lease of the relay before run out. */
async function startAfresh(): Promise<void> {
  world.pass(61_000)
  await world.ground.db('statement_outbox').delete()
  await world.ground.db('tool_setting').delete()
}

/** A finished course, whose statements go to a bridge that answers so. */
async function worldWith(t: Test, ...answers: Answer[]) {
  await startAfresh()
  const bridge = await fakeBridge(t, ...answers)
  await saveToolCredential(world.ground, { endpoint: bridge.endpoint, source: 's', key: 'k', secret: '秘s' })
  const visit = await world.enter()
  await finishCourse(world, visit)
  return { bridge, visit, relay: relayStep(world.ground) }
}

const statesOf = async ({ ground }: World) =>
  (await ground.db('statement_outbox').orderBy(['born_at', 'place'])).map(({ state }) => state)

t.test('statements go to the bridge once, in order, with the credential and the receipt kept', async (t) => {
  const { bridge, relay } = await worldWith(t, ok)
  const born = await statementsOf(world)

  const sent = await relay.run(signal())
  const again = await relay.run(signal())

  t.equal(sent, born.length)
  t.equal(again, 0)
  t.equal(bridge.received.length, 1)
  t.match(bridge.received[0], { url: '/xapi/statements', version: '1.0.3', authorization: /^Basic / })
  t.same(JSON.parse(bridge.received[0]?.body ?? ''), born)
  t.equal((await world.ground.db('statement_outbox').first('receipt')).receipt, 'r-1')
})

t.test('batches hold at most fifty statements', async (t) => {
  const { bridge, relay } = await worldWith(t, ok)
  for (let n = 0; n < 8; n++) await finishCourse(world, await world.enter())

  let sent = 0
  for (let more = 1; more > 0; sent += more) more = await relay.run(signal())

  const sizes = bridge.received.map(({ body }) => JSON.parse(body).length)
  t.ok(
    sizes.every((size) => size <= batchSize),
    String(sizes),
  )
  t.equal(sent, (await statementsOf(world)).length)
})

for (const [what, answer] of [
  ['503', { status: 503 }],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '2' } }],
  ['500', { status: 500 }],
  ['a connection that breaks', 'drop'],
] as const) {
  t.test(`after ${what} the same bytes come again later, and nothing is lost`, async (t) => {
    const { bridge, relay } = await worldWith(t, answer, ok)

    const first = await relay.run(signal())
    const tooSoon = await relay.run(signal())
    world.pass(60_000)
    const later = await relay.run(signal())

    t.equal(first, 0)
    t.equal(tooSoon, 0)
    t.ok(later > 0)
    t.equal(bridge.received.length, 2)
    t.equal(bridge.received[0]?.body, bridge.received[1]?.body)
    t.match(await outboxCounts(world.ground.db), { waiting: 0, refused: 0 })
  })
}

t.test('Retry-After is honoured', async (t) => {
  const { bridge, relay } = await worldWith(t, { status: 429, headers: { 'retry-after': '120' } }, ok)

  await relay.run(signal())
  world.pass(119_000)
  await relay.run(signal())

  t.equal(bridge.received.length, 1)
})

for (const status of [401, 403]) {
  t.test(`${status} pauses, and a mended credential lets it go on`, async (t) => {
    const { bridge, relay } = await worldWith(t, { status }, ok)

    await relay.run(signal())
    await saveToolCredential(world.ground, {
      endpoint: bridge.endpoint,
      source: 's',
      key: 'k2',
      secret: 'new',
    })
    world.pass(31_000)
    await relay.run(signal())

    t.not(bridge.received[0]?.authorization, bridge.received[1]?.authorization)
    t.match(await outboxCounts(world.ground.db), { waiting: 0, refused: 0 })
  })
}

for (const status of [400, 409]) {
  t.test(`${status} sets the named statement aside and delivers the others`, async (t) => {
    const body = { code: 'x', errors: [{ index: 1, code: 'bad', pointer: '/verb', detail: 'no' }] }
    const { bridge, relay } = await worldWith(t, { status, body }, ok)

    await relay.run(signal())

    const states = await statesOf(world)
    t.equal(states[1], 'refused')
    t.equal(states.filter((state) => state === 'sent').length, states.length - 1)
    t.equal(bridge.received.length, 2)
    t.match(await world.ground.db('statement_outbox').where({ state: 'refused' }).first(), {
      answer_status: status,
      fault: 'bad /verb no',
    })
  })
}

t.test('a refusal that names nobody is hunted down by halves', async (t) => {
  const { relay, visit } = await worldWith(t, { status: 400, body: { code: 'x' } })

  await relay.run(signal())

  t.same(new Set(await statesOf(world)), new Set(['refused']))
  const receipt = await visit.get('receipt')
  t.match(receipt.body, '完成记录没有被接收')
})

t.test('two workers at once deliver each statement once', async (t) => {
  const { bridge, relay } = await worldWith(t, ok)
  const other = relayStep(world.ground)

  const sent = await Promise.all([relay.run(signal()), other.run(signal())])

  t.equal(sent[0] + sent[1], (await statementsOf(world)).length)
  t.equal(bridge.received.length, 1)
})

t.test('without a credential statements wait, and nothing fails', async (t) => {
  await startAfresh()
  await finishCourse(world, await world.enter())

  t.equal(await relayStep(world.ground).run(signal()), 0)
  t.ok((await outboxCounts(world.ground.db)).waiting > 0)
})

t.test('the credential is sealed, and another secret cannot open it', async (t) => {
  await startAfresh()
  await saveToolCredential(world.ground, {
    endpoint: 'http://x/xapi',
    source: 's',
    key: 'the-key',
    secret: 'the-secret',
  })

  const kept = await world.ground.db('tool_setting').first('content')
  const other = {
    db: world.ground.db,
    config: { ...world.ground.config, toolKeySecret: 'another secret, long enough' },
  }

  t.notMatch(kept.content.toString('latin1'), /the-key|the-secret/)
  t.match(await toolCredential(world.ground), { key: 'the-key', secret: 'the-secret' })
  await t.rejects(toolCredential(other))
})

t.test('events of pages are forgotten after a month, not before', async (t) => {
  await world.ground.db('coursework_event').delete()
  const visit = await world.enter()
  const act = { id: newId(), unit: 'u1', kind: 'read' }
  await visit.report(act)
  const sweep = courseworkSteps(world.ground).find(({ name }) => name === 'coursework-sweep')

  world.pass(29 * 86_400_000)
  await sweep?.run(signal())
  const kept = (await world.ground.db('coursework_event')).length
  world.pass(2 * 86_400_000)
  await sweep?.run(signal())

  t.equal(kept, 1)
  t.equal((await world.ground.db('coursework_event')).length, 0)
})
