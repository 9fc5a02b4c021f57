import { randomUUID } from 'node:crypto'
import t from 'tap'
import { aConformanceScene, said, versions } from './conformance-scene.ts'
import { anActivityProfile, anAgent, anAgentProfile, aState } from './documents-examples.ts'

const { ask, authorization } = await aConformanceScene(t)

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const fields = (values: Record<string, string>) => new URLSearchParams(values).toString()
const disguised = (
  method: string,
  values: Record<string, string>,
  headers: Record<string, string | undefined> = {},
) => ask({ method: 'POST', params: { method }, body: fields(values), headers: { ...form, ...headers } })

const documents: [string, Record<string, string>][] = [
  ['/activities/state', aState()],
  ['/agents/profile', anAgentProfile()],
  ['/activities/profile', anActivityProfile()],
]
const readable: [string, Record<string, string>][] = [
  ...documents,
  ['/statements', {}],
  ['/agents', { agent: anAgent() }],
  ['/activities', { activityId: 'https://example.com/one' }],
  ['/about', {}],
]
for (const [path, params] of documents) await ask({ method: 'POST', path, params, body: { a: 1 } })

t.test('XAPI-00125 XAPI-00126 HEAD answers as GET does, without the body', async (t) => {
  for (const version of versions)
    for (const [path, params] of readable) {
      const [head, get] = [
        await ask({ method: 'HEAD', path, params, version }),
        await ask({ path, params, version }),
      ]
      t.equal(head.statusCode, 200, path)
      t.equal(head.body, '', path)
      const same = ['content-type', 'content-length', 'etag', 'last-modified', 'x-experience-api-version']
      for (const name of same) t.equal(head.headers[name], get.headers[name], `${path} ${name}`)
    }
})

t.test('XAPI-00315 XAPI-00316 XAPI-00317 XAPI-00318 XAPI-00319 /about lists the versions, 200', async (t) => {
  for (const version of [...versions, undefined]) {
    const headers = { 'x-experience-api-version': version, authorization: undefined }
    const answer = await ask({ path: '/about', headers })
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), { version: ['1.0.3', '2.0.0'] })
  }
})

t.test('XAPI-00321 XAPI-00331 without a version header everything but /about is 400', async (t) => {
  for (const value of [undefined, '', '0.9', '1.1.0', '3.0.0', 'BAD'])
    for (const [path, params] of readable) {
      const answer = await ask({ path, params, headers: { 'x-experience-api-version': value } })
      t.equal(answer.statusCode, path === '/about' ? 200 : 400, `${path} ${value}`)
      t.equal(answer.headers['x-experience-api-version'], '1.0.3')
    }
})

t.test('XAPI-00333 every answer names the version whose rules it follows', async (t) => {
  for (const version of versions) {
    const answers = [await ask({ version }), await ask({ version, params: { foo: 'x' } })]
    for (const { headers } of answers) t.equal(headers['x-experience-api-version'], version)
  }
})

t.test('XAPI-00330 XAPI-00332 a statement keeps the version that it came with', async (t) => {
  for (const version of ['1.0.0', '1.0.3', '1.0']) {
    const id = randomUUID()
    await ask({ method: 'POST', body: said({ id, version }) })
    t.equal((await ask({ params: { statementId: id } })).json().version, version)
  }
})

t.test('XAPI-00334 a wrong credential is 401, and so is none', async (t) => {
  const wrong = `Basic ${Buffer.from('key:secret').toString('base64')}`
  for (const value of [undefined, wrong, 'Basic', 'Basic !', 'Bearer x'])
    for (const [path, params] of readable.filter(([path]) => path !== '/about')) {
      const answer = await ask({ path, params, headers: { authorization: value } })
      t.equal(answer.statusCode, 401, `${path} ${value}`)
      t.ok(answer.headers['www-authenticate'])
    }
})

t.test('XAPI-00335 HTTP Basic authentication lets in', async (t) => {
  t.equal((await ask({ headers: { authorization } })).statusCode, 200)
})

t.test('XAPI-00324 an unknown parameter is 400 everywhere', async (t) => {
  for (const version of versions)
    for (const [path, params] of readable.filter(([path]) => path !== '/about'))
      t.equal((await ask({ path, params: { ...params, foo: 'bar' }, version })).statusCode, 400, path)
})

t.test('XAPI-00325 a parameter in another case is unknown', async (t) => {
  const names =
    'statementId voidedStatementId agent verb activity registration related_activities related_agents since until limit format attachments ascending'
  for (const name of names.split(' ')) {
    const other = name[0]?.toUpperCase() + name.slice(1)
    t.equal((await ask({ params: { [other]: 'x' } })).statusCode, 400, other)
  }
  const put = { method: 'PUT', params: { StatementId: randomUUID() }, body: said() } as const
  t.equal((await ask(put)).statusCode, 400)
})

