import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Instant } from '../../foundation/time.ts'
import { rejectedInputs } from '../../xapi-bridge/dead-letter/find.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { createAuthenticator } from '../../xapi-bridge/sources/authenticate.ts'
import { credentialsOf, rotateCredential } from '../../xapi-bridge/sources/credential.ts'
import { createRates } from '../../xapi-bridge/sources/rates.ts'
import { changeSource, settingsOf } from '../../xapi-bridge/sources/settings.ts'
import { type Source, sourceById } from '../../xapi-bridge/sources/source.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement } from './statement-examples.ts'

let time = 1_780_000_000_000_000
const later = (seconds: number) => {
  time += seconds * 1_000_000
}
const ground = { ...(await freshGround(t)), now: () => time as Instant }
const app = await aBridge(t, ground)
const basic = (key: string, secret: string) => `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`

const auditOf = (sourceId: string) =>
  ground.db('audit_event').where({ subject_kind: 'source', subject_id: sourceId }).orderBy('recorded_at')

t.test('a change of settings is audited and bound to what it names', async (t) => {
  const { credential } = await aSpeaker(app, ground)
  const { source_id: id } = credential
  const before = settingsOf((await sourceById(ground.db, id)) as Source)

  const done = await changeSource(
    ground,
    id,
    { on_void: 'auto', guard: 'block', rate_statements: 50, outside: 'refuse' },
    { by: 'login:tester' },
  )

  t.strictSame(done, { changed: ['on_void', 'rate_statements', 'outside'], discarded: 0 })
  t.strictSame(settingsOf((await sourceById(ground.db, id)) as Source), {
    ...before,
    on_void: 'auto',
    rate_statements: 50,
    outside: 'refuse',
  })
  const [event] = (await auditOf(id)).filter(({ action }) => action === 'source-changed')
  t.equal(event.actor, 'login:tester')
  t.match(JSON.parse(event.detail.toString()), {
    changes: { on_void: { from: 'review', to: 'auto' }, rate_statements: { from: null, to: 50 } },
  })
  t.strictSame((await changeSource(ground, id, { on_void: 'auto' })).changed, [])
  t.equal((await auditOf(id)).filter(({ action }) => action === 'source-changed').length, 1)
})

t.test('settings that cannot be are refused, and a revoked source stays revoked', async (t) => {
  const { credential } = await aSpeaker(app, ground)
  const { source_id: id } = credential

  await t.rejects(changeSource(ground, id, { actor_home_pages: ['nowhere'] }), { code: 'source-invalid' })
  await t.rejects(changeSource(ground, id, { rate_bytes: 0 }), { code: 'source-invalid' })
  await t.rejects(changeSource(ground, randomUUID(), { state: 'paused' }), { code: 'source-unknown' })
  await t.rejects(changeSource(ground, id, { state: 'paused' }, { discardTrial: true }), {
    code: 'source-invalid',
  })
  await t.rejects(changeSource(ground, id, { state: 'live' }, { discardTrial: true }), {
    code: 'source-not-on-trial',
  })
  await changeSource(ground, id, { state: 'revoked' })
  await t.rejects(changeSource(ground, id, { state: 'live' }), { code: 'source-revoked' })
})

t.test('a change is in force in every process within a second', async (t) => {
  const made = await addSource(ground, { name: randomUUID(), preset: 'adl', actorHomePages: ['*'] })
  const authorization = basic(made.key, made.secret)
  const processes = [createAuthenticator(ground), createAuthenticator(ground)]
  for (const process of processes) await process.callerOf(authorization)

  await changeSource(ground, made.source_id, { on_conflict: 'quiet' })
  later(1)

  for (const process of processes) t.equal((await process.callerOf(authorization)).source.onConflict, 'quiet')
})

t.test('4.2 a credential has its scopes, its term and its last use', async (t) => {
  const wish = { scopes: ['statements/write'] as const, expiresDays: 30 }
  const own = await aBridge(t, ground)
  const { credential, post } = await aSpeaker(own, ground, { credential: wish })
  const further = await rotateCredential(ground, credential.source_id, {}, 'login:tester')
  await post(aStatement())
  const usedAt = time

  await own.close()

  const [first, second] = await credentialsOf(ground.db, { sourceId: credential.source_id })
  t.match(first, {
    key: credential.key,
    scopes: ['statements/write'],
    expiresAt: time + 30 * 86_400_000_000,
    lastUsedAt: usedAt,
  })
  t.match(second, { key: further.key, scopes: ['all'], expiresAt: null, lastUsedAt: null })
  t.match((await auditOf(credential.source_id)).map(({ action }) => action).sort(), [
    'credential-made',
    'source-added',
  ])
  await t.rejects(rotateCredential(ground, credential.source_id, { scopes: [] }), { code: 'source-invalid' })
  await t.rejects(rotateCredential(ground, credential.source_id, { expiresDays: 0 }), {
    code: 'source-invalid',
  })
})

