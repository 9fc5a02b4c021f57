import { randomUUID } from 'node:crypto'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { insertRows } from '../../foundation/database/dialect.ts'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { registry } from '../../foundation/http/metrics.ts'
import { type Instant, instantOf, isoOf } from '../../foundation/time.ts'
import { addLogin } from '../../ledger/access/login.ts'
import { addApiToken } from '../../ledger/access/token.ts'
import { openAlarms } from '../../xapi-bridge/sources/alarms.ts'
import { conditionsOf } from '../../xapi-bridge/sources/condition.ts'
import { createHealth, hour } from '../../xapi-bridge/sources/health.ts'
import { rhythmOf } from '../../xapi-bridge/sources/rhythm.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { silentSources, sourceSteps, watchSources } from '../../xapi-bridge/sources/watch.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement } from './statement-examples.ts'

// A Wednesday.
const begin = instantOf('2026-06-03T10:00:00Z')
let time: number = begin
const ground = { ...(await freshGround(t)), now: () => time as Instant }
const app = await aBridge(t, ground)

const day = 24 * hour
/** The hours 8 to 16 of the weekdays of four weeks before `begin`, oldest first. */
const schoolHours = Array.from({ length: 28 * 24 }, (_, n) => begin - 28 * day + n * hour).filter((at) => {
  const date = new Date(at / 1000)
  return date.getUTCDay() % 6 !== 0 && date.getUTCHours() >= 8 && date.getUTCHours() < 16
})
const lastSchoolHour = schoolHours.at(-1) as Instant
const rhythm = (now: number, hours: readonly number[] = schoolHours) =>
  rhythmOf(hours, (hours.at(-1) ?? null) as Instant | null, now as Instant)

for (const [what, now, isSilent] of [
  ['an hour without a push', lastSchoolHour + 1.5 * hour, false],
  ['a morning without a push, where there was one in both weeks before', lastSchoolHour + 4 * hour, true],
] as const) {
  t.test(`4.8 silence: ${what} is ${isSilent ? 'one' : 'none'}`, (t) => {
    t.equal(rhythm(now).isSilent, isSilent)
    t.end()
  })
}

t.test('4.8 silence: nights and weekends are none', (t) => {
  const untilFriday = schoolHours.filter((at) => at < instantOf('2026-05-29T23:00:00Z'))

  t.equal(rhythm(instantOf('2026-05-31T20:00:00Z'), untilFriday).isSilent, false)
  t.equal(rhythm(instantOf('2026-06-01T12:00:00Z'), untilFriday).isSilent, true, 'Monday at noon')
  t.end()
})

t.test('4.8 silence: a source that pushes once a night is missed after two nights', (t) => {
  const nights = Array.from({ length: 27 }, (_, n) => begin - 28 * day + n * day)
  const last = nights.at(-1) as number

  t.equal(rhythm(last + 1.5 * day, nights).isSilent, false)
  t.equal(rhythm(last + 2.1 * day, nights).isSilent, true)
  t.end()
})

t.test('4.8 silence: a new source, and one that pushes now and then, is never silent', (t) => {
  t.strictSame(rhythmOf([], null, begin), { silentHours: null, usualHours: null, isSilent: false })
  t.equal(rhythm(begin + 20 * day, [begin - 2 * hour, begin - hour, begin]).isSilent, false)
  t.equal(rhythm(begin + 5 * day, [begin - 20 * day, begin - 9 * day, begin]).isSilent, false)
  t.end()
})

async function pushedAt(sourceId: string, hours: readonly number[]): Promise<void> {
  const nothing = { requests: 1, accepted: 1, duplicate: 0, refused: 0, conflict: 0, limited: 0 }
  await insertRows(
    ground.db,
    'source_hour',
    hours.map((at) => ({ source_id: idBytes(sourceId), hour: at, ...nothing })),
  )
  await ground.db('source_health').insert({
    source_id: idBytes(sourceId),
    last_push_at: hours.at(-1) as number,
    accepted: 1,
    duplicate: 0,
    refused: 0,
    conflict: 0,
  })
}

const kindsOf = async (sourceId: string) =>
  (await openAlarms(ground.db)).filter((one) => one.sourceId === sourceId).map(({ kind }) => kind)

