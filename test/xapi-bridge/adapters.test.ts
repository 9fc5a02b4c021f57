import { randomUUID } from 'node:crypto'
import t from 'tap'
import { translateEnvelope } from '../../xapi-bridge/adapters/envelope-360learning.ts'
import { conditionsOf } from '../../xapi-bridge/sources/condition.ts'
import { freshGround } from '../support/ground.ts'
import { anAdministrator } from './dead-letter-scene.ts'
import { aBridge, aSpeaker, aStatement, type Json, type Speaker } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)
const admin = await anAdministrator(app, ground)
const startedAt = '2026-03-02T02:15:30.000Z'
const finishedAt = Date.parse('2026-03-04T09:00:00.000Z')
const extension = `${ground.config.xapiIriBase}extensions/started-at`

/** What 360Learning's webhook for xAPI sends, as its documentation lists it. */
function told(changes: Json = {}): Json & { id: string } {
  const { result: _, ...rest } = aStatement()
  return {
    ...rest,
    actor: { objectType: 'Agent', name: '测试甲', mbox: 'mailto:a@school.example' },
    context: { platform: '360Learning' },
    timestamp: startedAt,
    ...changes,
  } as Json & { id: string }
}

const hook = (
  speaker: Speaker,
  payload: unknown,
  headers: Json = {},
  source = speaker.credential.source_id,
) =>
  app.inject({
    method: 'POST',
    url: `/api/sources/${source}/envelopes/360learning`,
    headers: {
      authorization: `Basic ${Buffer.from(`${speaker.credential.key}:${speaker.credential.secret}`).toString('base64')}`,
      'content-type': 'application/json',
      ...(headers as Record<string, string>),
    },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })

const source = { id: randomUUID(), actorHomePages: ['*', 'https://learn.example'] }
const made = (body: unknown, headers: Record<string, string> = {}) => {
  const answer = translateEnvelope(Buffer.from(JSON.stringify(body)), {
    headers,
    source,
    iriBase: ground.config.xapiIriBase,
  })
  return 'text' in answer ? JSON.parse(answer.text) : answer.fault.code
}

t.test('the statement is found bare, in data, and in statement of either', async (t) => {
  const statement = told()
  const places = [
    statement,
    { statement },
    { type: 'xapi.completed', timestamp: finishedAt, data: statement },
    { type: 'xapi.completed', timestamp: finishedAt, data: { statement } },
  ]
  for (const place of places) t.match(made(place), { id: statement.id, actor: statement.actor })
  t.equal(made({ type: 'user.created', timestamp: finishedAt, data: { userId: '1' } }), 'no-statement')
  t.equal(made(['x']), 'no-statement')
})

t.test(
  'their time is that of the start: the time of the event takes its place, but for a start',
  async (t) => {
    const envelope = { type: 'xapi', timestamp: finishedAt, data: told() }
    const header = { 'webhook-timestamp': String(finishedAt / 1000) }
    const start = told({ verb: { id: 'http://adlnet.gov/expapi/verbs/initialized' } })

    for (const statement of [made(envelope), made(told(), header)]) {
      t.equal(Date.parse(statement.timestamp), finishedAt)
      t.strictSame(statement.context, { platform: '360Learning', extensions: { [extension]: startedAt } })
    }
    t.match(made(start, header), { timestamp: startedAt, context: { extensions: undefined } })
    t.match(made(told()), { timestamp: startedAt })
  },
)

t.test('a mail address gets its mailto, a user name the home page of the source', async (t) => {
  t.match(made(told({ actor: { mbox: 'a@b.example' } })), { actor: { mbox: 'mailto:a@b.example' } })
  t.match(made(told({ actor: { mail: 'a@b.example' } })), {
    actor: { mbox: 'mailto:a@b.example', mail: undefined },
  })
  t.strictSame(made(told({ actor: { username: 'u1' } })).actor, {
    account: { homePage: 'https://learn.example', name: 'u1' },
  })
  t.match(made(told({ actor: { account: { name: 'u1' } } })).actor.account.homePage, 'https://learn.example')
})

t.test('without an id it follows from the event, which a retry repeats', async (t) => {
  const { id: _, ...rest } = told()
  const first = made(rest, { 'webhook-id': 'msg_1' })

  t.equal(made(rest, { 'webhook-id': 'msg_1' }).id, first.id)
  t.not(made(rest, { 'webhook-id': 'msg_2' }).id, first.id)
  t.equal(made({ ...rest, id: 'not-a-uuid' }, {}).id, made({ ...rest, id: 'not-a-uuid' }, {}).id)
})

t.test(
  'an envelope is stored under the source, and its retry is the same, also at another time',
  async (t) => {
    const speaker = await aSpeaker(app, ground)
    const statement = told()
    const at = (ms: number) => ({ 'webhook-timestamp': String(ms / 1000), 'webhook-id': 'msg_1' })

    const first = await hook(speaker, statement, at(finishedAt))
    const retry = await hook(speaker, statement, at(finishedAt + 60_000))

    for (const answer of [first, retry]) {
      t.equal(answer.statusCode, 200)
      t.match(answer.json(), { state: 'stored', receipt: first.json().receipt })
    }
    const found = await speaker.find()
    t.equal(found.length, 1)
    t.equal(Date.parse(found[0]?.timestamp as string), finishedAt)
    t.strictSame((await admin.get(`/api/rejected?source=${speaker.credential.source_id}`)).json().inputs, [])
  },
)

