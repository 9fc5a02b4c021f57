// @lane embedded: what it writes is tested in the rooms below on both engines.
import { SignJWT, UnsecuredJWT } from 'jose'
import t from 'tap'
import { asInstant } from '../../foundation/time.ts'
import { addressOf } from '../../lti-tool/launch/launch-scope.ts'
import { csrfToken, endLogin, loginOf, startLogin } from '../../lti-tool/launch/session.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { claim, FakePlatform, roles } from '../support/fake-platform.ts'
import { freshGround } from '../support/ground.ts'
import { begin, enter, post, probePages, setCookies, toolApp } from '../support/launching.ts'

const real = await freshGround(t)
/** Seconds by which the tool's clock is put forward. */
let ahead = 0
const ground = { ...real, now: () => asInstant(real.now() + ahead * 1_000_000) }
const counter = { posted: 0 }
const app = await toolApp(t, ground, [
  pingRoute,
  probePages(counter),
  async (scope) => {
    scope.get('/address', async (request) => ({
      address: addressOf(request, ground, `/app/${request.launch.launchId}/file?n=1`),
    }))
    scope.get('/file', async (request) => ({ proof: request.launch.proof }))
  },
])
const platform = await FakePlatform.start(t)
await platform.registerWithoutKeys(ground)

t.beforeEach(() => {
  ahead = 0
})

const same = { 'sec-fetch-site': 'same-origin' }
const trade = (launch: string, body: object, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/lti/session',
    payload: { launch, ...body },
    headers: { ...same, ...headers },
  })
const ping = (launch: string, headers: Record<string, string>) =>
  app.inject({ url: `/app/${launch}/ping`, headers })

// ── hand-over ────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('R35: a hand-over code is good once', async (t) => {
  const { launchId, code } = await enter(app, ground, platform)

  const first = await trade(launchId, { code })
  const second = await trade(launchId, { code })

  t.equal(first.statusCode, 200)
  t.match(setCookies(first)[0], /^__Host-xueshi-.*Partitioned/)
  t.equal(second.statusCode, 401)
  t.match(second.json(), { code: 'lti-handover-refused' })
})

t.test('R35: of eight that bring one code at once, one is served', async (t) => {
  const { launchId, code } = await enter(app, ground, platform)

  const answers = await Promise.all(Array.from({ length: 8 }, () => trade(launchId, { code })))

  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 401, 401, 401, 401, 401, 401, 401])
})

t.test('R35: a hand-over code after 61 s', async (t) => {
  const { launchId, code } = await enter(app, ground, platform)
  ahead = 61

  t.equal((await trade(launchId, { code })).statusCode, 401)
})

t.test('R35: an unknown code, one of another launch, and none', async (t) => {
  const [mine, other] = [await enter(app, ground, platform), await enter(app, ground, platform)]

  t.equal((await trade(mine.launchId, { code: 'A'.repeat(43) })).statusCode, 401)
  t.equal((await trade(mine.launchId, { code: other.code })).statusCode, 401)
  t.equal((await trade(mine.launchId, {})).statusCode, 401)
  t.equal(
    (await trade(mine.launchId, { code: mine.code }, { 'sec-fetch-site': 'cross-site' })).statusCode,
    403,
  )
})

t.test('the first request that brings the cookie deletes the code', async (t) => {
  const { launchId, code, cookie } = await enter(app, ground, platform)

  t.equal((await ping(launchId, { cookie })).statusCode, 204)

  t.equal((await trade(launchId, { code })).statusCode, 401)
})

t.test(
  'A36: where the cookie does not come back, the code gives a token, and a fresh code for another window',
  async (t) => {
    const { launchId, code } = await enter(app, ground, platform)
    const front = await app.inject(`/app/${launchId}/`)
    t.equal(front.statusCode, 200)
    t.match(front.body, /session\.js/)
    t.notMatch(front.body, '陈静怡')

    const { token } = (await trade(launchId, { code })).json()
    const authorization = `Bearer ${token}`
    t.match((await app.inject({ url: `/app/${launchId}/`, headers: { authorization } })).body, '陈静怡')
    const posted = await app.inject({
      method: 'POST',
      url: `/app/${launchId}/form`,
      headers: { authorization },
    })
    t.equal(posted.statusCode, 200, 'a token in a header needs no csrf token')

    const again = (await trade(launchId, { fresh_code: true }, { authorization })).json()
    t.equal((await trade(launchId, { code: again.code })).statusCode, 200)
  },
)