t.test('4.8 a silence is raised once, tells its source, lasts until the next push', async (t) => {
  const { credential } = await aSpeaker(app, ground)
  const id = credential.source_id
  await pushedAt(id, schoolHours)
  time = lastSchoolHour + 5 * hour

  t.strictSame(await silentSources(ground.db, ground.now()), [
    { sourceId: id, kind: 'silent', since: lastSchoolHour },
  ])
  t.equal(await watchSources(ground), 1)
  t.equal(await watchSources(ground), 0)
  time += 60 * day
  t.equal((await silentSources(ground.db, ground.now())).length, 1, 'though the rhythm is forgotten')
  await watchSources(ground)
  t.strictSame(await kindsOf(id), ['silent'])
  const [raised] = await openAlarms(ground.db)
  t.match(raised, { sourceId: id, kind: 'silent', since: lastSchoolHour })

  const health = createHealth(ground)
  health.note(id, { requests: 1, accepted: 1 })
  await health.close()
  await watchSources(ground)

  t.strictSame(await kindsOf(id), [])
  t.equal((await ground.db('source_hour').where('hour', '<', time - 31 * day)).length, 0, 'old hours went')
})

t.test('4.8 a source that is paused raises no silence', async (t) => {
  const { credential } = await aSpeaker(app, ground)
  time = lastSchoolHour + 5 * hour
  await pushedAt(credential.source_id, schoolHours)
  await changeSource(ground, credential.source_id, { state: 'paused' })

  await watchSources(ground)

  t.strictSame(await kindsOf(credential.source_id), [])
})

t.test('4.8 many refusals, old waiting items and ending credentials raise alarms', async (t) => {
  time = begin
  const refused = await aSpeaker(app, ground)
  const ending = await aSpeaker(app, ground, { credential: { expiresDays: 10 } })
  const health = createHealth(ground)
  health.note(refused.credential.source_id, { requests: 9, accepted: 60, refused: 20, conflict: 5 })
  await health.close()

  await watchSources(ground)

  t.strictSame(await kindsOf(refused.credential.source_id), ['refusals'])
  t.strictSame(await kindsOf(ending.credential.source_id), ['expiry'])
  time += 2 * day
  await watchSources(ground)
  t.strictSame(await kindsOf(refused.credential.source_id), [], 'the day is over')
})

t.test('4.8 of two workers one looks', async (t) => {
  const [one, other] = [sourceSteps(ground)[0], sourceSteps(ground)[0]]
  const { signal } = new AbortController()

  await one?.run(signal)

  t.equal(await other?.run(signal), 0)
  t.equal((await ground.db('lease').where({ kind: 'sources' })).length, 1)
})

t.test('4.8 the condition of a source: rate, errors, delivery, clock, term', async (t) => {
  time = begin + 100 * day
  const own = await aBridge(t, ground)
  const { credential, post } = await aSpeaker(own, ground, { credential: { expiresDays: 5 } })
  const sent = (secondsAgo: number) =>
    aStatement({ timestamp: isoOf((time - secondsAgo * 1_000_000) as Instant) })
  const { timestamp: _, ...withoutTime } = aStatement()
  await post([sent(10), sent(20), sent(30), sent(-45), withoutTime])
  await post({ id: 5 })
  await own.close()

  const [condition] = await conditionsOf(ground.db, ground.now(), credential.source_id)

  t.match(condition, {
    accepted: 5,
    refused: 1,
    lastPushAt: time,
    lastDay: { requests: 2, accepted: 5, refused: 1, limited: 0 },
    errorRate: 1 / 6,
    delivery: { sample: 4, clockAhead: 45 },
    rhythm: { silentHours: 0, usualHours: null, isSilent: false },
    credentials: [{ expiresAt: time + 5 * day, lastUsedAt: time }],
  })
  t.equal(Math.round(condition?.delivery.p50 ?? 0), 10)
  t.equal(Math.round(condition?.delivery.p95 ?? 0), 30)
})