t.test('XAPI-00148 a GET in a form answers a StatementResult', async (t) => {
  const answer = await disguised('GET', { limit: '1' })
  t.equal(answer.statusCode, 200)
  t.ok(Array.isArray(answer.json().statements))
  t.type(answer.json().more, 'string')
})

t.test('XAPI-00336 a PUT in a form stores; its fields act as headers and go before them', async (t) => {
  const values = () => ({ statementId: randomUUID(), content: JSON.stringify(said()) })
  const alone = {
    'X-Experience-API-Version': '1.0.3',
    Authorization: authorization,
    'Content-Type': 'application/json',
  }
  const none = { authorization: undefined, 'x-experience-api-version': undefined }
  const stored = values()

  t.equal((await disguised('PUT', stored)).statusCode, 204)
  t.equal((await ask({ params: { statementId: stored.statementId } })).statusCode, 200)
  t.equal((await disguised('PUT', { ...values(), ...alone }, none)).statusCode, 204)
  t.equal((await disguised('PUT', { ...values(), 'X-Experience-API-Version': '0.8' })).statusCode, 400)
  t.equal((await disguised('PUT', { ...values(), Authorization: 'Basic eDp5' })).statusCode, 401)
  t.equal((await disguised('PUT', { ...values(), 'Content-Type': 'text/plain' })).statusCode, 400)
})

t.test('XAPI-00336 what is not wholly in the form, or no form, is 400', async (t) => {
  const statementId = randomUUID()
  const content = JSON.stringify(said())
  const asked = (params: Record<string, string>, body: string | undefined, headers = form) =>
    ask({ method: 'POST', params, headers, ...(body !== undefined && { body }) })
  const cases: [string, Promise<{ statusCode: number }>][] = [
    ['a further parameter', asked({ method: 'PUT', statementId }, fields({ statementId, content }))],
    ['no form at all', asked({ method: 'PUT' }, undefined)],
    ['no content', asked({ method: 'PUT' }, fields({ statementId }))],
    ['JSON called a form', asked({ method: 'PUT' }, JSON.stringify({ statementId, content }))],
    [
      'a form called JSON',
      asked({ method: 'PUT' }, fields({ statementId, content }), { 'content-type': 'application/json' }),
    ],
    ['an unknown method', asked({ method: 'PATCH' }, fields({}))],
    ['a method in another case', asked({ method: 'get' }, fields({}))],
    ['a field twice', asked({ method: 'GET' }, 'limit=1&limit=2')],
    ['broken escapes', asked({ method: 'GET' }, 'limit=%zz')],
    ['bytes that are no UTF-8', asked({ method: 'GET' }, 'limit=%ff')],
  ]
  for (const [name, answer] of cases) t.equal((await answer).statusCode, 400, name)
  const put = { method: 'PUT', params: { method: 'POST' }, body: content, headers: form } as const
  t.equal((await ask(put)).statusCode, 400, 'another method than POST')
})

t.test('XAPI-00336 documents too: preconditions and content of a form', async (t) => {
  const [path, params] = ['/activities/profile', anActivityProfile()]
  const content = '{"wanted":"ü + %"}'
  const send = (method: string, values: Record<string, string>) =>
    ask({ method: 'POST', path, params: { method }, body: fields({ ...params, ...values }), headers: form })

  t.equal(
    (await send('PUT', { content, 'If-None-Match': '*', 'Content-Type': 'application/json' })).statusCode,
    204,
  )
  const { body, headers } = await send('GET', {})
  t.equal(body, content)
  t.equal((await send('PUT', { content: '{}', 'If-Match': '"0"' })).statusCode, 412)
  t.equal((await send('DELETE', { 'If-Match': headers.etag as string })).statusCode, 204)
  t.equal((await send('GET', {})).statusCode, 404)
})

t.test('2.9 under 2.0.0 a request in a form is 400, by either way to say so', async (t) => {
  t.equal((await disguised('GET', {}, { 'x-experience-api-version': '2.0.0' })).statusCode, 400)
  t.equal((await disguised('GET', { 'X-Experience-API-Version': '2.0.0' })).statusCode, 400)
})

t.test(
  'XAPI-00153 Consistent-Through is on every answer of /statements, and there is one Date',
  async (t) => {
    const answers = [
      await ask({}),
      await ask({ params: { foo: 'x' } }),
      await ask({ params: { statementId: randomUUID() } }),
      await ask({ headers: { authorization: undefined } }),
      await ask({ headers: { 'x-experience-api-version': undefined } }),
      await ask({ method: 'POST', body: said() }),
      await ask({ method: 'POST', body: [{}] }),
      await ask({ method: 'PATCH' }),
    ]
    for (const { headers, statusCode } of answers) {
      t.match(headers['x-experience-api-consistent-through'], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, `${statusCode}`)
      t.type(headers.date, 'string')
    }
  },
)
