import { createHmac, randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { SignJWT } from 'jose'
import t from 'tap'
import { idText } from '../../foundation/database/codec.ts'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { addSource, type SourceWish } from '../../xapi-bridge/sources/add.ts'
import {
  type NewCredential,
  revokeCredential,
  rotateCredential,
} from '../../xapi-bridge/sources/credential.ts'
import { createFailures } from '../../xapi-bridge/sources/failures.ts'
import { grantedFor, permits } from '../../xapi-bridge/sources/scopes.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { signSourceToken } from '../../xapi-bridge/sources/token.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aStatement, aVoid } from './statement-examples.ts'

// A clock of its own, so that an hour passes when a test says so.
let time = 1_780_000_000_000_000
const later = (seconds: number) => {
  time += seconds * 1_000_000
}
const ground = { ...(await freshGround(t)), now: () => time as Instant }
const app = await aBridge(t, ground)

const basic = ({ key, secret }: { key: string; secret: string }) =>
  `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`

const added = (wish: Partial<SourceWish> = {}) =>
  addSource(ground, { name: randomUUID(), preset: 'adl', actorHomePages: ['*'], ...wish })

function ask(
  form: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  })
}

const formFor = ({ key, secret }: NewCredential, more: Record<string, string> = {}) => ({
  grant_type: 'client_credentials',
  client_id: key,
  client_secret: secret,
  ...more,
})

const tokenFor = async (credential: NewCredential, more: Record<string, string> = {}): Promise<string> =>
  (await ask(formFor(credential, more))).json().access_token

const xapi = (method: 'GET' | 'POST', authorization: string, body?: unknown) =>
  app.inject({
    method,
    url: '/xapi/statements',
    headers: {
      authorization,
      'x-experience-api-version': '1.0.3',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })

t.test('RFC 6749 4.4: key and secret in the form give a token of one hour, that nobody keeps', async (t) => {
  const answer = await ask(formFor(await added()))

  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'no-store')
  t.equal(answer.headers.pragma, 'no-cache')
  t.match(answer.json(), { token_type: 'Bearer', expires_in: 3600, scope: 'xapi:all' })
})

t.test('RFC 6749 2.3.1: key and secret by Basic give one too', async (t) => {
  const credential = await added()

  const answer = await ask({ grant_type: 'client_credentials' }, { authorization: basic(credential) })

  t.equal(answer.statusCode, 200)
  t.equal((await xapi('GET', `Bearer ${answer.json().access_token}`)).statusCode, 200)
})

t.test('4.2 a token pushes, reads and asks for receipts', async (t) => {
  const credential = await added()
  const authorization = `Bearer ${await tokenFor(credential)}`

  const pushed = await xapi('POST', authorization, aStatement())

  t.equal(pushed.statusCode, 200)
  const url = `/api/sources/${credential.source_id}/receipts/${pushed.headers['x-xueshi-receipt']}`
  t.equal((await app.inject({ method: 'GET', url, headers: { authorization } })).statusCode, 200)
})

const held = await added()
for (const [what, form, headers, status, error] of [
  ['no grant type', { client_id: held.key, client_secret: held.secret }, {}, 400, 'invalid_request'],
  ['another grant type', formFor(held, { grant_type: 'password' }), {}, 400, 'unsupported_grant_type'],
  ['a wrong secret', formFor(held, { client_secret: 'wrong' }), {}, 401, 'invalid_client'],
  ['an unknown key', formFor(held, { client_id: 'xk_unknown' }), {}, 401, 'invalid_client'],
  ['no client at all', { grant_type: 'client_credentials' }, {}, 401, 'invalid_client'],
  ['a scope of nobody', formFor(held, { scope: 'xapi:read openid' }), {}, 400, 'invalid_scope'],
  ['key and secret twice', formFor(held), { authorization: basic(held) }, 400, 'invalid_request'],
  [
    'a field twice',
    'grant_type=client_credentials&grant_type=client_credentials',
    {},
    400,
    'invalid_request',
  ],
  [
    'JSON',
    '{"grant_type":"client_credentials"}',
    { 'content-type': 'application/json' },
    400,
    'invalid_request',
  ],
  ['too much', `grant_type=${'x'.repeat(20_000)}`, {}, 400, 'invalid_request'],
] as const) {
  t.test(`RFC 6749 5.2: ${what} is ${error}`, async (t) => {
    const answer = await ask(form, headers)

    t.equal(answer.statusCode, status)
    t.equal(answer.json().error, error)
    t.type(answer.json().error_description, 'string')
    t.equal(answer.headers['cache-control'], 'no-store')
    t.equal(typeof answer.headers['www-authenticate'], status === 401 ? 'string' : 'undefined')
    t.notMatch(answer.body, held.secret)
  })
}

