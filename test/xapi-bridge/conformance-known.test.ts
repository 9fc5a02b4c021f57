import { randomUUID } from 'node:crypto'
import t from 'tap'
import { aConformanceScene, said, versions } from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const { ask, post } = await aConformanceScene(t)

const personOf = async (agent: Json) =>
  (await ask({ path: '/agents', params: { agent: JSON.stringify(agent) } })).json() as Json

t.test('XAPI-00236 XAPI-00245 XAPI-00248 /agents answers a Person, 200', async (t) => {
  for (const version of versions) {
    const agent = JSON.stringify({ mbox: 'mailto:held@example.com' })
    const answer = await ask({ path: '/agents', params: { agent }, version })
    t.equal(answer.statusCode, 200)
    t.equal(answer.json().objectType, 'Person')
  }
})

t.test('XAPI-00237 XAPI-00238 a Person says so, and its names are a list', async (t) => {
  const account = { homePage: 'https://example.com', name: randomUUID() }
  await post(said({ actor: { account, name: 'one' } }))
  await post(said({ actor: { account, name: 'two' } }))

  const person = await personOf({ account })

  t.equal(person.objectType, 'Person')
  t.strictSame((person.name as string[]).sort(), ['one', 'two'])
})

const identifiers: [string, string, unknown][] = [
  ['XAPI-00239 XAPI-00244', 'mbox', 'mailto:one@example.com'],
  ['XAPI-00240', 'mbox_sha1sum', 'cd9b00a5611f94eaa7b1661edab976068e364975'],
  ['XAPI-00241', 'openid', 'https://openid.example/1'],
  ['XAPI-00242', 'account', { homePage: 'https://example.com', name: 'n' }],
]
for (const [ids, name, value] of identifiers)
  t.test(`${ids} the ${name} of a Person is a list`, async (t) => {
    await post(said({ actor: { [name]: value } }))
    t.strictSame((await personOf({ [name]: value }))[name], [value])
  })

t.test('XAPI-00243 XAPI-00249 /agents without an agent, or with what is none, is 400', async (t) => {
  for (const params of [{}, { agent: 'x' }, { agent: '{"name":"n"}' }, { agent: '{}' }] as Record<
    string,
    string
  >[])
    t.equal((await ask({ path: '/agents', params })).statusCode, 400)
})

t.test('XAPI-00250 /activities without activityId, or with no IRI, is 400', async (t) => {
  t.equal((await ask({ path: '/activities' })).statusCode, 400)
  t.equal((await ask({ path: '/activities', params: { activityId: 'x' } })).statusCode, 400)
})

t.test('XAPI-00253 /activities answers an activity, known or not, 200', async (t) => {
  const activityId = `https://example.com/${randomUUID()}`
  for (const version of versions) {
    const answer = await ask({ path: '/activities', params: { activityId }, version })
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), { objectType: 'Activity', id: activityId })
  }
})

t.test('XAPI-00254 what statements say of an activity is put together', async (t) => {
  const id = `https://example.com/${randomUUID()}`
  for (const [language, name] of [
    ['en', 'one'],
    ['de', 'eins'],
  ] as const)
    await post(said({ object: { id, definition: { name: { [language]: name } } } }))

  const { definition } = (await ask({ path: '/activities', params: { activityId: id } })).json()

  t.strictSame(definition.name, { en: 'one', de: 'eins' })
})
