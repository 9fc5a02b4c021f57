import { randomUUID } from 'node:crypto'
import t from 'tap'
import { aMultipart, anAttachment, partsOfAnswer } from './attachment-examples.ts'
import {
  aConformanceScene,
  activity,
  agent,
  both,
  said,
  verb,
  versions,
  voidedVerb,
} from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const { ask } = await aConformanceScene(t)

const send = (body: unknown, version = versions[0]) =>
  ask({ method: 'POST', body, ...(version && { version }) })
const stored = async (changes: Json = {}, version = versions[0]) => {
  const [id] = (await send(said(changes), version)).json()
  return id as string
}
const shown = async (id: string) => (await ask({ params: { statementId: id } })).json() as Json
const found = async (params: Record<string, string>) =>
  (await ask({ params })).json() as { statements: Json[]; more: string }
const idsFound = async (params: Record<string, string>) =>
  (await found(params)).statements.map(({ id }) => id)
const voided = async (target: string, changes: Json = {}) =>
  stored({ verb: voidedVerb, object: { objectType: 'StatementRef', id: target }, ...changes })

t.test('XAPI-00139 XAPI-00146 XAPI-00147 POST stores, and answers the ids in order, 200', async (t) => {
  for (const version of versions) {
    const ids = [randomUUID(), randomUUID()]
    const answer = await send(
      ids.map((id) => said({ id })),
      version,
    )
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), ids)
  }
})

t.test(
  'XAPI-00139 XAPI-00143 XAPI-00144 XAPI-00145 PUT stores under statementId, 204; without it 400',
  async (t) => {
    for (const version of versions) {
      const id = randomUUID()
      const put = { method: 'PUT', body: said(), version } as const
      t.equal((await ask({ ...put, params: { statementId: id } })).statusCode, 204)
      t.equal((await shown(id)).id, id)
      t.equal((await ask(put)).statusCode, 400)
    }
  },
)

t.test('XAPI-00026 a statement without id gets one', async (t) => {
  const id = await stored()
  t.equal((await shown(id)).id, id)
})

t.test('XAPI-00142 a statement is never changed, and no batch names an id twice', async (t) => {
  for (const version of versions) {
    const id = randomUUID()
    await send(said({ id }), version)
    const other = said({ id, verb: { id: 'https://example.com/verbs/other' } })
    t.equal((await send(other, version)).statusCode, 409)
    t.equal((await ask({ method: 'PUT', params: { statementId: id }, body: other, version })).statusCode, 409)
    t.strictSame((await shown(id)).verb, verb)
    t.equal((await send([said({ id: randomUUID() }), said({ id }), said({ id })], version)).statusCode, 400)
  }
})

t.test('XAPI-00326 a batch with one wrong statement stores none of it', async (t) => {
  const id = randomUUID()
  t.equal((await send([said({ id }), said({ verb: {} })])).statusCode, 400)
  t.equal((await ask({ params: { statementId: id } })).statusCode, 404)
})

t.test('XAPI-00002 XAPI-00015 numbers and letters come back as they came', async (t) => {
  const number = '0.12345678901234567890'
  const name = '学时 ü \u{1F600}'
  const body = JSON.stringify(said({ actor: { ...agent, name }, result: { score: { raw: 1 } } }))
  const headers = { 'content-type': 'application/json' }
  const sent = await ask({ method: 'POST', body: body.replace('"raw":1', `"raw":${number}`), headers })
  const answer = await ask({ params: { statementId: sent.json()[0] } })
  t.match(answer.body, `"raw":${number}`)
  t.equal(answer.json().actor.name, name)
})

t.test('XAPI-00097 XAPI-00023 stored is taken and replaced, and is a timestamp', async (t) => {
  for (const version of versions) {
    const old = '2001-01-01T00:00:00.000Z'
    const id = await stored({ stored: old }, version)
    const { stored: instant } = await shown(id)
    t.match(instant, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    t.not(instant, old)
    const put = {
      method: 'PUT',
      params: { statementId: randomUUID() },
      body: said({ stored: old }),
      version,
    } as const
    t.equal((await ask(put)).statusCode, 204)
  }
})

t.test('XAPI-00122 timestamps keep their milliseconds', async (t) => {
  const timestamp = '2026-03-02T10:15:30.123Z'
  t.equal((await shown(await stored({ timestamp }))).timestamp, timestamp)
  const { timestamp: assumed, stored: instant } = await shown(await stored())
  t.equal(assumed, instant, 'a missing one is that of storing')
})

t.test('XAPI-00099 the authority is who sent the statement', async (t) => {
  const { authority } = (await shown(await stored({ authority: agent }))) as { authority: Json }
  t.match(authority, { objectType: 'Agent', account: { homePage: String, name: String } })
})

t.test('XAPI-00096 one contextActivity comes back in a list', async (t) => {
  for (const relation of ['parent', 'grouping', 'category', 'other'])
    for (const changes of both({ context: { contextActivities: { [relation]: activity } } })) {
      const shownStatement = JSON.stringify(await shown(await stored(changes)))
      t.match(shownStatement, `"${relation}":[${JSON.stringify(activity)}]`)
    }
})

t.test(
  'XAPI-00018 XAPI-00155 XAPI-00157 XAPI-00163 what is voided is found by voidedStatementId alone',
  async (t) => {
    for (const version of versions) {
      const id = await stored({}, version)
      await voided(id)
      t.equal((await ask({ params: { statementId: id }, version })).statusCode, 404)
      const answer = await ask({ params: { voidedStatementId: id }, version })
      t.equal(answer.statusCode, 200)
      t.equal(answer.json().id, id)
      t.notOk((await idsFound({})).includes(id))
    }
  },
)

t.test('XAPI-00016 neither a voiding statement nor a voided one is voided', async (t) => {
  const id = await stored()
  const voiding = await voided(id)
  const again = await voided(voiding)
  const twice = await voided(id)
  for (const one of [voiding, again, twice]) t.equal((await shown(one)).id, one)
  t.equal((await ask({ params: { statementId: id } })).statusCode, 404)
})

t.test('XAPI-00162 statements that refer to a voided one are still found through it', async (t) => {
  const own = { verb: { id: `https://example.com/${randomUUID()}` } }
  const first = await stored(own)
  const before = (await shown(first)).stored as string
  const voiding = await voided(first)
  const second = await stored(own)

  t.strictSame(await idsFound({ verb: own.verb.id }), [second, voiding])
  t.strictSame(await idsFound({ verb: own.verb.id, since: before }), [second, voiding])
  t.strictSame(await idsFound({ verb: own.verb.id, until: before }), [])
  t.strictSame(await idsFound({ verb: own.verb.id, limit: '1' }), [second])
})

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