t.test('4.2 a token ends after an hour, to the second', async (t) => {
  const authorization = `Bearer ${await tokenFor(await added())}`
  later(3599)
  t.equal((await xapi('GET', authorization)).statusCode, 200)

  later(1)

  const answer = await xapi('GET', authorization)
  t.equal(answer.statusCode, 401)
  t.match(answer.headers['www-authenticate'], /error="invalid_token"/)
})

t.test(
  '4.2 a token ends with its credential, at once where that expires, in a second where it is revoked',
  async (t) => {
    const short = await added({ credential: { expiresDays: 1 } })
    later(86_400 - 60)
    const asked = await ask(formFor(short))
    t.equal(asked.json().expires_in, 60)
    const [first, second] = [await added(), await added()]
    const tokens = [await tokenFor(first), await tokenFor(second)]
    for (const token of tokens) t.equal((await xapi('GET', `Bearer ${token}`)).statusCode, 200)

    await revokeCredential(ground, first.key)
    await changeSource(ground, second.source_id, { state: 'paused' })
    later(1)

    t.equal((await xapi('GET', `Bearer ${tokens[0]}`)).statusCode, 401)
    const paused = await xapi('GET', `Bearer ${tokens[1]}`)
    t.equal(paused.statusCode, 403)
    t.equal(paused.json().code, 'scope-missing')
    t.equal((await ask(formFor(second))).json().error, 'unauthorized_client')
    later(60)
    t.equal((await xapi('GET', `Bearer ${asked.json().access_token}`)).statusCode, 401)
    t.equal((await xapi('GET', basic(short))).statusCode, 401, 'an expired credential by Basic')
  },
)

t.test('4.2 a token of the other credential lives on through a rotation', async (t) => {
  const first = await added()
  const second = await rotateCredential(ground, first.source_id)
  const token = await tokenFor(second)

  await revokeCredential(ground, first.key)
  later(1)

  t.equal((await xapi('GET', `Bearer ${token}`)).statusCode, 200)
})

t.test('4.2 a token carries what was asked for, and never more than its credential', async (t) => {
  const everything = await added()
  const writer = await added({ credential: { scopes: ['statements/write'] } })
  const target = aStatement()

  const reading = `Bearer ${await tokenFor(everything, { scope: 'xapi:read' })}`
  const writing = `Bearer ${await tokenFor(writer)}`

  t.equal((await xapi('GET', reading)).statusCode, 200)
  const refused = await xapi('POST', reading, aStatement())
  t.equal(refused.statusCode, 403)
  t.equal(refused.json().code, 'scope-missing')
  t.equal((await xapi('POST', writing, target)).statusCode, 200)
  t.equal((await xapi('POST', writing, aVoid(target.id))).statusCode, 403)
  t.equal((await xapi('GET', writing)).statusCode, 403)
  t.equal((await ask(formFor(writer, { scope: 'xapi:read' }))).json().error, 'invalid_scope')
  t.equal((await ask(formFor(writer, { scope: 'xapi:all' }))).json().scope, 'statements/write')
})

t.test('4.2 what a credential lost since is gone from its tokens', async (t) => {
  const credential = await added()
  const token = await tokenFor(credential)
  await ground.db('credential').where({ access_key: credential.key }).update({ scopes: 'statements/write' })

  t.equal((await xapi('GET', `Bearer ${token}`)).statusCode, 403)
})

