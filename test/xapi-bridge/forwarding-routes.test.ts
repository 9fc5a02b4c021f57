import { randomUUID } from 'node:crypto'
import t from 'tap'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { registry } from '../../foundation/http/metrics.ts'
import { addLogin } from '../../ledger/access/login.ts'
import { addApiToken } from '../../ledger/access/token.ts'
import { forgetDeliveries } from '../../xapi-bridge/forwarding/log.ts'
import { aReceiver, forwardingScene } from './forwarding-scene.ts'
import { aStatement } from './statement-examples.ts'

t.setTimeout(300_000)

const scene = await forwardingScene(t)
const { ground, app } = scene

async function aToken(scopes: string[]): Promise<string> {
  const login = `chief-${randomUUID().slice(0, 8)}`
  await addLogin(ground, { login, role: 'district_admin', actor: 'os:test' })
  const kept = await addApiToken(ground, { login, scopes, days: 1, actor: 'os:test' })
  const claims = { jti: kept.tokenId, sub: kept.loginId, scopes }
  return signApiToken(ground.config.tokenSecret, claims, 86_400)
}

const [reader, writer] = [await aToken(['read']), await aToken(['read', 'write'])]

async function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown, token = writer) {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { payload: JSON.stringify(body) } : {}),
  })
  return { status: answer.statusCode, json: answer.json() }
}

t.test('without a token nothing is shown, and with one to read nothing is changed', async (t) => {
  t.equal((await app.inject('/api/destinations')).statusCode, 401)
  t.equal((await ask('GET', '/api/destinations', undefined, reader)).status, 200)
  const wish = { kind: 'webhook', name: 'x', url: 'https://hook.example/', events: ['claim.posted'] }
  t.equal((await ask('POST', '/api/destinations', wish, reader)).status, 403)
})

t.test('a destination is added, tried out, watched, paused, resumed, changed and removed', async (t) => {
  const receiver = await aReceiver(t)
  const speaker = await scene.speaker()
  const name = `省平台 ${randomUUID()}`
  const added = await ask('POST', '/api/destinations', {
    kind: 'lrs',
    name,
    url: `${receiver.url}/xapi/`,
    filter: { sources: [speaker.credential.source_id] },
    credential: { kind: 'basic', key: 'k', secret: 'very secret' },
  })
  t.equal(added.status, 201)
  t.equal(added.json.secret, null)
  const at = `/api/destinations/${added.json.destination_id}`
  t.match(await ask('POST', '/api/destinations', { kind: 'lrs', name, url: receiver.url }), {
    status: 409,
    json: { code: 'destination-exists' },
  })

  t.match((await ask('POST', `${at}/test`)).json, { ok: true, status: 200, code: null })
  t.equal(receiver.got[0]?.path, '/xapi/statements?limit=1')
  receiver.answer = () => ({ status: 401 })
  t.match((await ask('POST', `${at}/test`)).json, { ok: false, status: 401, code: 'UNAUTHENTICATED' })

  receiver.answer = () => ({ status: 503 })
  await speaker.post([aStatement(), aStatement()])
  const before = (await ask('GET', at)).json
  t.match(before, { behind: 2, pending: 0, state: 'active', url: `${receiver.url}/xapi` })
  await scene.forward(added.json.destination_id)
  scene.advance(30)
  const listed = (await ask('GET', '/api/destinations', undefined, reader)).json.destinations
  const own = listed.find((one: { name: string }) => one.name === name)
  t.match(own, {
    pending: 2,
    failed: 2,
    dead: 0,
    behind: 0,
    failures: 1,
    last_status: 503,
    last_code: 'FAILING',
  })
  t.ok(own.lag_seconds >= 30)
  t.ok(own.next_try_at)
  t.notMatch(JSON.stringify(listed), 'very secret')
  const figures = await registry.metrics()
  t.match(figures, `xueshi_forwarding_pending{destination="${own.destination_id}"} 2`)
  t.match(figures, `xueshi_forwarding_dead{destination="${own.destination_id}"} 0`)
  t.match(figures, new RegExp(`xueshi_forwarding_lag_seconds\\{destination="${own.destination_id}"\\} [3-9]`))

  t.match((await ask('POST', `${at}/pause`)).json, { state: 'paused' })
  t.match((await ask('GET', at)).json, { state: 'paused', pause_code: 'by_hand' })
  t.match((await ask('POST', `${at}/resume`)).json, { state: 'active' })
  receiver.answer = () => ({ status: 200 })
  await scene.forward(added.json.destination_id)
  t.match((await ask('GET', at)).json, { pending: 0, failures: 0, lag_seconds: 0 })

  const changed = await ask('PATCH', at, { redaction: { names: 'drop' }, version: '2.0.0' })
  t.match(changed.json, { redaction: { names: 'drop', actors: 'keep' }, version: '2.0.0', name })
  t.match(await ask('PATCH', at, { events: ['claim.posted'] }), {
    status: 400,
    json: { code: 'destination-invalid' },
  })
  t.match((await ask('DELETE', at)).json, { state: 'removed' })
  t.match(await ask('GET', at), { status: 404, json: { code: 'destination-unknown' } })
  t.equal((await ask('POST', '/api/destinations', { kind: 'lrs', name, url: receiver.url })).status, 201)
})

