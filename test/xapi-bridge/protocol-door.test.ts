import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { aConformanceScene, said } from './conformance-scene.ts'

const { ask, app, authorization } = await aConformanceScene(t)

const paths = ['/statements', '/activities/state', '/agents/profile', '/activities/profile']

t.test('2.9 a method that a resource has not is 405 with what it has', async (t) => {
  const answers = [
    ['PATCH', '/statements', 'POST, PUT, GET, HEAD, OPTIONS'],
    ['DELETE', '/statements', 'POST, PUT, GET, HEAD, OPTIONS'],
    ['POST', '/agents', 'GET, HEAD, OPTIONS'],
    ['PUT', '/about', 'GET, HEAD, OPTIONS'],
  ] as const
  for (const [method, path, allow] of answers) {
    const answer = await ask({ method, path })
    t.equal(answer.statusCode, 405, `${method} ${path}`)
    t.equal(answer.headers.allow, allow)
    t.equal(answer.json().code, 'method-not-allowed')
  }
})

t.test('2.9 a method in a form that a resource has not is 405 too', async (t) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await ask({ method: 'POST', params: { method: 'DELETE' }, body: 'a=1', headers })
  t.equal(answer.statusCode, 405)
})

t.test('2.9 an address that is none is 404, as a problem and with a version', async (t) => {
  for (const path of ['/nothing', '/statements/x', '/'])
    for (const method of ['GET', 'POST', 'OPTIONS'] as const) {
      const answer = await ask({ method, path, version: '2.0.0' })
      t.equal(answer.statusCode, 404, `${method} ${path}`)
      t.equal(answer.headers['x-experience-api-version'], '2.0.0')
      t.match(answer.headers['content-type'], /^application\/problem\+json/)
    }
})

t.test('2.9 a preflight is answered without credential and without version', async (t) => {
  for (const path of [...paths, '/agents', '/activities', '/about']) {
    const headers = {
      authorization: undefined,
      'x-experience-api-version': undefined,
      origin: 'https://content.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,x-experience-api-version,if-match',
    }
    const answer = await ask({ method: 'OPTIONS', path, headers })
    t.equal(answer.statusCode, 204, path)
    t.equal(answer.headers['access-control-allow-origin'], '*')
    t.notOk(answer.headers['access-control-allow-credentials'])
    const allowed = String(answer.headers['access-control-allow-headers']).toLowerCase().split(', ')
    for (const name of [
      'authorization',
      'content-type',
      'x-experience-api-version',
      'if-match',
      'if-none-match',
    ])
      t.ok(allowed.includes(name), name)
    t.match(answer.headers['access-control-allow-methods'], /GET, HEAD/)
  }
})

t.test('2.9 content in a browser may read answers and refusals, and the headers of xAPI', async (t) => {
  const origin = 'https://content.example'
  for (const headers of [{ origin }, { origin, authorization: undefined }]) {
    const answer = await ask({ headers })
    t.equal(answer.headers['access-control-allow-origin'], '*')
    for (const name of [
      'ETag',
      'Last-Modified',
      'X-Experience-API-Version',
      'X-Experience-API-Consistent-Through',
    ])
      t.match(answer.headers['access-control-expose-headers'], new RegExp(name))
  }
  t.notOk((await ask({})).headers['access-control-allow-origin'], 'nothing of it for other senders')
})

t.test('2.8 every refusal is a problem, or plain text for who wants that', async (t) => {
  const refused = [
    { params: { foo: 'x' } },
    { path: '/nothing' },
    { method: 'PATCH' },
    { headers: { authorization: undefined } },
    { path: '/agents' },
    { method: 'POST', body: [{}] },
  ] as const
  for (const asked of refused) {
    const problem = await ask(asked)
    const headers = { ...('headers' in asked && asked.headers), accept: 'text/plain, */*' }
    const text = await ask({ ...asked, headers })
    t.equal(problem.json().status, problem.statusCode)
    t.equal(text.statusCode, problem.statusCode)
    t.match(text.headers['content-type'], /^text\/plain/)
    t.match(text.body, problem.json().title)
  }
})

t.test('2.9 a DELETE with a content type and no body does not fail', async (t) => {
  const params = {
    activityId: 'https://example.com/a',
    agent: '{"mbox":"mailto:a@example.com"}',
    stateId: 's',
  }
  const headers = { 'content-type': 'application/json' }
  const answer = await ask({ method: 'DELETE', path: '/activities/state', params, headers })
  t.equal(answer.statusCode, 204)
})

t.test('2.9 over a real connection HEAD sends no body, and Date stands once', async (t) => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  await ask({ method: 'POST', body: said() })
  const answered = await new Promise<{ raw: string[]; bytes: number; status: number }>((resolve, reject) => {
    const headers = { authorization, 'x-experience-api-version': '1.0.3' }
    const sent = request({ port, method: 'HEAD', path: '/xapi/statements', headers }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      answer.on('end', () => resolve({ raw: answer.rawHeaders, bytes, status: answer.statusCode ?? 0 }))
    })
    sent.on('error', reject).end()
  })

  t.equal(answered.status, 200)
  t.equal(answered.bytes, 0)
  t.equal(answered.raw.filter((name) => name.toLowerCase() === 'date').length, 1)
})
