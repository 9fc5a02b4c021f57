// @lane embedded: what it asks of the database is tested beside it on both engines.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sendScore } from '../../lti-tool/lti-services/ags.ts'
import { readRosterPage } from '../../lti-tool/lti-services/nrps.ts'
import {
  type ServiceAnswer,
  type ServiceFailure,
  serviceRegistrations,
} from '../../lti-tool/lti-services/service-call.ts'
import {
  askedWaitMs,
  codeOfFailure,
  type ServiceCode,
  serviceBackOffMs,
} from '../../lti-tool/lti-services/service-code.ts'
import { freshGround } from '../support/ground.ts'
import { registerQuickly } from '../support/registered.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server that notes what it is asked, and answers as it is told. */
async function listening(test: Test) {
  const asked: string[] = []
  const handlers: { token: Handler; service: Handler } = {
    token: (_request, response) => json(response, 200, token),
    service: (_request, response) => json(response, 200, {}),
  }
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    request.resume()
    if (request.url === '/token') handlers.token(request, response)
    else handlers.service(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, handlers }
}

const token = { access_token: 'a', token_type: 'Bearer', expires_in: 3600 }

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const ground = await freshGround(t)
const platform = await listening(t)
const elsewhere = await listening(t)
await registerQuickly(ground, {
  name: '平台',
  issuer: platform.url,
  clientId: 'c',
  deploymentId: '1',
  authUrl: `${platform.url}/auth`,
  tokenUrl: `${platform.url}/token`,
  jwksUrl: `${platform.url}/jwks`,
})
const [registration] = await serviceRegistrations(ground.db)
if (!registration) throw new Error('the platform was not registered')
const context = {
  iss: platform.url,
  clientId: 'c',
  deploymentId: '1',
  sub: 'user-1',
  resourceLinkId: 'link-1',
  lineItemsUrl: null,
  membershipsUrl: `${platform.url}/members`,
}

/** A platform that answers so from now on, with nothing remembered of before. */
async function answering(handlers: { token?: Handler; service?: Handler }): Promise<void> {
  await ground.db('ltijs_accesstoken').delete()
  platform.asked.length = 0
  elsewhere.asked.length = 0
  platform.handlers.token = handlers.token ?? ((_request, response) => json(response, 200, token))
  platform.handlers.service = handlers.service ?? ((_request, response) => json(response, 200, {}))
}

const send = (deadlineMs = 2_000) =>
  sendScore(
    ground,
    registration,
    context,
    `${platform.url}/item?type=1`,
    { userId: 'user-1', given: 5, maximum: 10 },
    deadlineMs,
  )
const codeOf = (answer: ServiceAnswer<unknown> | { ok: true } | { ok: false; failure: ServiceFailure }) =>
  answer.ok ? 'ok' : codeOfFailure(answer.failure)

t.test('A30: a score goes to /scores before the query, and says when it was stamped', async (t) => {
  await answering({})

  const answer = await send()

  t.equal(answer.ok, true)
  t.strictSame(platform.asked, ['POST /token', 'POST /item/scores?type=1'])
  t.ok(Math.abs((answer.timestamp ?? 0) / 1000 - Date.now()) < 5_000)
})

t.test('R40: a score that is sent elsewhere is not taken for sent, and nothing is asked there', async (t) => {
  await answering({
    service: (_request, response) => response.writeHead(307, { location: `${elsewhere.url}/steal` }).end(),
  })

  t.equal(codeOf(await send()), 'REDIRECTED')
  t.strictSame(elsewhere.asked, [])

  await answering({ service: (_request, response) => response.writeHead(302, { location: '/login' }).end() })

  t.equal(codeOf(await send()), 'REDIRECTED', 'not to a page of the platform either')
  t.strictSame(platform.asked, ['POST /token', 'POST /item/scores?type=1'])
})

t.test('R40: a roster that leads to another host is not read there', async (t) => {
  await answering({
    service: (_request, response) => response.writeHead(302, { location: `${elsewhere.url}/members` }).end(),
  })

  const answer = await readRosterPage(ground, registration, context, `${platform.url}/members`)

  t.equal(codeOf(answer), 'FOREIGN_HOST')
  t.strictSame(elsewhere.asked, [])
})