t.test('what cannot be translated or is not valid waits in the dead letter, as it came', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const foreign = { type: 'user.created', timestamp: finishedAt, data: { userId: '1' } }
  const invalid = { type: 'xapi', timestamp: finishedAt, data: told({ object: { id: 'course 1' } }) }

  const [noStatement, notValid, noJson] = [
    await hook(speaker, foreign),
    await hook(speaker, invalid),
    await hook(speaker, '{'),
  ]

  t.equal(noStatement.statusCode, 202)
  t.equal(notValid.statusCode, 202)
  t.equal(noJson.statusCode, 400)
  const kept = await admin.get(`/api/rejected/${notValid.json().receipt}`)
  t.match(kept.json(), {
    via: '360learning',
    body: JSON.stringify(invalid),
    statements: [{ faults_after: [{ pointer: '/object/id', code: 'invalid-iri' }] }],
  })
  t.match((await admin.get(`/api/rejected/${noStatement.json().receipt}`)).json(), {
    errors: [{ code: 'no-statement' }],
  })
  const replay = await admin.post(`/api/rejected/${notValid.json().receipt}/replay`, {
    mendings: ['encode-blanks', 'add-scheme'],
    edits: [
      { index: 0, text: JSON.stringify({ ...invalid.data, object: { id: 'learn.example/course/1' } }) },
    ],
    reason: '课程地址有误',
  })
  t.match(replay.json(), { accepted: 1, statement_ids: [invalid.data.id] })
  t.equal((await speaker.find()).length, 1)
})

t.test('a time that no clock shows is passed over, and nesting without end waits', async (t) => {
  const speaker = await aSpeaker(app, ground)
  for (const timestamp of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 9e15]) {
    const statement = told()
    const answer = await hook(speaker, { type: 'xapi', timestamp, data: statement })
    t.equal(answer.statusCode, 200)
    t.match(made({ type: 'xapi', timestamp, data: statement }), { timestamp: startedAt })
  }
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const envelope = JSON.stringify({ type: 'xapi', timestamp: finishedAt, data: told({ x: 'deep' }) })
  const answer = await hook(speaker, envelope.replace('"deep"', deep))
  t.equal(answer.statusCode, 202)
  t.match(answer.json(), { state: 'waits' })
})

t.test('the same id with other content waits too', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const statement = told()
  await hook(speaker, statement)

  const answer = await hook(speaker, { ...statement, object: { id: 'https://learn.example/other' } })

  t.equal(answer.statusCode, 202)
  t.match((await admin.get(`/api/rejected/${answer.json().receipt}`)).json(), {
    status: 409,
    via: '360learning',
  })
  t.equal((await speaker.find()).length, 1)
})

t.test('a source that drops conflicts quietly keeps those of envelopes too', async (t) => {
  const own = await aBridge(t, ground)
  const speaker = await aSpeaker(own, ground, { onConflict: 'quiet' })
  const id = speaker.credential.source_id
  const statement = told()
  const send = (payload: object) =>
    own.inject({
      method: 'POST',
      url: `/api/sources/${id}/envelopes/360learning`,
      headers: {
        authorization: `Basic ${Buffer.from(`${speaker.credential.key}:${speaker.credential.secret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      payload,
    })
  await send(statement)

  const other = await send({ ...statement, object: { id: 'https://learn.example/other' } })
  await send({ ...statement, timestamp: '2026-03-02T02:15:31.000Z' })
  await own.close()

  t.equal(other.statusCode, 200, 'quietly')
  const { inputs } = (await admin.get(`/api/rejected?source=${id}`)).json()
  t.match(inputs, [{ status: 409, via: '360learning', codes: ['statement-conflict'] }])
  t.equal(inputs.length, 1, 'another time alone is no conflict')
  const [condition] = await conditionsOf(ground.db, ground.now(), id)
  t.match(condition, { accepted: 1, conflict: 1, duplicate: 1 })
})

t.test('only the credential of that source lets an envelope in', async (t) => {
  const [speaker, other] = [await aSpeaker(app, ground), await aSpeaker(app, ground)]

  t.equal((await hook(speaker, told(), { authorization: 'Basic bm86bm8=' })).statusCode, 401)
  t.equal((await hook(speaker, told(), {}, other.credential.source_id)).statusCode, 404)
  await ground
    .db('credential')
    .where({ access_key: speaker.credential.key })
    .update({ scopes: 'statements/read' })
  const fresh = await aSpeaker(app, ground)
  await ground
    .db('credential')
    .where({ access_key: fresh.credential.key })
    .update({ scopes: 'statements/read' })
  t.equal((await hook(fresh, told())).statusCode, 403)
})

t.test('an identity number written as a number is seen before reading rounds it', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const statement = JSON.stringify(told({ result: { extensions: { 'https://learn.example/no': 0 } } }))
  const answer = await hook(
    speaker,
    statement.replace('"https://learn.example/no":0', '"https://learn.example/no":100000199003070018'),
  )

  t.equal(answer.statusCode, 202, 'kept for a person, and not stored')
  t.strictSame(await speaker.find(), [])
})
