import { createHmac, randomUUID } from 'node:crypto'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { type Instant, instantOf } from '../../foundation/time.ts'
import { signatureVerdict } from '../../xapi-bridge/adapters/webhook-signature.ts'
import { conditionsOf } from '../../xapi-bridge/sources/condition.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { setSigningSecret, signingSecretOf } from '../../xapi-bridge/sources/signing.ts'
import { freshGround } from '../support/ground.ts'
import { anAdministrator } from './dead-letter-scene.ts'
import { aBridge, aSpeaker, aStatement, aVoid, type Json, type Speaker } from './statement-examples.ts'

let time: number = instantOf('2026-06-03T10:00:00Z')
const ground = { ...(await freshGround(t)), now: () => time as Instant }
const app = await aBridge(t, ground)
const key = Buffer.from('a key of thirty-two bytes, no more')
const secret = `whsec_${key.toString('base64')}`
const seconds = () => Math.floor(time / 1_000_000)

/** The headers that a platform sends with a body, signed by a key at a time. */
function signed(
  body: string,
  { id = `msg_${randomUUID()}`, at = seconds(), by = key } = {},
): Record<string, string> {
  const signature = createHmac('sha256', by).update(`${id}.${at}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` }
}

const hook = ({ credential }: Speaker, body: string, headers: Record<string, string | undefined>) =>
  app.inject({
    method: 'POST',
    url: `/api/sources/${credential.source_id}/envelopes/360learning`,
    headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
    payload: body,
    remoteAddress: `10.0.0.${Math.floor(Math.random() * 250)}`,
  })
const basic = ({ credential }: Speaker) => ({
  authorization: `Basic ${Buffer.from(`${credential.key}:${credential.secret}`).toString('base64')}`,
})
const body = (changes: Json = {}) => JSON.stringify(aStatement(changes))

async function aSigner(): Promise<Speaker> {
  const speaker = await aSpeaker(app, ground)
  await setSigningSecret(ground, speaker.credential.source_id, secret)
  return speaker
}

