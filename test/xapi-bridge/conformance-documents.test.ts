import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { type Asked, aConformanceScene, versions } from './conformance-scene.ts'
import { resources } from './documents-examples.ts'
import type { Json } from './statement-examples.ts'

const { ask } = await aConformanceScene(t)

type Params = Record<string, string>
type Verb = 'PUT' | 'POST' | 'GET' | 'DELETE'
/** Ids of one requirement for State, Agent Profile and Activity Profile, in this order; none where the suite names none. */
type Ids = [string, string, string]

const first = { name: 'first', other: { deep: 1, kept: 2 } }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const unless = { 'if-none-match': '*' }
const without = (params: Params, name: string) =>
  Object.fromEntries(Object.entries(params).filter(([key]) => key !== name))

/** The parts of one requirement's name: its ids, the resource, and its sense. */
function named(ids: string, resource: string, sense: string): string {
  return [ids, `${resource}:`, sense].filter(Boolean).join(' ')
}

for (const [n, [resource, path, fresh]] of resources.entries()) {
  const idName = n === 0 ? 'stateId' : 'profileId'
  const hold = (ids: Ids, sense: string, test: (t: Test) => Promise<void>) =>
    t.test(named(ids[n] as string, resource, sense), test)
  const send = (method: Verb, params: Params, more: Asked = {}) =>
    ask({ method, path, params, ...(method === 'PUT' ? { headers: unless } : {}), ...more })
  const stored = async (body: unknown = first, more: Asked = {}) => {
    const params = fresh()
    await send('POST', params, { body, ...more })
    return params
  }

  hold(
    ['XAPI-00230 XAPI-00190', 'XAPI-00273', 'XAPI-00311 XAPI-00287 XAPI-00293'],
    'a first PUT is 204, and of a profile says under 1.0.3 what it expects',
    async (t) => {
      for (const version of versions) {
        t.equal((await send('PUT', fresh(), { body: first, version })).statusCode, 204)
        const blind = await send('PUT', fresh(), { body: first, version, headers: {} })
        t.equal(blind.statusCode, n > 0 && version === '1.0.3' ? 400 : 204)
      }
    },
  )

  hold(
    [
      'XAPI-00189 XAPI-00231 XAPI-00233',
      'XAPI-00272 XAPI-00280 XAPI-00283',
      'XAPI-00286 XAPI-00292 XAPI-00310 XAPI-00312',
    ],
    'a first POST stores as a PUT does, 204',
    async (t) => {
      for (const version of versions) {
        const params = fresh()
        t.equal((await send('POST', params, { body: first, version })).statusCode, 204)
        t.strictSame((await send('GET', params, { version })).json(), first)
      }
    },
  )

  hold(
    ['XAPI-00188 XAPI-00192 XAPI-00217', 'XAPI-00259 XAPI-00269 XAPI-00274', 'XAPI-00288 XAPI-00290'],
    'GET answers the document, 200',
    async (t) => {
      const params = await stored()
      for (const version of versions) {
        const answer = await send('GET', params, { version })
        t.equal(answer.statusCode, 200)
        t.strictSame(answer.json(), first)
      }
      t.equal((await send('GET', fresh())).statusCode, 404)
    },
  )

  hold(
    ['XAPI-00187 XAPI-00191 XAPI-00216', 'XAPI-00271', 'XAPI-00285 XAPI-00291'],
    'DELETE removes the document, 204',
    async (t) => {
      for (const version of versions) {
        const params = await stored()
        const headers = { 'content-type': 'application/json' }
        t.equal((await send('DELETE', params, { version, headers })).statusCode, 204)
        t.equal((await send('GET', params, { version })).statusCode, 404)
        t.equal((await send('DELETE', params, { version })).statusCode, 204, 'once more')
      }
    },
  )

  hold(
    [
      'XAPI-00193 XAPI-00195 XAPI-00221',
      'XAPI-00268 XAPI-00270 XAPI-00275',
      'XAPI-00289 XAPI-00294 XAPI-00303',
    ],
    'GET without id lists ids, those after since alone',
    async (t) => {
      const params = await stored()
      const later = { ...params, [idName]: `${params[idName]} later` }
      const { headers } = await send('GET', params, { version: '2.0.0' })
      const since = new Date(Date.parse(headers['last-modified'] as string) - 1000).toISOString()
      await send('POST', later, { body: first })
      const rest = without(params, idName)

      t.strictSame((await send('GET', rest)).json().sort(), [params[idName], later[idName]].sort())
      t.strictSame((await send('GET', { ...rest, since })).json().length, 2)
      t.strictSame((await send('GET', { ...rest, since: '2099-01-01T00:00:00Z' })).json(), [])
    },
  )

  hold(['XAPI-00234', 'XAPI-00279', 'XAPI-00308'], 'POST merges JSON with JSON', async (t) => {
    const params = await stored()
    await send('POST', params, { body: { more: 1 } })
    t.strictSame((await send('GET', params)).json(), { ...first, more: 1 })
  })

  hold(
    ['XAPI-00183 XAPI-00184', '', ''],
    'a merge replaces members of the top level as a whole',
    async (t) => {
      const params = await stored()
      await send('POST', params, { body: { name: 'second', other: { deep: 3 } } })
      t.strictSame((await send('GET', params)).json(), { name: 'second', other: { deep: 3 } })
    },
  )

  hold(
    ['XAPI-00229 XAPI-00232', 'XAPI-00278 XAPI-00281', 'XAPI-00309 XAPI-00313'],
    'POST that is not JSON on both sides is 400',
    async (t) => {
      const text = { body: 'text', headers: { 'content-type': 'text/plain' } }
      const json = await stored()
      const plain = await stored(text.body, text)

      t.equal((await send('POST', json, text)).statusCode, 400)
      t.equal((await send('POST', plain, { body: first })).statusCode, 400)
      t.equal((await send('POST', json, { body: [1] })).statusCode, 400)
      t.strictSame((await send('GET', json)).json(), first)
      t.equal((await send('GET', plain)).body, 'text')
    },
  )

  hold(
    ['XAPI-00182 XAPI-00235', 'XAPI-00284', 'XAPI-00314'],
    'POST of broken JSON is 400 and leaves the document as it is',
    async (t) => {
      const params = await stored()
      const broken = { body: '{"a":', headers: { 'content-type': 'application/json' } }
      t.equal((await send('POST', params, broken)).statusCode, 400)
      t.equal((await send('POST', fresh(), broken)).statusCode, 400)
      t.strictSame((await send('GET', params)).json(), first)
    },
  )

  const needed: [string, Record<Verb, Ids>][] = [
    [
      'activityId',
      {
        PUT: ['XAPI-00210', '', 'XAPI-00299'],
        POST: ['XAPI-00209', '', 'XAPI-00298'],
        GET: ['XAPI-00208', '', 'XAPI-00296'],
        DELETE: ['XAPI-00207', '', 'XAPI-00297'],
      },
    ],
    [
      'agent',
      {
        PUT: ['XAPI-00215', 'XAPI-00264', ''],
        POST: ['', 'XAPI-00263', ''],
        GET: ['XAPI-00213', 'XAPI-00261', ''],
        DELETE: ['XAPI-00212', 'XAPI-00262', ''],
      },
    ],
    [
      idName,
      {
        PUT: ['XAPI-00206', 'XAPI-00267', 'XAPI-00302'],
        POST: ['XAPI-00211', 'XAPI-00266', 'XAPI-00301'],
        GET: ['', '', ''],
        DELETE: ['', 'XAPI-00265', 'XAPI-00300'],
      },
    ],
  ]
  const body = (method: Verb) => (method === 'PUT' || method === 'POST' ? { body: first } : {})
  for (const [name, ids] of needed)
    for (const method of ['PUT', 'POST', 'GET', 'DELETE'] as const)
      if (name in fresh() && (ids[method][n] || name === 'agent'))
        hold(ids[method], `${method} without ${name} is 400`, async (t) => {
          for (const version of versions) {
            const answer = await send(method, without(fresh(), name), { ...body(method), version })
            t.equal(answer.statusCode, 400)
          }
        })

  const formats: [string, string[], Record<Verb, Ids>][] = [
    [
      'agent',
      ['no agent', '{"name":"n"}', '{'],
      {
        PUT: ['XAPI-00199', 'XAPI-00257', ''],
        POST: ['XAPI-00198', 'XAPI-00256', ''],
        GET: ['XAPI-00197', 'XAPI-00258', ''],
        DELETE: ['XAPI-00196', 'XAPI-00255', ''],
      },
    ],
    [
      'registration',
      ['no UUID'],
      {
        PUT: ['XAPI-00203', '', ''],
        POST: ['XAPI-00202', '', ''],
        GET: ['XAPI-00201', '', ''],
        DELETE: ['XAPI-00200', '', ''],
      },
    ],
    [
      'since',
      ['no timestamp', '2026-03-02T10:15:30-00:00'],
      {
        PUT: ['', '', ''],
        POST: ['', '', ''],
        GET: ['XAPI-00204', 'XAPI-00260', 'XAPI-00295'],
        DELETE: ['', '', ''],
      },
    ],
  ]
  for (const [name, values, ids] of formats)
    for (const method of ['PUT', 'POST', 'GET', 'DELETE'] as const)
      if (ids[method][n])
        hold(ids[method], `${method} with a wrong ${name} is 400`, async (t) => {
          const params = name === 'since' ? without(fresh(), idName) : fresh()
          for (const version of versions)
            for (const value of values)
              t.equal(
                (await send(method, { ...params, [name]: value }, { ...body(method), version })).statusCode,
                400,
              )
        })

  for (const version of versions)
    hold(['XAPI-00322', 'XAPI-00322', 'XAPI-00322'], `ETags guard documents under ${version}`, async (t) => {
      const params = await stored()
      const now = async () => (await send('GET', params, { version })).json()
      const { headers } = await send('GET', params, { version })
      const etag = headers.etag as string
      t.equal(etag, `"${createHash('sha1').update(JSON.stringify(first)).digest('hex')}"`)
      if (version === '2.0.0') t.ok(headers['last-modified'])

      const put = (headers: Record<string, string>, body: Json) =>
        send('PUT', params, { version, headers, body })
      const replaces = n === 0 && version === '1.0.3'
      t.equal((await put({ 'if-match': '"0"' }, { b: 1 })).statusCode, 412)
      t.equal((await put(unless, { b: 1 })).statusCode, 412)
      t.strictSame(await now(), first)
      t.equal((await put({}, first)).statusCode, replaces ? 204 : 409)
      t.equal((await put({ 'if-match': etag }, { b: 1 })).statusCode, 204)
      t.strictSame(await now(), { b: 1 })
      for (const method of ['POST', 'DELETE'] as const)
        t.equal(
          (await send(method, params, { version, headers: { 'if-match': etag }, ...body(method) }))
            .statusCode,
          412,
        )
      t.strictSame(await now(), { b: 1 })
    })
}