t.test('A36: two launches in two tabs of one browser are each their own', async (t) => {
  const first = await enter(app, ground, platform, { sub: 'first', name: '张伟' })
  const second = await enter(app, ground, platform, { sub: 'second', name: '王芳' })
  const cookie = `${first.cookie}; ${second.cookie}`

  const pages = [first, second].map(({ launchId }) =>
    app.inject({ url: `/app/${launchId}/who`, headers: { cookie } }),
  )

  t.strictSame(
    (await Promise.all(pages)).map((page) => page.json().sharedName),
    ['张伟', '王芳'],
  )
})

t.test(
  'A36: an address for a download is signed for one path and five minutes where the page has no cookie',
  async (t) => {
    const { launchId, code, cookie } = await enter(app, ground, platform)
    const { token } = (await trade(launchId, { code })).json()
    const addressFor = async (headers: Record<string, string>) =>
      (await app.inject({ url: `/app/${launchId}/address`, headers })).json().address as string

    t.equal(await addressFor({ cookie }), `/app/${launchId}/file?n=1`)
    const signed = await addressFor({ authorization: `Bearer ${token}` })
    t.match((await app.inject(signed)).json(), { proof: 'link' })
    t.equal((await app.inject(signed.replace('n=1', 'n=2'))).statusCode, 401)
    t.equal((await app.inject(signed.replace('/file', '/who'))).statusCode, 401)
    t.equal((await app.inject({ method: 'POST', url: signed })).statusCode, 401)
    ahead = 301
    t.equal((await app.inject(signed)).statusCode, 401)
  },
)

// ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const hs256 = (claims: Record<string, unknown>, secret: string) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret))

async function tokenClaims(launchId: string) {
  const now = Math.floor(Date.now() / 1000)
  const { config } = ground
  return {
    launch: launchId,
    person: 'p',
    role: 'learner',
    iss: config.publicUrl,
    aud: 'launch',
    iat: now,
    exp: now + 900,
  }
}

t.test('R36: a right token made by hand is taken, so that the next rows mean something', async (t) => {
  const { launchId } = await enter(app, ground, platform)
  const token = await hs256(await tokenClaims(launchId), ground.config.sessionSecret)

  t.equal((await ping(launchId, { authorization: `Bearer ${token}` })).statusCode, 204)
})