t.test('4.8 figures of sources for Prometheus', async (t) => {
  const own = await aBridge(t, ground)
  const name = `source ${randomUUID()}`
  const { post } = await aSpeaker(own, ground, { name })
  await post([aStatement(), aStatement()])
  await own.close()
  time += 60_000_000

  const text = await registry.metrics()

  t.match(text, `xueshi_source_statements{source="${name}",outcome="accepted"} 2`)
  t.match(text, `xueshi_source_alarm{source="${name}",kind="silent"} 0`)
  t.match(text, 'xueshi_http_request_seconds')
})

async function anAccount(scopes: string[]): Promise<{ authorization: string; login: string }> {
  const { loginId, login } = await addLogin(ground, {
    login: `a-${randomUUID()}`,
    role: 'district_admin',
    actor: 'os:tester',
  })
  const { tokenId } = await addApiToken(ground, { login, scopes, days: 1, actor: 'os:tester' })
  const claims = { jti: tokenId, sub: loginId, scopes }
  const token = await signApiToken(ground.config.tokenSecret, claims, 86_400)
  return { login, authorization: `Bearer ${token}` }
}

t.test('the desk lists sources, changes, rotates and revokes; each act has its trace', async (t) => {
  const { login, authorization } = await anAccount(['read', 'write'])
  const ask = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) =>
    app.inject({ method, url, headers: { authorization }, ...(payload && { payload }) })
  const name = `source ${randomUUID()}`
  const made = await ask('POST', '/api/sources', {
    name,
    preset: 'adl',
    actor_home_pages: ['https://lms.example'],
    scopes: ['statements/write'],
    expires_days: 90,
  })
  t.equal(made.statusCode, 201)
  const { source_id: id, key } = made.json()

  const changed = await ask('PATCH', `/api/sources/${id}`, { on_void: 'auto', rate_statements: 100 })
  const rotated = (await ask('POST', `/api/sources/${id}/credentials`, {})).json()
  const revoked = await ask('POST', `/api/sources/${id}/credentials/${key}/revoke`)

  t.strictSame(changed.json(), { changed: ['on_void', 'rate_statements'], discarded: 0 })
  t.equal(revoked.statusCode, 200)
  t.match((await ask('GET', `/api/sources/${id}`)).json(), {
    name,
    on_void: 'auto',
    rate_statements: 100,
    rate_bytes: null,
    outside: 'keep',
    keys: [rotated.key],
    credentials: [{ key: rotated.key, scopes: ['all'], expires_at: null }],
    is_silent: false,
    alarms: [],
    hours: [],
  })
  const credentials = (await ask('GET', `/api/sources/${id}/credentials`)).json().credentials
  t.match(credentials, [{ key, scopes: ['statements/write'] }, { key: rotated.key }])
  t.ok(credentials[0].revoked_at)
  t.notMatch(JSON.stringify(credentials), 'secret')
  const list = (await ask('GET', '/api/sources')).json().sources
  t.ok(list.find((one: { source_id: string }) => one.source_id === id))
  const traces = await ground.db('audit_event').where({ subject_id: id, actor: `login:${login}` })
  t.strictSame(traces.map(({ action }) => action).sort(), [
    'credential-made',
    'credential-revoked',
    'source-added',
    'source-changed',
  ])
})

t.test('changes need the scope write, and are checked', async (t) => {
  const { credential } = await aSpeaker(app, ground)
  const other = await aSpeaker(app, ground)
  const url = `/api/sources/${credential.source_id}`
  const reader = await anAccount(['read'])
  const writer = await anAccount(['read', 'write'])
  const patch = (authorization: string, payload: object) =>
    app.inject({ method: 'PATCH', url, headers: { authorization }, payload })

  t.equal((await patch(reader.authorization, { state: 'paused' })).statusCode, 403)
  t.equal((await patch(writer.authorization, { state: 'gone' })).statusCode, 400)
  t.equal((await patch(writer.authorization, { secret: 'x' })).statusCode, 400)
  t.equal((await patch(writer.authorization, { actor_home_pages: ['x'] })).statusCode, 400)
  const foreign = await app.inject({
    method: 'POST',
    url: `${url}/credentials/${other.credential.key}/revoke`,
    headers: { authorization: writer.authorization },
  })
  t.equal(foreign.statusCode, 404, 'the key of another source')
  t.equal((await other.get()).statusCode, 200)
})