t.test('an answer that does not end is cut off at its limit', async (t) => {
  await answering({
    service: (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        if (!response.destroyed) response.write('x'.repeat(512 * 1024), () => setImmediate(more))
      }
      more()
    },
  })

  t.equal(codeOf(await readRosterPage(ground, registration, context, `${platform.url}/members`)), 'TOO_LARGE')
})

t.test('A32: what is given up at the deadline is never sent afterwards', async (t) => {
  await answering({ token: (_request, response) => void setTimeout(() => json(response, 200, token), 600) })

  t.equal(codeOf(await send(300)), 'TIMEOUT')
  await sleep(700)

  t.strictSame(platform.asked, ['POST /token'], 'no score followed the late token')
})

t.test('a platform that keeps a GET waiting with 503 is failing, not silent', async (t) => {
  await answering({
    service: (_request, response) => response.writeHead(503, { 'retry-after': '120' }).end(),
  })

  const answer = await readRosterPage(ground, registration, context, `${platform.url}/members`, 500)

  t.equal(codeOf(answer), 'FAILING')
  t.equal(answer.ok || askedWaitMs(answer.failure, Date.now()), 120_000)
})

for (const [what, handler, code] of [
  [
    'a page of 404, as where our keys cannot be fetched',
    (_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>'),
    'TOKEN_UNAVAILABLE',
  ],
  ['a page of 200', (_request, response) => response.end('<h1>login</h1>'), 'TOKEN_UNAVAILABLE'],
  [
    'a token without a type',
    (_request, response) => json(response, 200, { access_token: 'a', expires_in: 3600 }),
    'TOKEN_UNAVAILABLE',
  ],
  ['invalid_scope', (_request, response) => json(response, 400, { error: 'invalid_scope' }), 'SCOPE_REFUSED'],
  [
    'an assertion from the future',
    (_request, response) =>
      json(response, 400, { error: 'Cannot handle token with iat prior to 2026-03-05T00:00:00+0000' }),
    'CLOCK_AHEAD',
  ],
  [
    'a redirect elsewhere',
    (_request, response) => response.writeHead(302, { location: elsewhere.url }).end(),
    'REDIRECTED',
  ],
  ['no answer at all', (request) => request.socket.destroy(), 'NETWORK'],
] as [string, Handler, ServiceCode][]) {
  t.test(`a token endpoint that answers ${what} is ${code}`, async (t) => {
    await answering({ token: handler })

    const answer = await send()

    t.equal(codeOf(answer), code)
    t.equal(answer.timestamp, null, 'nothing was stamped')
    t.strictSame(elsewhere.asked, [])
  })
}

t.test('a registration that is not active asks nothing', async (t) => {
  await answering({})
  await ground.db('ltijs_platform_status').update({ active: 0 })
  t.teardown(() => ground.db('ltijs_platform_status').update({ active: 1 }))

  t.equal(codeOf(await send()), 'PLATFORM_INACTIVE')
  t.strictSame(platform.asked, [])
})

t.test('each status of a service has its code', (t) => {
  const failure = (status: number): ServiceFailure => ({
    where: 'service',
    status,
    fault: 'http',
    scopeRefused: false,
    clockAhead: false,
    retryAfter: undefined,
  })
  const codes = [400, 401, 403, 404, 408, 409, 410, 413, 422, 429, 500, 502, 503].map((status) =>
    codeOfFailure(failure(status)),
  )
  t.strictSame(codes, [
    'REFUSED',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'GONE',
    'BUSY',
    'CONFLICT',
    'GONE',
    'REFUSED',
    'REFUSED',
    'BUSY',
    'FAILING',
    'FAILING',
    'FAILING',
  ])
  t.end()
})

t.test('waits grow to an hour with jitter, and never undercut what a platform asks', (t) => {
  const seconds = [1, 2, 3, 4, 9].map((failures) => serviceBackOffMs(failures, 0.5) / 1000)
  t.strictSame(seconds, [30, 120, 600, 3600, 3600])
  t.equal(serviceBackOffMs(1, 0), 24_000)
  t.equal(serviceBackOffMs(1, 0, 90_000), 90_000)
  const asked = (retryAfter: string) => askedWaitMs({ retryAfter } as ServiceFailure, 0)
  t.strictSame(
    ['3', 'Thu, 01 Jan 1970 00:00:05 GMT', 'soon', '99999999'].map(asked),
    [3_000, 5_000, 0, 86_400_000],
  )
  t.end()
})
