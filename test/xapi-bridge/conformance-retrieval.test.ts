import { randomUUID } from 'node:crypto'
import t from 'tap'
import { aMultipart, anAttachment, partsOfAnswer } from './attachment-examples.ts'
import { aConformanceScene, activity, agent, said, storing, verb, versions } from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const scene = await aConformanceScene(t)
const { ask } = scene
const { stored, shown, found, idsFound, voided } = storing(scene)

t.test('XAPI-00156 XAPI-00158 statementId answers one statement, with Last-Modified', async (t) => {
  const id = await stored()
  const answer = await ask({ params: { statementId: id } })
  t.equal(answer.statusCode, 200)
  t.equal(answer.json().id, id)
  const instant = new Date(answer.json().stored).toUTCString()
  t.equal(answer.headers['last-modified'], instant)
})

const filters =
  'agent verb activity registration related_activities related_agents since until limit ascending'.split(' ')
const usualValue: Record<string, string> = {
  agent: JSON.stringify(agent),
  verb: verb.id,
  activity: activity.id,
  registration: randomUUID(),
  since: '2026-03-02T10:15:30Z',
  until: '2026-03-02T10:15:30Z',
  limit: '1',
}
for (const [ids, name] of [
  ['XAPI-00151', 'statementId'],
  ['XAPI-00150', 'voidedStatementId'],
] as const)
  t.test(`${ids} ${name} stands with attachments and format alone`, async (t) => {
    const id = await stored()
    if (name === 'voidedStatementId') await voided(id)
    for (const filter of [...filters, name === 'statementId' ? 'voidedStatementId' : 'statementId']) {
      const value = usualValue[filter] ?? (filter.endsWith('Id') ? id : 'true')
      t.equal((await ask({ params: { [name]: id, [filter]: value } })).statusCode, 400, filter)
    }
    for (const [other, value] of Object.entries({ attachments: 'false', format: 'exact' }))
      t.equal((await ask({ params: { [name]: id, [other]: value } })).statusCode, 200, other)
  })

t.test('XAPI-00012 parameters are as strictly read as statements', async (t) => {
  const wrong = {
    statementId: 'x',
    voidedStatementId: 'x',
    agent: '{}',
    verb: 'x',
    activity: 'x',
    registration: 'x',
  }
  for (const [name, value] of Object.entries({ ...wrong, since: 'x', until: 'x', limit: 'x', format: 'x' }))
    t.equal((await ask({ params: { [name]: value } })).statusCode, 400, name)
})

t.test('XAPI-00149 XAPI-00109 nothing found is an empty list, and no more', async (t) => {
  const answer = await ask({ params: { verb: `https://example.com/${randomUUID()}` } })
  t.equal(answer.statusCode, 200)
  t.strictSame(answer.json(), { statements: [], more: '' })
})

t.test(
  'XAPI-00113 XAPI-00110 XAPI-00159 XAPI-00165 XAPI-00139 GET answers a StatementResult in JSON',
  async (t) => {
    for (const version of versions) {
      const answer = await ask({ version })
      t.equal(answer.statusCode, 200)
      t.match(answer.headers['content-type'], /^application\/json/)
      t.strictSame(Object.keys(answer.json()).sort(), ['more', 'statements'])
      t.ok(Array.isArray(answer.json().statements))
    }
  },
)

t.test(
  'XAPI-00108 XAPI-00111 XAPI-00114 XAPI-00173 more leads to the next page, and that to the next',
  async (t) => {
    const own = { verb: { id: `https://example.com/${randomUUID()}` } }
    const ids = [await stored(own), await stored(own), await stored(own)]
    const seen: unknown[] = []
    let page = await found({ verb: own.verb.id, limit: '1', ascending: 'true' })
    for (;;) {
      t.equal(page.statements.length, 1)
      seen.push(page.statements[0]?.id)
      if (!page.more) break
      const [path = '', query] = page.more.split('?')
      page = (
        await ask({ path: path.replace('/xapi', ''), params: Object.fromEntries(new URLSearchParams(query)) })
      ).json()
    }
    t.strictSame(seen, ids)
  },
)