const wrongTokens: [says: string, make: (claims: Record<string, unknown>) => Promise<string> | string][] = [
  ['expired', (claims) => hs256({ ...claims, iat: 1, exp: 900 }, ground.config.sessionSecret)],
  ['without an end', ({ exp: _, ...claims }) => hs256(claims, ground.config.sessionSecret)],
  ['of alg none', (claims) => new UnsecuredJWT(claims).encode()],
  ['signed with TOKEN_SECRET', (claims) => hs256(claims, ground.config.tokenSecret)],
  ['signed with TOOL_KEY_SECRET', (claims) => hs256(claims, ground.config.toolKeySecret)],
  [
    'for another audience of ours',
    (claims) => hs256({ ...claims, aud: 'login' }, ground.config.sessionSecret),
  ],
  [
    'of another issuer',
    (claims) => hs256({ ...claims, iss: 'https://other.example' }, ground.config.sessionSecret),
  ],
  [
    'of HS512',
    (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(Buffer.from(ground.config.sessionSecret)),
  ],
]

for (const [says, make] of wrongTokens) {
  t.test(`R36: a session token ${says}`, async (t) => {
    const { launchId } = await enter(app, ground, platform)
    const token = await make(await tokenClaims(launchId))

    t.equal((await ping(launchId, { authorization: `Bearer ${token}` })).statusCode, 401)
    t.equal((await ping(launchId, { cookie: `__Host-xueshi-${launchId}=${token}` })).statusCode, 401)
  })
}

t.test('R36: a token of another launch than the path’s', async (t) => {
  const [mine, other] = [await enter(app, ground, platform), await enter(app, ground, platform)]
  const value = other.cookie.split('=')[1]

  t.equal((await ping(mine.launchId, { cookie: `__Host-xueshi-${mine.launchId}=${value}` })).statusCode, 401)
  t.equal((await ping(mine.launchId, { authorization: `Bearer ${value}` })).statusCode, 401)
  t.equal((await ping(mine.launchId, { cookie: other.cookie })).statusCode, 401)
})

t.test('R36: a person gets a page in plain words, and a script a problem', async (t) => {
  const { launchId } = await enter(app, ground, platform)

  const page = await app.inject({ url: `/app/${launchId}/who`, headers: { accept: 'text/html' } })
  t.equal(page.statusCode, 401)
  t.match(page.body, /请回到课程页面/)
  const problem = await ping(launchId, { accept: 'application/json' })
  t.match(problem.headers['content-type'], 'application/problem+json')
  t.match(problem.json(), { code: 'session-ended' })
})

t.test(
  'an address below a launch that leads nowhere is a page for a person, and asks for the session first',
  async (t) => {
    const { launchId, cookie } = await enter(app, ground, platform)
    const url = `/app/${launchId}/nowhere`

    t.equal((await app.inject({ url, headers: { accept: 'text/html' } })).statusCode, 401)
    const page = await app.inject({ url, headers: { accept: 'text/html', cookie } })
    t.equal(page.statusCode, 404)
    t.match(page.body, '没有这个页面')
  },
)

t.test('use renews the session until its launch is eight hours old', async (t) => {
  let { launchId, cookie } = await enter(app, ground, platform)
  for (let minutes = 10; minutes < 480; minutes += 10) {
    ahead = minutes * 60
    const response = await ping(launchId, { cookie })
    t.equal(response.statusCode, 204)
    cookie = setCookies(response)[0]?.split(';')[0] ?? ''
  }
  ahead = 8 * 3600

  t.equal((await ping(launchId, { cookie })).statusCode, 401)
})

t.test('a session that nobody used for a quarter of an hour has ended', async (t) => {
  const { launchId, cookie } = await enter(app, ground, platform)
  ahead = 901

  t.equal((await ping(launchId, { cookie })).statusCode, 401)
})

t.test('a launch that is not there has no session, whoever signed the token', async (t) => {
  const unknown = '01900000-0000-7000-8000-000000000000'
  const token = await hs256(await tokenClaims(unknown), ground.config.sessionSecret)

  t.equal((await ping(unknown, { authorization: `Bearer ${token}` })).statusCode, 401)
  t.equal((await ping('not-a-launch', {})).statusCode, 401)
})

// ── requests that change something ───────────────────────────────────────────────────────────────────────────────────

const submit = (
  launch: { launchId: string; cookie: string },
  fields: Record<string, string>,
  headers: Record<string, string>,
  path = 'form',
) =>
  app.inject({
    method: 'POST',
    url: `/app/${launch.launchId}/${path}`,
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: launch.cookie, ...headers },
  })

t.test('a form of our own page is let in, by field or by header, and where only Origin tells', async (t) => {
  const launch = await enter(app, ground, platform)
  const token = csrfToken(ground.config, launch.launchId)

  t.equal((await submit(launch, { _csrf: token }, same)).statusCode, 200)
  t.equal((await submit(launch, {}, { ...same, 'x-csrf-token': token })).statusCode, 200)
  t.equal((await submit(launch, { _csrf: token }, { origin: ground.config.publicUrl })).statusCode, 200)
})

for (const [says, fields, headers] of [
  ['without _csrf', () => ({}), same],
  ['with an empty _csrf', () => ({ _csrf: '' }), same],
  ['with another launch’s _csrf', () => ({ _csrf: csrfToken(ground.config, 'another') }), same],
  [
    'with the token of another purpose',
    (id: string) => ({ _csrf: csrfToken(ground.config, id, 'sign') }),
    same,
  ],
  [
    'with Sec-Fetch-Site: cross-site',
    (id: string) => ({ _csrf: csrfToken(ground.config, id) }),
    { 'sec-fetch-site': 'cross-site' },
  ],
  [
    'with Sec-Fetch-Site: same-site',
    (id: string) => ({ _csrf: csrfToken(ground.config, id) }),
    { 'sec-fetch-site': 'same-site' },
  ],
  [
    'with a foreign Origin',
    (id: string) => ({ _csrf: csrfToken(ground.config, id) }),
    { origin: 'https://evil.example' },
  ],
  ['with neither header', (id: string) => ({ _csrf: csrfToken(ground.config, id) }), {}],
] as [string, (id: string) => Record<string, string>, Record<string, string>][]) {
  t.test(`R42: a POST ${says}`, async (t) => {
    const launch = await enter(app, ground, platform)
    const before = counter.posted

    const response = await submit(launch, fields(launch.launchId), headers)

    t.equal(response.statusCode, 403)
    t.match(response.json(), { code: 'csrf-refused' })
    t.equal(counter.posted, before)
  })
}