t.test('a webhook shows its secret once, and again when it is rotated', async (t) => {
  const receiver = await aReceiver(t)
  const added = await ask('POST', '/api/destinations', {
    kind: 'webhook',
    name: randomUUID(),
    url: receiver.url,
    events: ['claim.posted', 'source.silent'],
  })
  t.match(added.json.secret, /^[\w-]{43}$/)
  const at = `/api/destinations/${added.json.destination_id}`
  t.match((await ask('POST', `${at}/test`)).json, { ok: true })
  t.equal(receiver.got[0]?.headers['x-xueshi-event'], 'test')
  const rotated = (await ask('POST', `${at}/rotate`, { overlap_hours: 1 })).json.secret
  t.match(rotated, /^[\w-]{43}$/)
  t.not(rotated, added.json.secret)
  await ask('POST', `${at}/test`)
  t.match(receiver.got[1]?.headers['x-xueshi-signature'], /^v1=[0-9a-f]{64}, v1=[0-9a-f]{64}$/)
  const shown = JSON.stringify((await ask('GET', at)).json)
  t.notMatch(shown, rotated)
  t.match(await ask('POST', `${at}/rotate`, { credential: { kind: 'basic', key: 'a', secret: 'b' } }), {
    status: 400,
  })
})

t.test('the log is filtered and paged, and replays in bulk', async (t) => {
  const receiver = await aReceiver(t)
  const speaker = await scene.speaker()
  const { id } = await scene.destination({
    kind: 'lrs',
    url: receiver.url,
    filter: { sources: [speaker.credential.source_id] },
  })
  receiver.answer = () => ({ status: 400 })
  await speaker.post(Array.from({ length: 7 }, () => aStatement()))
  await scene.forward(id)
  receiver.answer = () => ({ status: 200 })
  await speaker.post([aStatement(), aStatement()])
  await scene.forward(id)

  const seen: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const more: string = after ? `&after=${after}` : ''
    const page: { deliveries: { delivery_id: string }[]; next: string | null } = (
      await ask('GET', `/api/deliveries?destination_id=${id}&state=dead&code=REFUSED&size=3${more}`)
    ).json
    seen.push(...page.deliveries.map((one: { delivery_id: string }) => one.delivery_id))
    after = page.next
  }
  t.equal(new Set(seen).size, 7)
  t.equal(seen.length, 7)
  t.equal(
    (await ask('GET', `/api/deliveries?destination_id=${id}&state=delivered`)).json.deliveries.length,
    2,
  )

  const replay = { destination_id: id, code: 'REFUSED' }
  t.strictSame((await ask('POST', '/api/deliveries/replay', { ...replay, delivery_ids: [seen[0]] })).json, {
    replayed: 1,
  })
  t.strictSame((await ask('POST', '/api/deliveries/replay', replay)).json, { replayed: 6 })
  await scene.forward(id)
  t.equal(new Set(receiver.taken).size, 9)
  t.match(await ask('POST', '/api/deliveries/replay', { destination_id: randomUUID() }), { status: 404 })
})

t.test('what arrived is forgotten after its time, what is dead after a year, the rest never', async (t) => {
  const receiver = await aReceiver(t)
  const speaker = await scene.speaker()
  const { id } = await scene.destination({
    kind: 'lrs',
    url: receiver.url,
    filter: { sources: [speaker.credential.source_id] },
  })
  const [good, bad, waiting] = [aStatement(), aStatement(), aStatement()]
  receiver.answer = ({ statements }) => ({
    status: statements.some((one) => one.id === bad.id)
      ? 400
      : statements.some((one) => one.id === waiting.id)
        ? 503
        : 200,
  })
  for (const one of [good, bad, waiting]) {
    await speaker.post(one)
    await scene.forward(id)
  }
  const states = async () => (await scene.log(id)).map(({ state }) => state)
  t.strictSame(await states(), ['delivered', 'dead', 'waiting'])
  await forgetDeliveries(ground)
  t.equal((await states()).length, 3)
  scene.advance(31 * 86_400)
  await forgetDeliveries(ground)
  t.strictSame(await states(), ['dead', 'waiting'])
  scene.advance(340 * 86_400)
  await forgetDeliveries(ground)
  t.strictSame(await states(), ['waiting'])
})