/** Each filter, its ids, and what finds the first of two statements and not the second. */
const unlike = `https://example.com/${randomUUID()}`
const alike: Json = {
  actor: { mbox: `mailto:${randomUUID()}@example.com` },
  verb: { id: `https://example.com/${randomUUID()}` },
  object: { id: unlike },
  context: {
    registration: randomUUID(),
    instructor: { mbox: `mailto:${randomUUID()}@example.com` },
    contextActivities: { parent: [{ id: `https://example.com/${randomUUID()}` }] },
  },
}
const context = alike.context as {
  registration: string
  instructor: Json
  contextActivities: { parent: Json[] }
}
const byFilter: [string, string, Record<string, string>][] = [
  ['XAPI-00181', 'agent', { agent: JSON.stringify(alike.actor) }],
  ['XAPI-00180', 'verb', { verb: (alike.verb as Json).id as string }],
  ['XAPI-00179', 'activity', { activity: unlike }],
  ['XAPI-00178', 'registration', { registration: context.registration }],
  ['XAPI-00176', 'related_agents', { agent: JSON.stringify(context.instructor), related_agents: 'true' }],
  [
    'XAPI-00164',
    'related_activities',
    { activity: context.contextActivities.parent[0]?.id as string, related_activities: 'true' },
  ],
]
t.test('XAPI-00154 XAPI-00164 filters find what they name, and nothing else', async (t) => {
  const [one] = [await stored(alike), await stored()]
  for (const [ids, name, params] of byFilter)
    for (const version of versions) {
      const answer = await ask({ params, version })
      t.equal(answer.statusCode, 200)
      t.strictSame(
        answer.json().statements.map(({ id }: Json) => id),
        [one],
        `${ids} ${name} ${version}`,
      )
    }
  for (const [, name, params] of byFilter.filter(([, name]) => name.startsWith('related')))
    t.strictSame(await idsFound({ ...params, [name]: 'false' }), [], `${name} is not meant unless it is said`)
})

t.test('XAPI-00166 XAPI-00174 XAPI-00175 since, until and ascending go by stored', async (t) => {
  const own = { verb: { id: `https://example.com/${randomUUID()}` } }
  const ids: string[] = []
  for (let left = 3; left > 0; left--) ids.push(await stored(own))
  const [, second] = await Promise.all(ids.map(shown))
  const at = second?.stored as string
  const params = { verb: own.verb.id }

  t.strictSame(await idsFound({ ...params, ascending: 'true' }), ids)
  t.strictSame(await idsFound(params), [...ids].reverse())
  t.strictSame(await idsFound({ ...params, since: at }), ids.slice(2))
  t.strictSame(await idsFound({ ...params, until: at, ascending: 'true' }), ids.slice(0, 2))
})

t.test('XAPI-00168 XAPI-00169 XAPI-00170 XAPI-00171 XAPI-00172 formats', async (t) => {
  const definition = { name: { en: 'name', de: 'Name' }, type: 'https://example.com/type' }
  const id = await stored({ actor: { ...agent, name: 'n' }, object: { ...activity, id: unlike, definition } })
  const as = async (params: Record<string, string>, language = '*') => {
    const headers = { 'accept-language': language }
    return (await ask({ params: { statementId: id, ...params }, headers })).json()
  }

  t.strictSame((await as({})).object.definition, definition)
  t.strictSame((await as({ format: 'exact' }, 'de')).object.definition, definition)
  t.strictSame((await as({ format: 'canonical' }, 'de')).object.definition.name, { de: 'Name' })
  t.strictSame((await as({ format: 'canonical' }, 'en')).object.definition.name, { en: 'name' })
  const { actor, object } = await as({ format: 'ids' })
  t.strictSame([actor.name, object.definition], [undefined, undefined])
  t.equal(object.id, unlike)
})

t.test('XAPI-00161 XAPI-00167 attachments=true answers multipart, else JSON', async (t) => {
  const { declared, part } = anAttachment('bytes')
  for (const version of versions) {
    const id = randomUUID()
    const { body, type } = aMultipart(said({ id, attachments: [declared] }), [part])
    const sent = await ask({ method: 'POST', body, headers: { 'content-type': type }, version })
    t.equal(sent.statusCode, 200)

    const answer = await ask({ params: { statementId: id, attachments: 'true' }, version })
    t.match(answer.headers['content-type'], /^multipart\/mixed; boundary=[^";]+$/)
    t.equal(partsOfAnswer(answer).parts.get(declared.sha2)?.body.toString(), 'bytes')
    for (const params of [{ statementId: id }, { statementId: id, attachments: 'false' }])
      t.match((await ask({ params, version })).headers['content-type'], /^application\/json/)
  }
})
