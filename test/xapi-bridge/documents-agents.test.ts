import { randomUUID } from 'node:crypto'
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import {
  aDocumentSpeaker,
  anActivityId,
  anAgentProfile,
  aRestrictedSpeaker,
  speakingOfDocuments,
} from './documents-examples.ts'
import { aSpeaker, aStatement, aVoid, type Json } from './statement-examples.ts'

const ground = await freshGround(t)
const speaker = await aDocumentSpeaker(t, ground)
const { ask, create, post } = speaker

const anAccount = () => ({ account: { homePage: 'https://moodle.example', name: randomUUID() } })
const personOf = async (agent: Json) =>
  (await ask('GET', '/agents', { agent: JSON.stringify(agent) })).json() as Json
const activityOf = async (activityId: string) =>
  (await ask('GET', '/activities', { activityId })).json() as Json

const identifiers: [string, Json][] = [
  ['account', anAccount()],
  ['mbox', { mbox: 'mailto:teacher@school.example' }],
  ['mbox_sha1sum', { mbox_sha1sum: 'ebd31e95054c018b10727ccffd2ef2ec3a016ee9' }],
  ['openid', { openid: 'https://id.example/teacher' }],
]
for (const [name, identifier] of identifiers)
  t.test(`2.4 /agents: an unknown agent by ${name} is a Person of what was asked`, async (t) => {
    const person = await personOf({ objectType: 'Agent', ...identifier })

    t.strictSame(person, { objectType: 'Person', [name]: [identifier[name]] })
  })

t.test('2.4 /agents: names are gathered from statements, wherever the agent stands in them', async (t) => {
  const account = anAccount()
  const named = (name: string) => ({ objectType: 'Agent', name, ...account })
  const sub = {
    objectType: 'SubStatement',
    actor: named('五'),
    verb: { id: 'http://example.com/v' },
    object: { id: anActivityId() },
  }
  await post(aStatement({ actor: named('一') }))
  await post(
    aStatement({ actor: { objectType: 'Group', member: [named('二'), { ...anAccount(), name: 'x' }] } }),
  )
  await post(aStatement({ object: named('三') }))
  await post(aStatement({ context: { instructor: named('四') } }))
  await post(aStatement({ object: sub }))
  await post(aStatement({ actor: named('一') }))
  await post(aStatement({ actor: { ...anAccount(), name: '别人' } }))

  const person = await personOf(account)

  t.strictSame((person.name as string[]).toSorted(), ['一', '二', '三', '四', '五'].toSorted())
  t.strictSame(person.account, [account.account])
})

t.test('2.4 /agents: identifiers of one person are never joined', async (t) => {
  const [account, mbox] = [anAccount(), { mbox: `mailto:${randomUUID()}@school.example` }]
  await post(aStatement({ actor: { name: '李四', ...account } }))
  await post(aStatement({ actor: { name: '李四', ...mbox } }))

  t.strictSame(await personOf(account), { objectType: 'Person', name: ['李四'], account: [account.account] })
})

t.test('2.4 /agents: documents know names too, and so does the question', async (t) => {
  const account = anAccount()
  const params = anAgentProfile({ agent: JSON.stringify({ name: '王老师', ...account }) })
  await create('/agents/profile', params, { body: { a: 1 } })

  t.strictSame((await personOf({ name: '老王', ...account })).name, ['王老师', '老王'])
})

t.test('2.4 /agents: what is voided tells no name', async (t) => {
  const account = anAccount()
  const sent = aStatement({ actor: { name: '误', ...account } })
  await post(sent)
  await post(aVoid(sent.id))

  t.strictSame(await personOf(account), { objectType: 'Person', account: [account.account] })
})

