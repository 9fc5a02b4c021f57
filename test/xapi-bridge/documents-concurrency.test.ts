import { createHash } from 'node:crypto'
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aDocumentSpeaker, aState, resources } from './documents-examples.ts'

const ground = await freshGround(t)
const speaker = await aDocumentSpeaker(t, ground)
const { ask } = speaker

const wrong = '"1111111111111111111111111111111111111111"'
const versions = ['1.0.3', '2.0.0'] as const

for (const version of versions)
  for (const [name, path, fresh] of resources) {
    const at = `2.4 ${version} ${name}`
    const first = { name: 'first' }
    const stored = async () => {
      const params = fresh()
      await ask('POST', path, params, { body: first, version })
      const { headers } = await ask('GET', path, params, { version })
      return { params, etag: headers.etag as string }
    }
    const now = async (params: Record<string, string>) => (await ask('GET', path, params, { version })).json()

    t.test(`${at}: GET has a strong ETag, SHA-1 in quotes, and Last-Modified`, async (t) => {
      const { params } = await stored()

      const answer = await ask('GET', path, params, { version })

      const digest = createHash('sha1').update(JSON.stringify(first)).digest('hex')
      t.equal(answer.statusCode, 200)
      t.equal(answer.headers.etag, `"${digest}"`)
      t.ok(Date.parse(answer.headers['last-modified'] as string) > 0)
    })

    const replaces = name === 'State' && version === '1.0.3'
    t.test(`${at}: PUT over a document without precondition is ${replaces ? 204 : 409}`, async (t) => {
      const { params } = await stored()

      const answer = await ask('PUT', path, params, { body: { name: 'second' }, version })

      t.equal(answer.statusCode, replaces ? 204 : 409)
      t.match(answer.body, replaces ? '' : /If-Match/)
      t.strictSame(await now(params), replaces ? { name: 'second' } : first)
    })

    const creates = name === 'State' || version === '2.0.0'
    t.test(`${at}: PUT without precondition where nothing stands is ${creates ? 204 : 400}`, async (t) => {
      const params = fresh()

      const answer = await ask('PUT', path, params, { body: first, version })

      t.equal(answer.statusCode, creates ? 204 : 400)
      t.match(answer.body, creates ? '' : /If-None-Match/)
      t.equal((await ask('GET', path, params, { version })).statusCode, creates ? 200 : 404)
    })

    for (const method of ['PUT', 'POST', 'DELETE']) {
      const body = method === 'DELETE' ? {} : { body: { name: 'second' } }

      t.test(`${at}: ${method} with a wrong If-Match is 412 and changes nothing`, async (t) => {
        const { params } = await stored()

        const answer = await ask(method, path, params, { ...body, version, headers: { 'if-match': wrong } })

        t.equal(answer.statusCode, 412)
        t.equal(answer.json().code, 'precondition-failed')
        t.strictSame(await now(params), first)
      })

      t.test(`${at}: ${method} with the right If-Match is 204`, async (t) => {
        const { params, etag } = await stored()

        const answer = await ask(method, path, params, { ...body, version, headers: { 'if-match': etag } })

        t.equal(answer.statusCode, 204)
        const after = await ask('GET', path, params, { version })
        t.equal(after.statusCode, method === 'DELETE' ? 404 : 200)
        t.not(after.headers.etag, etag)
      })

      t.test(`${at}: ${method} with If-None-Match * over a document is 412`, async (t) => {
        const { params } = await stored()

        const headers = { 'if-none-match': '*' }
        t.equal((await ask(method, path, params, { ...body, version, headers })).statusCode, 412)
        t.strictSame(await now(params), first)
      })
    }

    t.test(`${at}: PUT with If-None-Match * where nothing stands is 204`, async (t) => {
      const params = fresh()

      const headers = { 'if-none-match': '*' }
      t.equal((await ask('PUT', path, params, { body: first, version, headers })).statusCode, 204)
    })

    t.test(`${at}: POST merges without precondition`, async (t) => {
      const { params } = await stored()

      t.equal((await ask('POST', path, params, { body: { more: 1 }, version })).statusCode, 204)
      t.strictSame(await now(params), { name: 'first', more: 1 })
    })
  }

t.test('2.4 fifty merges at once of different keys, from nothing: all survive', async (t) => {
  for (const [, path, fresh] of resources) {
    const params = fresh()
    const keys = Array.from({ length: 50 }, (_, n) => `key${n}`)

    const answers = await Promise.all(keys.map((key) => ask('POST', path, params, { body: { [key]: key } })))

    t.strictSame([...new Set(answers.map(({ statusCode }) => statusCode))], [204])
    const document = (await ask('GET', path, params)).json()
    t.strictSame(Object.keys(document).sort(), [...keys].sort())
  }
})

t.test('2.4 of twenty writers with the same If-Match one wins', async (t) => {
  const params = aState()
  await ask('PUT', '/activities/state', params, { body: { n: -1 } })
  const { etag } = (await ask('GET', '/activities/state', params)).headers
  const write = (n: number) =>
    ask('PUT', '/activities/state', params, { body: { n }, headers: { 'if-match': etag as string } })

  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => write(n)))

  const codes = answers.map(({ statusCode }) => statusCode)
  t.equal(codes.filter((code) => code === 204).length, 1)
  t.equal(codes.filter((code) => code === 412).length, 19)
  t.strictSame((await ask('GET', '/activities/state', params)).json(), { n: codes.indexOf(204) })
})

t.test('2.4 of twenty first writers with If-None-Match * one wins', async (t) => {
  const params = aState()
  const write = (n: number) =>
    ask('PUT', '/activities/state', params, { body: { n }, headers: { 'if-none-match': '*' } })

  const codes = (await Promise.all(Array.from({ length: 20 }, (_, n) => write(n)))).map((a) => a.statusCode)

  t.equal(codes.filter((code) => code === 204).length, 1)
  t.equal(codes.filter((code) => code === 412).length, 19)
})

t.test('2.4 merges and deletions at once end in a document or none, and every answer is 204', async (t) => {
  const params = aState()
  const acts = Array.from({ length: 30 }, (_, n) =>
    n % 3 === 2
      ? ask('DELETE', '/activities/state', params)
      : ask('POST', '/activities/state', params, { body: { [`k${n}`]: n } }),
  )

  const codes = (await Promise.all(acts)).map(({ statusCode }) => statusCode)

  t.strictSame([...new Set(codes)], [204])
  t.ok([200, 404].includes((await ask('GET', '/activities/state', params)).statusCode))
})