t.test('4.2 the words of tokens stand for scopes of xAPI', async (t) => {
  const scopesOf = (scopes: string[], words: string[]) => grantedFor(new Set(scopes), words)?.scopes

  const everything = new Set<string>(scopesOf(['all'], ['xapi:all']))
  t.ok(permits(everything, 'statements/void'))
  const written = new Set<string>(scopesOf(['all'], ['xapi:write']))
  t.ok(permits(written, 'state') && permits(written, 'profile') && permits(written, 'define'))
  t.notOk(permits(written, 'statements/void'))
  t.strictSame(scopesOf(['statements/read/mine'], ['xapi:read']), ['statements/read/mine'])
  t.strictSame(scopesOf(['statements/write'], ['xapi:read', 'xapi:write']), ['statements/write'])
  t.equal(scopesOf(['statements/write'], ['xapi:read']), undefined)
})

t.test('tokens of sources and of accounts are not interchangeable', async (t) => {
  const credential = await added()
  const source = await tokenFor(credential)
  const account = await signApiToken(
    ground.config.tokenSecret,
    { jti: newId(), sub: newId(), scopes: ['read', 'write'] },
    600,
  )
  const foreign = await signSourceToken(`${ground.config.tokenSecret}-other`, {
    credentialId: newId(),
    scopes: ['all'],
    expires: time / 1_000_000 + 600,
  })
  const api = (token: string) =>
    app.inject({ method: 'GET', url: '/api/sources', headers: { authorization: `Bearer ${token}` } })

  t.equal((await api(source)).statusCode, 401)
  t.equal((await xapi('GET', `Bearer ${account}`)).statusCode, 401)
  t.equal((await xapi('GET', `Bearer ${foreign}`)).statusCode, 401)
  const receipts = `/api/sources/${credential.source_id}/receipts/${randomUUID()}`
  const asked = await app.inject({
    method: 'GET',
    url: receipts,
    headers: { authorization: `Bearer ${account}` },
  })
  t.equal(asked.statusCode, 401, 'its account does not exist')
})

t.test('a token for another audience is refused, though our key signed it', async (t) => {
  const { key } = await added()
  const { credential_id } = await ground.db('credential').first().where({ access_key: key })
  const secret = createHmac('sha256', ground.config.tokenSecret).update('source-token').digest('hex')
  const signed = (audience: string) =>
    new SignJWT({ scope: 'all' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(idText(credential_id))
      .setIssuer('xueshi')
      .setAudience(audience)
      .setExpirationTime(time / 1_000_000 + 600)
      .sign(new TextEncoder().encode(secret))

  t.equal((await xapi('GET', `Bearer ${await signed('/xapi')}`)).statusCode, 200)
  t.equal((await xapi('GET', `Bearer ${await signed('xueshi-api')}`)).statusCode, 401)
})

t.test('4.5 failed logins are limited by address and key, and who is known goes on', async (t) => {
  const credential = await added()
  const good = basic(credential)
  t.equal((await xapi('GET', good)).statusCode, 200)

  const statuses: number[] = []
  for (let n = 0; n < 25; n++)
    statuses.push((await xapi('GET', basic({ ...credential, secret: `wrong ${n}` }))).statusCode)
  const limited = await ask(formFor(credential, { client_secret: 'wrong' }))

  t.strictSame([...new Set(statuses)], [401, 429])
  t.equal(statuses.filter((status) => status === 401).length, 20)
  t.equal(limited.statusCode, 429, 'the token endpoint counts with the others')
  t.ok(Number(limited.headers['retry-after']) > 0)
  t.equal(limited.headers['cache-control'], 'no-store')
  t.equal((await xapi('GET', good)).statusCode, 200)
  later(61)
  t.equal((await ask(formFor(credential))).statusCode, 200)
})

t.test('4.5 an address alone is limited too, others are not, and memory is bounded', async (t) => {
  const failures = createFailures(ground.now)
  for (let n = 0; n < 200; n++) failures.note('10.0.0.1', `key ${n}`)

  t.throws(() => failures.check('10.0.0.1', 'another'), { code: 'rate-limited' })
  t.doesNotThrow(() => failures.check('10.0.0.2', 'another'))
  for (let n = 0; n < 25_000; n++) failures.note(`10.1.${n >> 8}.${n & 255}`, 'k')
  t.doesNotThrow(() => failures.check('10.0.0.1', 'another'), 'the oldest made room')
})