t.test('4.1 /agents and /activities know nothing of another store', async (t) => {
  const [account, id] = [anAccount(), anActivityId()]
  await post(
    aStatement({ actor: { name: '甲', ...account }, object: { id, definition: { name: { zh: '课' } } } }),
  )
  const stranger = speakingOfDocuments(await aSpeaker(speaker.app, ground))

  const person = await stranger.ask('GET', '/agents', { agent: JSON.stringify(account) })
  const activity = await stranger.ask('GET', '/activities', { activityId: id })

  t.strictSame(person.json(), { objectType: 'Person', account: [account.account] })
  t.strictSame(activity.json(), { objectType: 'Activity', id })
})

const wrongAgents: [string, Record<string, string>][] = [
  ['no agent', {}],
  ['an agent that is no JSON', { agent: 'x' }],
  ['an agent without identifier', { agent: '{"objectType":"Agent"}' }],
  ['two identifiers', { agent: JSON.stringify({ ...anAccount(), mbox: 'mailto:a@b.example' }) }],
  ['a group', { agent: JSON.stringify({ objectType: 'Group', ...anAccount() }) }],
  ['an unknown parameter', { agent: JSON.stringify(anAccount()), limit: '1' }],
]
for (const [name, params] of wrongAgents)
  t.test(`2.4 /agents: ${name} is 400`, async (t) => {
    t.equal((await ask('GET', '/agents', params)).statusCode, 400)
  })

t.test('2.4 /activities: definitions of all statements are merged, every language kept', async (t) => {
  const id = anActivityId()
  const saying = (definition: Json) =>
    post(aStatement({ object: { objectType: 'Activity', id, definition } }))
  await saying({ type: 'http://adlnet.gov/expapi/activities/course', name: { 'zh-CN': '课', en: 'Course' } })
  await saying({ name: { fr: 'cours' }, moreInfo: 'https://x.example/' })

  const { statusCode, headers, ...answer } = await ask(
    'GET',
    '/activities',
    { activityId: id },
    { headers: { 'accept-language': 'fr' } },
  )

  t.equal(statusCode, 200)
  t.match(headers.etag, /^"[0-9a-f]{40}"$/)
  t.strictSame(answer.json(), {
    objectType: 'Activity',
    id,
    definition: {
      type: 'http://adlnet.gov/expapi/activities/course',
      name: { 'zh-CN': '课', en: 'Course', fr: 'cours' },
      moreInfo: 'https://x.example/',
    },
  })
})

t.test('2.4 /activities: an unknown one is answered with its id', async (t) => {
  const id = anActivityId()

  t.strictSame(await activityOf(id), { objectType: 'Activity', id })
})

for (const [name, params] of [
  ['no activityId', {}],
  ['an activityId that is no IRI', { activityId: 'x' }],
  ['an unknown parameter', { activityId: anActivityId(), since: '2026-01-01T00:00:00Z' }],
] as [string, Record<string, string>][])
  t.test(`2.4 /activities: ${name} is 400`, async (t) => {
    t.equal((await ask('GET', '/activities', params)).statusCode, 400)
  })

t.test('2.9 /agents and /activities answer HEAD, and no other method', async (t) => {
  const params = { agent: JSON.stringify(anAccount()) }

  t.equal((await ask('HEAD', '/agents', params)).statusCode, 200)
  t.equal((await ask('HEAD', '/activities', { activityId: anActivityId() })).statusCode, 200)
  t.equal((await ask('PUT', '/agents', params, { body: {} })).statusCode, 405)
})

for (const [granted, status] of [
  ['statements/read', 200],
  ['statements/read/mine', 200],
  ['profile', 200],
  ['all/read', 200],
  ['statements/write', 403],
  ['state', 403],
] as const)
  t.test(`4.2 ${granted} makes reading agents and activities ${status}`, async (t) => {
    const other = await aRestrictedSpeaker(speaker, ground, granted)

    t.equal((await other.ask('GET', '/agents', { agent: JSON.stringify(anAccount()) })).statusCode, status)
    t.equal((await other.ask('GET', '/activities', { activityId: anActivityId() })).statusCode, status)
  })
