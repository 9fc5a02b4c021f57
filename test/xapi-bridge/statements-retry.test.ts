import { randomUUID } from 'node:crypto'
import t from 'tap'
import { isSameStatement } from '../../xapi-bridge/language/same.ts'
import { freshGround } from '../support/ground.ts'
import { aFreshSpeaker, aSpeaker, aStatement, type Json, withoutId } from './statement-examples.ts'

const ground = await freshGround(t)
const source = await aFreshSpeaker(t, ground)
const { post, find, app } = source

t.test('4.4 200: the same bytes again are a success and stored once', async (t) => {
  const registration = randomUUID()
  const sent = Array.from({ length: 40 }, () => aStatement({ context: { registration } }))

  const answers = await Promise.all(Array.from({ length: 5 }, () => post(sent)))

  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200, 200, 200],
  )
  t.equal((await find({ registration })).length, 40)
})

t.test('4.4 200: a repeat without timestamp, and one with the timestamp the endpoint set', async (t) => {
  const { timestamp: _, ...sent } = aStatement()
  await post(sent)

  t.equal((await post({ ...sent })).statusCode, 200)
  t.equal((await post({ ...sent, timestamp: new Date().toISOString() })).statusCode, 200)
})

t.test('4.4 409: an id with other content is named, and nothing of the batch is stored', async (t) => {
  const sent = aStatement()
  const fresh = aStatement()
  await post(sent)

  const answer = await post([fresh, { ...sent, result: { completion: false } }])

  t.equal(answer.statusCode, 409)
  t.match(answer.json(), {
    status: 409,
    code: 'statement-conflict',
    errors: [{ index: 1, statement_id: sent.id, code: 'statement-conflict' }],
  })
  t.equal((await source.get({ statementId: fresh.id })).statusCode, 404)
})

t.test('4.4 409: another timestamp is other content when both have one', async (t) => {
  const sent = aStatement()
  await post(sent)

  t.equal((await post({ ...sent, timestamp: '2026-03-02T18:15:30+08:00' })).statusCode, 200, 'another zone')
  t.equal((await post({ ...sent, timestamp: '2026-03-02T10:15:31Z' })).statusCode, 409)
})

t.test('4.4 400: every fault with index and pointer, as a problem', async (t) => {
  const answer = await post([aStatement(), { ...aStatement(), verb: { id: 'x' }, actor: {} }])

  t.equal(answer.statusCode, 400)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
  t.strictSame(
    answer.json().errors.map(({ index, pointer, code }: Json) => [index, pointer, code]),
    [
      [1, '/actor', 'identifier-count'],
      [1, '/verb/id', 'invalid-iri'],
    ],
  )
})

t.test('4.4 413: more than one request may hold', async (t) => {
  const huge = aStatement({ result: { response: 'x'.repeat(7 * 1024 * 1024) } })

  t.equal((await post(huge)).statusCode, 413)
})

t.test('4.4 on_conflict quiet answers success, changes nothing, and stores the rest', async (t) => {
  const quiet = await aSpeaker(app, ground, { onConflict: 'quiet' })
  const sent = aStatement()
  const fresh = aStatement()
  await quiet.post(sent)

  const answer = await quiet.post([{ ...sent, result: { completion: false } }, fresh])

  t.equal(answer.statusCode, 200)
  t.match((await quiet.get({ statementId: sent.id })).json().result, { score: { raw: 86 } })
  t.equal((await quiet.get({ statementId: fresh.id })).statusCode, 200)
})

t.test('statements without id are stored each time they come', async (t) => {
  const registration = randomUUID()
  const sent = withoutId(aStatement({ context: { registration } }))

  await Promise.all([post(sent), post([sent, sent])])

  t.equal((await find({ registration })).length, 3)
})

const base = aStatement({
  context: { contextActivities: { parent: [{ id: 'https://example.com/a' }] } },
  result: { duration: 'PT1.234S' },
})
const group = (...names: string[]) => ({
  actor: { objectType: 'Group', member: names.map((name) => ({ mbox: `mailto:${name}@example.com` })) },
})
const aRegistration = 'e0e9cd0c-4c1a-4d0f-8f4b-6f5b9d2a1c3e'
const aSub = {
  objectType: 'SubStatement',
  actor: { mbox: 'mailto:s@example.com' },
  verb: { id: 'http://example.com/v' },
  object: { id: 'http://example.com/o' },
  timestamp: '2026-03-02T10:15:30Z',
}
const roles = (team: Json, domain: string) => ({
  instructor: { mbox: `mailto:i@${domain}` },
  team,
  contextAgents: [
    {
      objectType: 'contextAgent',
      agent: { mbox: `mailto:c@${domain}` },
      relevantTypes: ['http://example.com/t'],
    },
  ],
  contextGroups: [{ objectType: 'contextGroup', group: team, relevantTypes: ['http://example.com/t'] }],
})
const same: [string, Json, Json][] = [
  ['the case of the id', {}, { id: base.id.toUpperCase() }],
  [
    'stored, authority, version',
    {},
    { stored: '2001-01-01T00:00:00Z', authority: { mbox: 'mailto:a@b.c' }, version: '1.0.0' },
  ],
  ['verb display', {}, { verb: { id: (base.verb as Json).id, display: { en: 'x' } } }],
  ['activity definition', {}, { object: { id: (base.object as Json).id } }],
  ['order of group members', group('a', 'b'), group('b', 'a')],
  [
    'case of mail domains',
    { actor: { mbox: 'mailto:a@B.example' } },
    { actor: { mbox: 'mailto:a@b.example' } },
  ],
  ['zone of the timestamp', {}, { timestamp: '2026-03-02T18:15:30.000+08:00' }],
  [
    'one contextActivity or a list of one',
    {},
    { context: { contextActivities: { parent: { id: 'https://example.com/a' } } } },
  ],
  ['a missing timestamp', {}, { timestamp: undefined }],
  [
    'what stands in a SubStatement',
    { object: { ...aSub, timestamp: '2026-03-02T18:15:30+08:00' } },
    { object: { ...aSub, verb: { id: 'http://example.com/v', display: { en: 'x' } } } },
  ],
  [
    'the case of ids of other statements and of the registration',
    {
      context: { registration: aRegistration, statement: { objectType: 'StatementRef', id: aRegistration } },
    },
    {
      context: {
        registration: aRegistration.toUpperCase(),
        statement: { objectType: 'StatementRef', id: aRegistration.toUpperCase() },
      },
    },
  ],
  [
    'members and mail domains of instructor, team and those in a role',
    { context: roles(group('a', 'b').actor, 'B.example') },
    { context: roles(group('b', 'a').actor, 'b.example') },
  ],
]
for (const [name, left, right] of same)
  t.test(`2.3 equal but for ${name}`, async (t) => {
    const texts = [left, right].map((changes) => JSON.stringify({ ...base, ...changes })) as [string, string]

    t.ok(isSameStatement(...texts, '1.0.3'))
  })