t.test('4.3 outside its namespaces: kept by default, refused with the index where it is set', async (t) => {
  const keeping = await aSpeaker(app, ground, { actorHomePages: ['https://moodle.example'] })
  const refusing = await aSpeaker(app, ground, {
    actorHomePages: ['https://moodle.example', '@school.example'],
    outside: 'refuse',
  })
  const account = (homePage: string) => aStatement({ actor: { account: { homePage, name: 'u-1' } } })
  const mail = aStatement({ actor: { mbox: 'mailto:one@school.example' } })
  const group = aStatement({
    actor: { objectType: 'Group', member: [{ account: { homePage: 'https://other.example', name: 'x' } }] },
  })

  t.equal((await keeping.post(account('https://other.example'))).statusCode, 200)
  t.equal((await refusing.post([account('https://moodle.example/'), mail, group])).statusCode, 200)
  const answer = await refusing.post(
    [mail, account('https://other.example')].map((one) => ({ ...one, id: randomUUID() })),
  )

  t.equal(answer.statusCode, 403)
  t.match(answer.json(), {
    code: 'actor-out-of-namespace',
    errors: [{ index: 1, pointer: '/actor', code: 'actor-out-of-namespace' }],
  })
  t.notMatch(answer.body, 'other.example')
  t.equal((await refusing.find()).length, 3, 'nothing of the batch was stored')
  const [kept] = await rejectedInputs(ground.db, { sourceId: refusing.credential.source_id, limit: 5 })
  t.equal(kept?.id, answer.headers['x-xueshi-receipt'])
  t.equal(kept?.status, 403)
})

t.test(
  '4.5 a source over its rate is answered 429, stores nothing, and goes on after the wait',
  async (t) => {
    const limited = await aSpeaker(app, ground, { rates: { statements: 10, bytes: null } })
    const free = await aSpeaker(app, ground)
    const batch = () => Array.from({ length: 20 }, () => aStatement())
    t.equal((await limited.post(batch())).statusCode, 200, 'a batch beyond a second’s worth is taken')

    const refused = await limited.post(aStatement())

    t.equal(refused.statusCode, 429)
    t.equal(refused.json().code, 'rate-limited')
    t.equal(refused.headers['retry-after'], '2')
    t.ok(refused.headers['x-experience-api-consistent-through'])
    t.equal((await limited.find()).length, 20)
    t.equal((await free.post(batch())).statusCode, 200, 'others are not concerned')
    t.equal((await limited.get()).statusCode, 200, 'reading is not limited')
    later(2)
    t.equal((await limited.post(aStatement())).statusCode, 200)
  },
)

t.test('4.5 a limit that is set or raised counts from then on, whatever was pushed before', async (t) => {
  const limited = await aSpeaker(app, ground, { rates: { statements: null, bytes: 10_000_000 } })
  const { source_id: id } = limited.credential
  const batch = () => Array.from({ length: 50 }, () => aStatement())
  await limited.post(batch())

  await changeSource(ground, id, { rate_statements: 1 })
  later(1)
  t.equal((await limited.post(batch())).statusCode, 200, 'the first under the new limit')
  t.equal((await limited.post(aStatement())).headers['retry-after'], '50')
  await changeSource(ground, id, { rate_statements: 100 })
  later(1)
  t.equal((await limited.post(aStatement())).statusCode, 200)
})

t.test('4.5 bytes are limited as statements are, by PUT and POST of anything', async (t) => {
  const limited = await aSpeaker(app, ground, { rates: { statements: null, bytes: 500 } })
  const one = aStatement()
  t.equal((await limited.put(one.id, one)).statusCode, 204)

  const refused = await limited.post(aStatement())

  t.equal(refused.statusCode, 429)
  t.equal((await limited.get({ statementId: one.id })).statusCode, 200)
})

t.test('4.5 the conformance profile knows no rates, and none are set by default', (t) => {
  const rates = createRates(ground.now)
  const source = { id: randomUUID(), profile: 'standard', rates: { statements: null, bytes: null } } as Source
  const slow = { ...source, id: randomUUID(), rates: { statements: 1, bytes: 1 } }
  const suite = { ...slow, id: randomUUID(), profile: 'conformance' } as Source

  for (const one of [source, suite]) {
    rates.admit(one, 1_000_000)
    rates.charge(one, 1_000_000)
    t.doesNotThrow(() => rates.admit(one, 1))
  }
  rates.admit(slow, 3)
  t.throws(() => rates.admit(slow, 1), { code: 'rate-limited' })
  t.end()
})

t.test('4.2 without define, what activities are called stays as it was', async (t) => {
  const { credential, post, get } = await aSpeaker(app, ground)
  const limited = await rotateCredential(ground, credential.source_id, { scopes: ['statements/write'] })
  const activity = `https://lms.example/${randomUUID()}`
  const named = (name: string) => aStatement({ object: { id: activity, definition: { name: { en: name } } } })
  await post(named('Original'))

  const renaming = named('Renamed')
  const answer = await post(renaming, { authorization: basic(limited.key, limited.secret) })

  t.equal(answer.statusCode, 200)
  const nameIn = async (format: string) =>
    (await get({ statementId: renaming.id, format })).json().object.definition.name
  t.strictSame(await nameIn('canonical'), { en: 'Original' })
  t.strictSame(await nameIn('exact'), { en: 'Renamed' })
})
