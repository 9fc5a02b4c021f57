import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { mostUnknown } from '../../xapi-bridge/protocol/form-body.ts'
import { aConformanceScene } from './conformance-scene.ts'
import { aState } from './documents-examples.ts'

const { ask, app, authorization } = await aConformanceScene(t)
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo

const version = { 'x-experience-api-version': '1.0.3' }
const content = JSON.stringify({ text: 'x'.repeat(3 * mostUnknown) })
const fields = (values: Record<string, string>) => new URLSearchParams(values).toString()

/** A form for states over a real connection: `sent` of it are written, and the answer is awaited while it stays open. */
async function posted(form: string, headers: Record<string, string> = {}, sent = form.length) {
  const opened: { sending?: ClientRequest } = {}
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    opened.sending = request(
      {
        port,
        method: 'POST',
        path: '/xapi/activities/state?method=PUT',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': form.length,
          ...headers,
        },
      },
      resolve,
    )
    opened.sending.on('error', reject)
    opened.sending.write(form.slice(0, sent))
    if (sent === form.length) opened.sending.end()
  })
  answer.resume()
  opened.sending?.destroy()
  return answer
}

t.test('a large form of nobody is refused before it is there', { timeout: 20_000 }, async (t) => {
  const form = fields({ ...aState(), content })
  for (const headers of [version, { ...version, authorization: 'Basic eDp5' }]) {
    const answer = await posted(form, headers, mostUnknown + 1000)
    t.equal(answer.statusCode, 401)
    t.ok(answer.headers['www-authenticate'])
    t.equal(answer.headers.connection, 'close')
  }
})

t.test('a large form is taken whose credential stands before the content, or in the header', async (t) => {
  for (const [first, headers] of [
    [{ Authorization: authorization }, {}],
    [{ authorization }, { authorization: 'Basic eDp5' }],
    [{}, { authorization }],
  ] as const) {
    const state = aState()
    const answer = await posted(fields({ ...first, ...version, ...state, content }), headers)
    t.equal(answer.statusCode, 204)
    t.equal((await ask({ path: '/activities/state', params: state })).body, content)
  }
})

t.test('a large form that says last who sends it is refused, a small one is taken', async (t) => {
  const last = { ...version, Authorization: authorization }
  t.equal((await posted(fields({ ...aState(), content, ...last }))).statusCode, 401)
  t.equal((await posted(fields({ ...aState(), content: '{}', ...last }))).statusCode, 204)
})

t.test('nobody needs much to ask what is open to all', async (t) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: undefined }
  const about = (body: string) =>
    ask({ method: 'POST', path: '/about', params: { method: 'GET' }, body, headers })
  t.equal((await about('a=1')).statusCode, 200)
  t.equal((await about(`a=${'x'.repeat(mostUnknown)}`)).statusCode, 413)
})

t.test('beside its content a form says no more than an address with its headers can', async (t) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const put = (values: Record<string, string>) =>
    ask({
      method: 'POST',
      path: '/activities/state',
      params: { method: 'PUT' },
      body: fields({ ...aState(), content: '{}', ...values }),
      headers,
    })
  for (const values of [
    { stateId: 'x'.repeat(7_000_000) },
    { agent: JSON.stringify({ mbox: 'mailto:a@example.com', name: 'x'.repeat(7_000_000) }) },
    { 'Content-Type': `a/b; boundary="${'x'.repeat(7_000_000)}` },
  ]) {
    const answer = await put(values)
    t.equal(answer.statusCode, 400, Object.keys(values).join())
    t.equal(answer.json().code, 'invalid-xapi-request')
  }
  t.equal((await put({ stateId: 'x'.repeat(8_000) })).statusCode, 204)
})

t.test('what comes compressed is refused, not stored as something that nobody can read', async (t) => {
  const params = aState()
  const body = gzipSync('{"a":1}')
  const send = (encoding: string, method: 'PUT' | 'POST' = 'PUT') =>
    ask({
      method,
      path: '/activities/state',
      params,
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    })
  for (const encoding of ['gzip', 'br', 'gzip, identity']) {
    const answer = await send(encoding)
    t.equal(answer.statusCode, 415, encoding)
    t.equal(answer.json().code, 'encoding-unsupported')
  }
  t.equal((await ask({ path: '/activities/state', params })).statusCode, 404)
  t.equal((await send('identity', 'POST')).statusCode, 400, 'taken for what it is: no JSON')
})