t.test('XAPI-00218 XAPI-00219 XAPI-00220 XAPI-00227 State: a registration keeps states apart', async (t) => {
  const [, path, fresh] = resources[0] as (typeof resources)[number]
  const params = fresh()
  const registered = { ...params, registration: '01a1fe60-0000-7000-8000-000000000001' }

  t.equal((await ask({ method: 'PUT', path, params: registered, body: first })).statusCode, 204)
  t.equal((await ask({ method: 'POST', path, params: registered, body: { more: 1 } })).statusCode, 204)
  t.strictSame((await ask({ path, params: registered })).json(), { ...first, more: 1 })
  t.equal((await ask({ path, params })).statusCode, 404)
  t.equal((await ask({ method: 'DELETE', path, params: registered })).statusCode, 204)
  t.equal((await ask({ path, params: registered })).statusCode, 404)
})

t.test('XAPI-00194 State: DELETE without id removes all of agent and activity', async (t) => {
  const [, path, fresh] = resources[0] as (typeof resources)[number]
  const params = fresh()
  await ask({ method: 'PUT', path, params, body: first })
  const rest = without(params, 'stateId')

  t.equal((await ask({ method: 'DELETE', path, params: rest })).statusCode, 204)
  t.strictSame((await ask({ path, params: rest })).json(), [])
})

t.test('a form that is no alternate request is a document like any other', async (t) => {
  const [, path, fresh] = resources[0] as (typeof resources)[number]
  const params = fresh()
  t.equal((await ask({ method: 'PUT', path, params, body: 'a=1', headers: form })).statusCode, 204)
  t.equal((await ask({ path, params })).body, 'a=1')
})
