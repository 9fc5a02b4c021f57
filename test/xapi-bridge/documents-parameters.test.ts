import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aDocumentSpeaker, anActivityProfile, anAgent, aState, resources } from './documents-examples.ts'

const { ask } = await aDocumentSpeaker(t, await freshGround(t))
const state = '/activities/state'

for (const [name, path, fresh] of resources) {
  const idName = name === 'State' ? 'stateId' : 'profileId'

  const wrong: [string, string, (params: Record<string, string>) => Record<string, string>][] = [
    ['GET', 'an unknown parameter', (params) => ({ ...params, foo: '1' })],
    [
      'GET',
      'one that differs in case',
      ({ [idName]: id, ...rest }) => ({ ...rest, [idName.toLowerCase()]: `${id}` }),
    ],
    ['GET', 'a since that is no timestamp', ({ [idName]: _, ...rest }) => ({ ...rest, since: 'yesterday' })],
    ['PUT', 'since', (params) => ({ ...params, since: '2026-01-01T00:00:00Z' })],
    ['PUT', 'an empty id', (params) => ({ ...params, [idName]: '' })],
    ['DELETE', 'an empty id', (params) => ({ ...params, [idName]: '' })],
    ['PUT', 'no id', ({ [idName]: _, ...rest }) => rest],
    ['POST', 'no id', ({ [idName]: _, ...rest }) => rest],
  ]
  const ofAgent: typeof wrong = [
    ['GET', 'no agent', ({ agent: _, ...rest }) => rest],
    ['PUT', 'an agent that is no JSON', (params) => ({ ...params, agent: 'x' })],
    ['DELETE', 'an agent that is none', (params) => ({ ...params, agent: 'true' })],
    ['POST', 'an agent without identifier', (params) => ({ ...params, agent: '{"name":"x"}' })],
    [
      'PUT',
      'an anonymous group',
      (params) => ({ ...params, agent: `{"objectType":"Group","member":[${anAgent()}]}` }),
    ],
  ]
  const ofActivity: typeof wrong = [
    ['GET', 'no activityId', ({ activityId: _, ...rest }) => rest],
    ['PUT', 'an activityId that is no IRI', (params) => ({ ...params, activityId: 'unit 1' })],
  ]
  const cases = [
    ...wrong,
    ...('agent' in fresh() ? ofAgent : []),
    ...('activityId' in fresh() ? ofActivity : []),
  ]
  for (const [method, what, changed] of cases)
    t.test(`2.2 ${name}: ${method} with ${what} is 400`, async (t) => {
      const body = method === 'PUT' || method === 'POST' ? { body: { a: 1 } } : {}
      const headers = method === 'PUT' ? { 'if-none-match': '*' } : {}

      const answer = await ask(method, path, changed(fresh()), { ...body, headers })

      t.equal(answer.statusCode, 400)
      t.equal(answer.json().code, 'invalid-xapi-request')
    })
}

t.test('2.2 a parameter that stands twice is 400', async (t) => {
  const { stateId: _, ...rest } = aState()
  const answer = await ask('DELETE', `${state}?stateId=a&stateId=b&${new URLSearchParams(rest)}`, {})

  t.equal(answer.statusCode, 400)
})

t.test('2.4 profiles are not deleted all at once', async (t) => {
  const { profileId: _, ...rest } = anActivityProfile()

  t.equal((await ask('DELETE', '/activities/profile', rest)).statusCode, 400)
})