t.test('the signature of the scheme’s own example fits', (t) => {
  // The vector that the libraries of Standard Webhooks test against.
  const request = {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: Buffer.from('{"test": 2432232314}'),
  }
  const now = (1_614_265_330 * 1_000_000) as Instant

  t.equal(signatureVerdict(request, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', now), 'right')
  t.equal(signatureVerdict(request, 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', now), 'right', 'without its prefix')
  t.equal(signatureVerdict(request, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx', now), 'wrong')
  t.equal(signatureVerdict(request, '', now), 'wrong', 'a secret that cannot be opened lets nothing in')
  t.end()
})

for (const [what, change, verdict] of [
  ['no signature', { 'webhook-signature': undefined }, 'missing'],
  ['no id', { 'webhook-id': undefined }, 'missing'],
  ['no time', { 'webhook-timestamp': undefined }, 'missing'],
  ['another id', { 'webhook-id': 'msg_other' }, 'wrong'],
  ['another time', { 'webhook-timestamp': '1614265331' }, 'wrong'],
  ['a signature cut short', { 'webhook-signature': 'v1,g0hM' }, 'wrong'],
  ['an empty signature', { 'webhook-signature': 'v1,' }, 'wrong'],
  ['a signature of another version', { 'webhook-signature': 'v2,' }, 'wrong'],
] as const) {
  t.test(`${what} is ${verdict}`, (t) => {
    const text = body()
    const headers = { ...signed(text, { id: 'msg_1' }), ...change } as Record<string, string | undefined>
    t.equal(signatureVerdict({ headers, body: Buffer.from(text) }, secret, time as Instant), verdict)
    t.end()
  })
}

t.test('of several signatures, as during a rotation, one has to fit', (t) => {
  const text = body()
  const both = signed(text, { id: 'msg_1' })
  const { 'webhook-signature': legacy } = signed(text, { id: 'msg_1', by: Buffer.from('another') })
  const verdict = (signatures: string) =>
    signatureVerdict(
      { headers: { ...both, 'webhook-signature': signatures }, body: Buffer.from(text) },
      secret,
      time as Instant,
    )

  t.equal(verdict(`${legacy} ${both['webhook-signature']}`), 'right')
  t.equal(verdict(`v1a,xxx ${both['webhook-signature']}`), 'right')
  t.equal(verdict(String(legacy)), 'wrong')
  t.equal(verdict(`${'v1,xxxx '.repeat(8)}${both['webhook-signature']}`), 'wrong', 'not as many as one likes')
  t.end()
})

t.test('a plain secret, as 360Learning may show it, signs by its text', (t) => {
  const text = body()
  const request = { headers: signed(text, { by: Buffer.from('a-plain-secret') }), body: Buffer.from(text) }
  t.equal(signatureVerdict(request, 'a-plain-secret', time as Instant), 'right')
  t.equal(signatureVerdict(request, 'whsec_a-plain-secret', time as Instant), 'wrong')
  t.end()
})

t.test('a right signature lets a webhook in without a credential, once', async (t) => {
  const speaker = await aSigner()
  const text = body()
  const headers = signed(text)

  const first = await hook(speaker, text, headers)
  const replayed = await hook(speaker, text, headers)

  t.equal(first.statusCode, 200)
  t.match(
    replayed.json(),
    { state: 'stored', receipt: first.json().receipt },
    'the same again changes nothing',
  )
  t.equal((await speaker.find()).length, 1)
  time += 301_000_000
  const late = await hook(speaker, text, headers)
  t.match(late.json(), { status: 401, code: 'webhook-unsigned' }, 'overheard, and sent again later')
  const retry = await hook(speaker, text, signed(text, { id: headers['webhook-id'] as string }))
  t.equal(retry.statusCode, 200, 'the platform signs each try anew')
  t.equal((await speaker.find()).length, 1)
})

t.test('without a right signature nothing gets in, also with the credential', async (t) => {
  const speaker = await aSigner()
  const text = body()
  const tries: [string, Record<string, string>][] = [
    ['none', {}],
    ['of another secret', signed(text, { by: Buffer.from('another') })],
    ['of another body', signed(body())],
    ['from the future', signed(text, { at: seconds() + 301 })],
    ['of no time', { ...signed(text), 'webhook-timestamp': 'now' }],
  ]
  for (const [what, headers] of tries)
    for (const more of [{}, basic(speaker)]) {
      const answer = await hook(speaker, text, { ...more, ...headers })
      t.match(answer.json(), { status: 401, code: 'webhook-unsigned' }, what)
    }
  t.strictSame(await speaker.find(), [])
  const kept = await ground.db('rejected_input').where({ source_id: idBytes(speaker.credential.source_id) })
  t.strictSame(kept, [], 'what nobody signed is not kept')
  t.equal((await hook(speaker, text, { ...basic(speaker), ...signed(text) })).statusCode, 200, 'both')
})

t.test('a source of which no secret is known takes its credential alone, signed or not', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const text = body()
  t.match((await hook(speaker, text, signed(text))).json(), { status: 401, code: 'credential-unknown' })
  t.equal((await hook(speaker, text, { ...basic(speaker), ...signed(text) })).statusCode, 200)
  const nobody = { credential: { ...speaker.credential, source_id: randomUUID() } } as Speaker
  t.match((await hook(nobody, text, signed(text))).json(), { status: 401, code: 'credential-unknown' })
  const none = { credential: { ...speaker.credential, source_id: 'none' } } as Speaker
  t.equal((await hook(none, text, signed(text))).statusCode, 401)
})

t.test('the secret of one source signs for no other', async (t) => {
  const [mine, other] = [await aSigner(), await aSpeaker(app, ground)]
  await setSigningSecret(ground, other.credential.source_id, 'another-secret-of-theirs')
  const text = body()
  t.equal((await hook(other, text, signed(text))).statusCode, 401)
  t.equal((await hook(other, text, { ...basic(mine), ...signed(text) })).statusCode, 404)
})

t.test('a signed webhook stops with its source, and may void', async (t) => {
  const speaker = await aSigner()
  const one = aStatement()
  const send = (statement: object) => {
    const text = JSON.stringify(statement)
    return hook(speaker, text, signed(text))
  }
  await send(one)
  t.equal((await send(aVoid(one.id))).statusCode, 200)
  t.equal((await speaker.get({ voidedStatementId: one.id })).statusCode, 200)
  await changeSource(ground, speaker.credential.source_id, { state: 'paused' })
  t.match((await send(aStatement())).json(), { status: 403, code: 'scope-missing' })
})

t.test('signed pushes count as pushes: of their source and of how late it delivers', async (t) => {
  const own = await aBridge(t, ground)
  const speaker = await aSpeaker(own, ground)
  const id = speaker.credential.source_id
  await setSigningSecret(ground, id, secret)
  const text = JSON.stringify(aStatement({ timestamp: new Date((seconds() - 40) * 1000).toISOString() }))
  const url = `/api/sources/${id}/envelopes/360learning`
  const headers = { 'content-type': 'application/json', ...signed(text, { at: seconds() - 40 }) }
  t.equal((await own.inject({ method: 'POST', url, headers, payload: text })).statusCode, 200)
  await own.close()

  const [condition] = await conditionsOf(ground.db, ground.now(), id)
  t.match(condition, { accepted: 1, isSigned: true, delivery: { sample: 1 } })
  t.equal(Math.round(condition?.delivery.p50 ?? 0), 40)
})

t.test('guessing signatures is slowed down, and keeps nobody out who has the right one', async (t) => {
  const speaker = await aSigner()
  const text = body()
  const url = `/api/sources/${speaker.credential.source_id}/envelopes/360learning`
  const guess = () =>
    app.inject({ method: 'POST', url, payload: text, headers: { 'content-type': 'application/json' } })
  for (let n = 0; n < 20; n++) t.equal((await guess()).statusCode, 401)

  const limited = await guess()

  t.equal(limited.statusCode, 429)
  t.ok(Number(limited.headers['retry-after']) > 0)
  const right = await app.inject({
    method: 'POST',
    url,
    payload: text,
    headers: { 'content-type': 'application/json', ...signed(text) },
  })
  t.equal(right.statusCode, 200)
})

t.test('webhooks refused for their signature count as refused, and not as a push', async (t) => {
  const own = await aBridge(t, ground)
  const speaker = await aSpeaker(own, ground)
  const id = speaker.credential.source_id
  await setSigningSecret(ground, id, secret)
  const headers = { 'content-type': 'application/json' }
  const url = `/api/sources/${id}/envelopes/360learning`
  t.equal((await own.inject({ method: 'POST', url, headers, payload: body() })).statusCode, 401)
  const wrong = { ...headers, ...signed(body()) }
  t.equal((await own.inject({ method: 'POST', url, headers: wrong, payload: body() })).statusCode, 401)

  await own.close()

  const [condition] = await conditionsOf(ground.db, ground.now(), id)
  t.match(condition, { refused: 2, lastPushAt: null, lastDay: { requests: 2, refused: 2 }, errorRate: 1 })
})

t.test('an envelope over the rate of its source is answered 429 and counted', async (t) => {
  const own = await aBridge(t, ground)
  const speaker = await aSpeaker(own, ground, { rates: { statements: 1, bytes: null } })
  const url = `/api/sources/${speaker.credential.source_id}/envelopes/360learning`
  const headers = { 'content-type': 'application/json', ...basic(speaker) }
  const send = () => own.inject({ method: 'POST', url, headers, payload: body() })
  t.equal((await send()).statusCode, 200)

  const limited = await send()

  t.equal(limited.statusCode, 429)
  t.equal(limited.headers['retry-after'], '1')
  await own.close()
  const [condition] = await conditionsOf(ground.db, ground.now(), speaker.credential.source_id)
  t.match(condition?.lastDay, { accepted: 1, limited: 1 })
})

t.test('the secret is set and forgotten by who may, sealed, never shown, and audited', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const id = speaker.credential.source_id
  const admin = await anAdministrator(app, ground)
  const reader = await anAdministrator(app, ground, { role: 'inspector', scopes: ['read'] })
  const put = (who: typeof admin, wish: object) => who.send('PUT', `/api/sources/${id}/signing-secret`, wish)

  t.equal((await put(reader, { secret })).statusCode, 403)
  const url = `/api/sources/${id}/signing-secret`
  t.equal((await app.inject({ method: 'PUT', url, payload: { secret } })).statusCode, 401)
  for (const bad of ['short', 'with a blank', '密钥密钥密钥密钥', 'x'.repeat(201)])
    t.match((await put(admin, { secret: bad })).json(), { status: 400 }, bad)
  t.match((await put(admin, { secret: ` ${secret}\n` })).json(), { changed: true }, 'as it was copied')
  t.match((await put(admin, { secret })).json(), { changed: false })
  const shown = await admin.get(`/api/sources/${id}`)
  t.match(shown.json(), { signed_webhooks: true })
  t.notMatch(shown.body, secret)
  const [row] = await ground.db('source_signing').where({ source_id: idBytes(id) })
  t.notMatch(row.secret.toString('latin1'), key.toString('base64'))
  t.equal(await signingSecretOf(ground.db, ground.config, id), secret)
  t.equal(await signingSecretOf(ground.db, { tokenSecret: 'another' }, id), '', 'sealed under another secret')

  const gone = await admin.send('DELETE', `/api/sources/${id}/signing-secret`)
  t.match(gone.json(), { changed: true })
  t.match((await admin.get(`/api/sources/${id}`)).json(), { signed_webhooks: false })
  const traces = await ground.db('audit_event').where({ subject_id: id, actor: `login:${admin.login}` })
  t.strictSame(traces.map(({ action }) => action).sort(), ['signing-secret-removed', 'signing-secret-set'])
  t.notMatch(JSON.stringify(traces.map(({ detail }) => String(detail))), key.toString('base64'))
  const unknown = await admin.send('PUT', `/api/sources/${randomUUID()}/signing-secret`, { secret })
  t.equal(unknown.statusCode, 404)
})