t.test('R42: a route with a purpose of its own takes only its token', async (t) => {
  const launch = await enter(app, ground, platform)
  const page = { _csrf: csrfToken(ground.config, launch.launchId) }
  const own = { _csrf: csrfToken(ground.config, launch.launchId, 'sign') }

  t.equal((await submit(launch, page, same, 'purpose')).statusCode, 403)
  t.equal((await submit(launch, own, same, 'purpose')).statusCode, 200)
})

// ── people who sign in without a launch ──────────────────────────────────────────────────────────────────────────────

t.test('a sign-in at /login has a cookie of its own, which counts for nothing below /app/', async (t) => {
  const loginId = '01900000-0000-7000-8000-00000000000a'
  const { createServer } = await import('../../foundation/http/server.ts')
  const { toolWith } = await import('../../lti-tool/app.ts')
  const server = createServer(ground)
  t.teardown(() => server.close())
  await server.register(
    toolWith({
      launchPages: [probePages(counter)],
      otherPages: [
        async (scope) => {
          scope.post('/login', async (_request, reply) => {
            startLogin(reply, ground, { loginId, version: 1 })
            return {}
          })
          scope.post('/logout', async (_request, reply) => {
            endLogin(reply)
            return {}
          })
          scope.get('/me', async (request) => ({ login: loginOf(request, ground.now())?.loginId ?? null }))
          scope.get('/app/me', async (request) => ({ login: loginOf(request, ground.now()) }))
        },
      ],
    }),
    ground,
  )

  const [set] = setCookies(await server.inject({ method: 'POST', url: '/login' }))
  t.match(set, /^__Host-xueshi=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const cookie = set?.split(';')[0] ?? ''
  t.strictSame((await server.inject({ url: '/me', headers: { cookie } })).json(), { login: loginId })
  t.strictSame((await server.inject({ url: '/app/me', headers: { cookie } })).json(), { login: null })
  const { launchId } = await enter(app, ground, platform)
  t.equal((await server.inject({ url: `/app/${launchId}/who`, headers: { cookie } })).statusCode, 401)
  const asLogin = cookie.replace('__Host-xueshi=', `__Host-xueshi-${launchId}=`)
  t.equal(
    (await server.inject({ url: `/app/${launchId}/who`, headers: { cookie: asLogin } })).statusCode,
    401,
  )
  const out = setCookies(await server.inject({ method: 'POST', url: '/logout' }))
  t.match(out[0], /^__Host-xueshi=; Max-Age=0/)
  ahead = 12 * 3600
  t.strictSame((await server.inject({ url: '/me', headers: { cookie } })).json(), { login: null })
})

t.test('no secret of a launch is in a log line, an address or a page', async (t) => {
  const lines: string[] = []
  const { pino } = await import('pino')
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const told = { ...ground, log: log as typeof ground.log }
  const server = await toolApp(t, told)
  const begun = await begin(server, told, platform, { lti_message_hint: 'hint-secret' })
  const token = await platform.sign(platform.claims(told, begun.nonce, { [claim.roles]: [roles.student] }))

  const response = await post(server, { token, state: begun.state, cookie: begun.cookie })
  await post(server, { token, state: begun.state, cookie: begun.cookie })

  const written = lines.join('')
  const location = new URL(String(response.headers.location), told.config.publicUrl)
  t.equal(location.search, '')
  for (const secret of [
    token,
    begun.state,
    begun.nonce,
    begun.cookie.split('=')[1],
    'hint-secret',
    '陈静怡',
    'user-7',
  ]) {
    t.notOk(written.includes(String(secret)))
  }
  t.match(written, /launch accepted/)
  t.match(written, /lti-state-unknown/)
})