const other: [string, Json][] = [
  ['the actor', { actor: { mbox: 'mailto:z@example.com' } }],
  ['the case of a local part', { actor: { mbox: 'mailto:A@example.com' } }],
  ['the verb', { verb: { id: 'http://example.com/v' } }],
  ['the object', { object: { id: 'http://example.com/o' } }],
  ['the result', { result: { duration: 'PT1.234S', success: true } }],
  ['the context', { context: {} }],
  ['the timestamp', { timestamp: '2026-03-02T10:15:30.001Z' }],
]
for (const [name, changes] of other)
  t.test(`2.3 not equal when ${name} differs`, async (t) => {
    const texts = [{}, changes].map((one) =>
      JSON.stringify({ ...base, actor: { mbox: 'mailto:a@example.com' }, ...one }),
    ) as [string, string]

    t.notOk(isSameStatement(...texts, '1.0.3'))
  })

t.test('1.2 durations are compared as strings under 1.0.3 and to 0.01 s under 2.0.0', async (t) => {
  const text = JSON.stringify(base)

  t.notOk(isSameStatement(text, text.replace('PT1.234S', 'PT1.23S'), '1.0.3'))
  t.ok(isSameStatement(text, text.replace('PT1.234S', 'PT1.23S'), '2.0.0'))
  t.notOk(isSameStatement(text, text.replace('PT1.234S', 'PT1.24S'), '2.0.0'))
  const whole = text.replace('PT1.234S', 'PT1S')
  t.ok(isSameStatement(whole, text.replace('PT1.234S', 'PT1.004S'), '2.0.0'))
  t.ok(isSameStatement(whole, text.replace('PT1.234S', 'PT1,00S'), '2.0.0'))
  t.notOk(isSameStatement(whole, text.replace('PT1.234S', 'PT1.00S'), '1.0.3'))
})

t.test(
  'Moodle: no ids, no version, to the second, arrays beyond the batch size, an empty array, resends',
  async (t) => {
    const moodle = await aSpeaker(app, ground, {
      preset: 'moodle-logstore',
      actorHomePages: ['https://moodle.example'],
    })
    const registration = randomUUID()
    const batch = Array.from({ length: 250 }, (_, n) => moodleCompletion(n, registration))

    t.equal((await moodle.post(batch)).statusCode, 200)
    t.equal((await moodle.post(batch)).statusCode, 200, 'sent again: kept, the content key makes them one')
    t.strictSame((await moodle.post([])).json(), [])
    t.equal((await moodle.find({ registration, limit: '500' })).length, 500)
  },
)

/** A course completion as the log store plugin of Moodle writes it. */
function moodleCompletion(user: number, registration: string): Json {
  const extensions = {
    'http://lrs.learninglocker.net/define/extensions/info': {
      'http://moodle.org': '5.0',
      event_name: '\\core\\event\\course_completed',
      event_function: '\\src\\transformer\\events\\core\\course_completed',
    },
  }
  const site = {
    id: 'https://moodle.example',
    definition: { type: 'http://id.tincanapi.com/activitytype/lms' },
  }
  return {
    actor: { name: '', account: { homePage: 'https://moodle.example', name: String(user) } },
    verb: { id: 'http://adlnet.gov/expapi/verbs/completed', display: { en: 'completed' } },
    object: {
      id: 'https://moodle.example/course/view.php?id=2',
      definition: {
        type: 'https://w3id.org/xapi/cmi5/activitytype/course',
        name: { 'zh-CN': '课堂观察' },
      },
    },
    timestamp: '2026-03-02T18:15:30+08:00',
    context: {
      registration,
      platform: 'Moodle',
      language: 'zh-CN',
      extensions,
      contextActivities: { grouping: [site], category: [site] },
    },
  }
}
