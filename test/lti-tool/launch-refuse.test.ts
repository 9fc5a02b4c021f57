// @lane embedded: what it writes is tested in the rooms below on both engines.
import { createRequire } from 'node:module'
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import t, { type Test } from 'tap'
import { asInstant } from '../../foundation/time.ts'
import { targetOf } from '../../lti-tool/launch/target.ts'
import { withLtijs } from '../../lti-tool/lti-services/ltijs.ts'
import { activatePlatform, deactivatePlatform } from '../../lti-tool/lti-services/platform-state.ts'
import { LtijsStore } from '../../lti-tool/lti-services/store.ts'
import { type Claims, claim, FakePlatform, type KeysMode, roles } from '../support/fake-platform.ts'
import { freshGround } from '../support/ground.ts'
import {
  begin,
  codeOf,
  form,
  launchWith,
  loginParameters,
  post,
  setCookies,
  toolApp,
} from '../support/launching.ts'

const ground = await freshGround(t)
const app = await toolApp(t, ground)
const platform = await FakePlatform.start(t)
const platformId = await platform.registerWithoutKeys(ground)
const neighbour = await FakePlatform.start(t, { clientId: 'neighbour', deploymentId: 'n1' })
await neighbour.registerWithoutKeys(ground)

const seconds = () => Math.floor(Date.now() / 1000)
const instructor = { [claim.roles]: [roles.instructor] }
const student = { [claim.roles]: [roles.student] }

/** A launch with these claims is refused with this code, tells the person so, and leaves no launch behind. */
async function isRefused(t: Test, changes: Claims, code = 'lti-claims-invalid', status = 401): Promise<void> {
  const before = await launches()
  const response = await launchWith(app, ground, platform, changes)

  t.equal(response.statusCode, status)
  t.equal(codeOf(response), code)
  t.equal(await launches(), before)
}

async function launches(): Promise<number> {
  return (await ground.db('lti_launch').select('launch_id')).length
}

/** A launch whose token is made by hand is refused. */
async function isRefusedToken(
  t: Test,
  make: (claims: Claims) => Promise<string> | string,
  code = 'lti-token-invalid',
  status = 401,
): Promise<void> {
  const { state, nonce, cookie } = await begin(app, ground, platform)

  const response = await post(app, { token: await make(platform.claims(ground, nonce)), state, cookie })

  t.equal(response.statusCode, status)
  t.equal(codeOf(response), code)
}

// ── R01–R12, each as an instructor and as a student ──────────────────────────────────────────────────────────────────

const gone = undefined
const review = {
  [claim.messageType]: 'LtiSubmissionReviewRequest',
  [claim.ags]: { lineitem: `${platform.url}/li` },
}

const claimRows: [id: string, says: string, changes: Claims, code?: string][] = [
  ['R03', 'version 11.3', { [claim.version]: '11.3' }],
  ['R04', 'no version', { [claim.version]: gone }],
  ['R05', 'not an LTI message', Object.fromEntries(Object.values(claim).map((name) => [name, gone]))],
  ['R06', 'several required claims missing', { [claim.version]: gone, [claim.messageType]: gone, sub: gone }],
  ['R07', 'timestamps of long ago', { iat: 11111, exp: 22222 }, 'lti-token-invalid'],
  ['R08', 'no message_type', { [claim.messageType]: gone }],
  ['R08', 'an unknown message_type', { [claim.messageType]: 'LtiStartProctoring' }],
  ['R08', 'a review without for_user', review],
  ['R09', 'no roles claim', { [claim.roles]: gone }],
  ['R09', 'roles a string', { [claim.roles]: roles.student }],
  ['R10', 'no deployment_id', { [claim.deploymentId]: gone }],
  ['R11', 'no resource_link', { [claim.resourceLink]: gone }],
  ['R11', 'resource_link without id', { [claim.resourceLink]: { title: 'no id' } }],
  ['R11', 'no target_link_uri', { [claim.target]: gone }],
  ['R12', 'no sub', { sub: gone }],
  ['R12', 'sub an object', { sub: { id: 'x' } }],
  ['R12', 'sub empty', { sub: '' }],
  ['R12', 'sub an identity number', { sub: '990101199001010019' }],
]

for (const [sender, payload] of [
  ['instructor', instructor],
  ['student', student],
] as const) {
  t.test(`R01: no kid (${sender})`, (t) =>
    isRefusedToken(t, (claims) =>
      platform.sign({ ...claims, ...payload }, { header: { kid: gone as never } }),
    ),
  )

  t.test(`R02: unknown kid (${sender}): refused, with one refetch in half a minute at most`, async (t) => {
    await launchWith(app, ground, platform)
    const before = platform.keyRequests
    const make = (claims: Claims) => platform.sign({ ...claims, ...payload }, { header: { kid: 'unknown' } })

    await isRefusedToken(t, make)
    await isRefusedToken(t, make)

    t.ok(platform.keyRequests - before <= 1)
  })

  for (const [id, says, changes, code] of claimRows) {
    t.test(`${id}: ${says} (${sender})`, (t) => isRefused(t, { ...payload, ...changes }, code))
  }
}

// ── R13–R19: nonce, state, binding ───────────────────────────────────────────────────────────────────────────────────

t.test('R13: a nonce that this login did not issue', (t) =>
  isRefused(t, { nonce: 'A'.repeat(43) }, 'lti-nonce-mismatch'),
)
t.test('R13: no nonce', (t) => isRefused(t, { nonce: gone }, 'lti-nonce-mismatch'))
t.test('R13: a nonce that is an object', (t) => isRefused(t, { nonce: { a: 1 } }, 'lti-nonce-mismatch'))

t.test('R14: a used launch again, with the same state and cookie', async (t) => {
  const { state, nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce))
  t.equal((await post(app, { token, state, cookie })).statusCode, 303)

  const again = await post(app, { token, state, cookie })

  t.equal(again.statusCode, 401)
  t.equal(codeOf(again), 'lti-state-unknown')
})

t.test('R14: a used nonce under a fresh state', async (t) => {
  const first = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, first.nonce))
  await post(app, { token, ...first })

  const fresh = await begin(app, ground, platform)
  const response = await post(app, { token, state: fresh.state, cookie: fresh.cookie })

  t.equal(response.statusCode, 401)
  t.equal(codeOf(response), 'lti-nonce-mismatch')
})

t.test('R15: of eight copies at once one is let in', async (t) => {
  const { state, nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce))
  const before = await launches()

  const answers = await Promise.all(Array.from({ length: 8 }, () => post(app, { token, state, cookie })))

  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [303, 401, 401, 401, 401, 401, 401, 401])
  t.equal(await launches(), before + 1)
})

t.test('R16: the state of another login', async (t) => {
  const [mine, other] = [await begin(app, ground, platform), await begin(app, ground, platform)]
  const token = await platform.sign(platform.claims(ground, mine.nonce))

  const response = await post(app, { token, state: other.state, cookie: `${mine.cookie}; ${other.cookie}` })

  t.equal(response.statusCode, 401)
  t.equal(codeOf(response), 'lti-nonce-mismatch')
})

t.test('R16: an invented state', async (t) => {
  const state = 'A'.repeat(43)
  const { nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce))

  const response = await post(app, {
    token,
    state,
    cookie: `${cookie}; __Secure-lti-${state}=${'B'.repeat(43)}`,
  })

  t.equal(response.statusCode, 401)
  t.equal(codeOf(response), 'lti-state-unknown')
})

t.test('R16: a state that expired', async (t) => {
  const { state, nonce, cookie } = await begin(app, ground, platform)
  await ground
    .db('lti_login')
    .where({ state })
    .update({ expires_at: ground.now() - 1 })
  const token = await platform.sign(platform.claims(ground, nonce))

  const response = await post(app, { token, state, cookie })

  t.equal(response.statusCode, 401)
  t.equal(codeOf(response), 'lti-state-unknown')
})

for (const [says, state] of [
  ['too short', 'A'.repeat(42)],
  ['too long', 'A'.repeat(44)],
  ['outside the alphabet', `${'A'.repeat(42)}!`],
  ['with a line break behind', `${'A'.repeat(43)}\n`],
] as const) {
  t.test(`R17: a state ${says}`, async (t) => {
    const token = await platform.sign(platform.claims(ground, 'n'))

    const response = await post(app, { token, state })

    t.equal(response.statusCode, 400)
    t.equal(codeOf(response), 'lti-malformed')
  })
}

for (const [says, cookieFor] of [
  ['no cookie, and no storage', () => ''],
  [
    'the cookie value of another login',
    (state: string, other: string) => `__Secure-lti-${state}=${other.split('=')[1]}`,
  ],
  ['an altered value', (state: string) => `__Secure-lti-${state}=${'A'.repeat(43)}`],
] as const) {
  t.test(`R18: ${says}`, async (t) => {
    const [mine, other] = [await begin(app, ground, platform), await begin(app, ground, platform)]
    const token = await platform.sign(platform.claims(ground, mine.nonce))

    const response = await post(app, {
      token,
      state: mine.state,
      cookie: cookieFor(mine.state, other.cookie),
    })

    t.equal(response.statusCode, 401)
    t.equal(codeOf(response), 'lti-browser-unbound')
    t.equal((await ground.db('lti_login').where({ state: mine.state })).length, 1, 'the login is not used up')
  })
}

t.test('R18: a right value posted as from a storage, where the login named none', async (t) => {
  const { state, nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce))

  const response = await post(app, { token, state, more: { binding: cookie.split('=')[1] as string } })

  t.equal(response.statusCode, 401)
  t.equal(codeOf(response), 'lti-browser-unbound')
})

for (const [says, binding] of [
  ['another value', 'A'.repeat(43)],
  ['silence', ''],
] as const) {
  t.test(`R19: the storage answers with ${says}`, async (t) => {
    const { state, nonce } = await begin(app, ground, platform, { lti_storage_target: 'storage' })
    const token = await platform.sign(platform.claims(ground, nonce))

    const response = await post(app, { token, state, more: { binding } })

    t.equal(response.statusCode, 401)
    t.equal(codeOf(response), 'lti-browser-unbound')
  })
}

// ── R20–R25: the token ───────────────────────────────────────────────────────────────────────────────────────────────

t.test('R20: alg none', (t) =>
  isRefusedToken(t, (claims) => new UnsecuredJWT(claims).encode(), 'lti-malformed', 400),
)

t.test('R20: alg none with a signature part', (t) =>
  isRefusedToken(t, (claims) => `${new UnsecuredJWT(claims).encode()}c2ln`),
)

t.test('R20: HS256 keyed with the public key', (t) =>
  isRefusedToken(t, (claims) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: platform.key.kid })
      .sign(Buffer.from(JSON.stringify(platform.key.jwk))),
  ),
)

for (const alg of ['RS512', 'PS256']) {
  t.test(`R20: ${alg}`, async (t) => {
    const { privateKey } = await generateKeyPair(alg)
    await isRefusedToken(t, (claims) =>
      platform.sign(claims, { header: { alg }, key: privateKey as CryptoKey }),
    )
  })
}

t.test('R21: another key under the right kid', async (t) => {
  const { privateKey } = await generateKeyPair('RS256')
  await isRefusedToken(t, (claims) => platform.sign(claims, { key: privateKey as CryptoKey }))
})

for (const header of [
  { jwk: neighbour.key.jwk },
  { jku: `${neighbour.url}/jwks` },
  { x5u: `${neighbour.url}/x` },
]) {
  t.test(`R21: a key embedded in the header as ${Object.keys(header)[0]}`, async (t) => {
    const before = neighbour.keyRequests
    await isRefusedToken(t, (claims) =>
      platform.sign(claims, { header: header as never, key: neighbour.key.privateKey }),
    )
    await isRefusedToken(t, (claims) =>
      platform.sign(claims, {
        header: { ...header, kid: neighbour.key.kid } as never,
        key: neighbour.key.privateKey,
      }),
    )
    t.equal(neighbour.keyRequests, before, 'nothing was fetched from there')
  })
}

const tokenRows: [id: string, says: string, changes: () => Claims][] = [
  ['R22', 'wrong aud', () => ({ aud: 'another' })],
  ['R22', 'no aud', () => ({ aud: gone })],
  ['R22', 'aud a list without azp', () => ({ aud: [platform.clientId, 'another'] })],
  ['R22', 'aud a list with another azp', () => ({ aud: [platform.clientId, 'another'], azp: 'another' })],
  ['R22', 'another azp beside one aud', () => ({ azp: 'another' })],
  ['R23', 'wrong iss', () => ({ iss: 'https://other.example' })],
  ['R23', 'iss with a slash behind', () => ({ iss: `${platform.url}/` })],
  ['R23', 'iss missing', () => ({ iss: gone })],
  ['R23', 'iss of another registered issuer', () => ({ iss: neighbour.url })],
  ['R24', 'exp missing', () => ({ exp: gone })],
  ['R24', 'iat missing', () => ({ iat: gone })],
  ['R24', 'exp and iat missing', () => ({ exp: gone, iat: gone })],
  ['R24', 'exp a text', () => ({ exp: String(seconds() + 60) })],
  ['R24', 'expired', () => ({ iat: seconds() - 200, exp: seconds() - 61 })],
  ['R24', 'exp more than a day beyond iat', () => ({ exp: seconds() + 86_401 })],
  ['R25', 'iat one hour ahead', () => ({ iat: seconds() + 3600, exp: seconds() + 3660 })],
  ['R25', 'nbf ahead', () => ({ nbf: seconds() + 120 })],
  ['R25', 'iat eleven minutes and more ago', () => ({ iat: seconds() - 700, exp: seconds() + 60 })],
]

for (const [id, says, changes] of tokenRows) {
  t.test(`${id}: ${says}`, (t) => isRefused(t, changes(), 'lti-token-invalid'))
}

t.test('R23: a whole token of another registered issuer', (t) =>
  isRefusedToken(t, (claims) => neighbour.sign({ ...claims, iss: neighbour.url, aud: neighbour.clientId })),
)

// ── R26–R28: deployment, registration, target ────────────────────────────────────────────────────────────────────────

for (const [says, deployment] of [
  ['unknown', 'never-heard-of'],
  ['of another registration', 'n1'],
] as const) {
  t.test(`R26: a deployment ${says} is refused and listed as pending`, async (t) => {
    await isRefused(t, { [claim.deploymentId]: deployment }, 'lti-deployment-unknown', 403)
    await isRefused(t, { [claim.deploymentId]: deployment }, 'lti-deployment-unknown', 403)

    const rows = await ground.db('platform_deployment').where({ deployment_id: deployment, state: 'pending' })
    t.equal(rows.length, 1)
  })
}

t.test('R27: an inactive registration gets the page of an unknown one at login', async (t) => {
  await deactivatePlatform(ground, platformId, 'os:tester')
  const inactive = await begin(app, ground, platform)
  const unknown = await begin(app, ground, platform, { client_id: 'unknown' })
  await activatePlatform(ground, platformId, 'os:tester')

  t.equal(inactive.response.statusCode, 400)
  const shown = (body: string) => body.replace(/[0-9a-f-]{36}/g, 'reference')
  t.equal(shown(inactive.response.body), shown(unknown.response.body))
})

t.test('R27: a registration made inactive between login and launch', async (t) => {
  const { state, nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce))
  await deactivatePlatform(ground, platformId, 'os:tester')

  const response = await post(app, { token, state, cookie })
  await activatePlatform(ground, platformId, 'os:tester')

  t.equal(response.statusCode, 403)
  t.equal(codeOf(response), 'lti-platform-inactive')
})

const own = ground.config.publicUrl
const { host } = new URL(own)
const hostileTargets = [
  ['elsewhere', 'https://evil.example/lti/launch'],
  ['with user info', `http://user@${host}/lti/launch`],
  ['with our origin as user info', `http://${host.replace(':', '%3A')}@evil.example/lti/launch`],
  ['on a look-alike host', `http://${host.split(':')[0]}.evil.example:${host.split(':')[1]}/lti/launch`],
  ['on another port', `http://${host.split(':')[0]}:1/lti/launch`],
  ['at another path of ours', `${own}/lti/login`],
  ['with a fragment', `${own}/lti/launch#x`],
  ['by a script', 'javascript:alert(1)//lti/launch'],
] as const

for (const [says, target] of hostileTargets) {
  t.test(`R28: target_link_uri ${says}, at login and in the claim`, async (t) => {
    const { response } = await begin(app, ground, platform, { target_link_uri: target })
    t.equal(response.statusCode, 400)
    t.strictSame(setCookies(response), [])

    await isRefused(t, { [claim.target]: target }, 'lti-target-refused')
  })
}

t.test('R28: what the allow-list lets through', async (t) => {
  t.strictSame(targetOf(own, `${own}/lti/launch`), { offering: null })
  t.strictSame(targetOf(own, `${own}/lti/launch?from=lms`), { offering: null })
  t.strictSame(targetOf(own, `${own}/lti/launch/offerings/KC-2026-001`), { offering: 'KC-2026-001' })
  t.equal(targetOf(own, `${own}/lti/launch/offerings/../../login`), null)
  t.equal(targetOf(own, `${own}/lti/launch/offerings/a/b`), null)
})

// ── R29–R32: what cannot be read, and what is away ───────────────────────────────────────────────────────────────────

t.test('R29: an unknown issuer, an unknown client, no login_hint', async (t) => {
  const { login_hint: _, ...without } = loginParameters(ground, platform)
  const answers = [
    (await begin(app, ground, platform, { iss: 'https://unknown.example' })).response,
    (await begin(app, ground, platform, { client_id: 'unknown' })).response,
    await app.inject({ method: 'POST', url: '/lti/login', ...form(without) }),
  ]

  t.strictSame(
    answers.map((answer) => [answer.statusCode, codeOf(answer)]),
    [
      [400, 'lti-platform-unknown'],
      [400, 'lti-platform-unknown'],
      [400, 'lti-malformed'],
    ],
  )
})

t.test('R29: no client_id while the issuer has two', async (t) => {
  await neighbour.registerWithoutKeys(ground, { clientId: 'neighbour-2' })
  const { client_id: _, ...parameters } = loginParameters(ground, neighbour)

  const response = await app.inject({ method: 'POST', url: '/lti/login', ...form(parameters) })

  t.equal(response.statusCode, 400)
  t.equal(codeOf(response), 'lti-platform-unknown')
})

for (const [says, request, status] of [
  [
    'a repeated parameter in a form',
    form([...Object.entries(loginParameters(ground, platform)), ['iss', 'x']]),
    400,
  ],
  ['a JSON body', { payload: { iss: 'x' } }, 415],
  ['a text body', { payload: 'iss=x', headers: { 'content-type': 'text/plain' } }, 415],
  ['a body of 65 KiB', form({ iss: 'x'.repeat(65 * 1024) }), 413],
  ['a form without anything', form({}), 400],
] as const) {
  for (const url of ['/lti/login', '/lti/launch']) {
    t.test(`R30: ${says} at ${url}`, async (t) => {
      const given =
        says.startsWith('a repeated') && url === '/lti/launch'
          ? form([
              ['state', 'a'],
              ['state', 'b'],
            ])
          : request

      const response = await app.inject({ method: 'POST', url, ...given } as never)

      t.equal(response.statusCode, status)
      t.equal(codeOf(response), 'lti-malformed')
    })
  }
}

t.test('R30: a repeated parameter in the address of a login', async (t) => {
  const query = new URLSearchParams(loginParameters(ground, platform))
  query.append('client_id', 'another')

  t.equal((await app.inject({ url: `/lti/login?${query}` })).statusCode, 400)
})

for (const [says, token] of [
  ['junk', 'junk'],
  ['three parts of junk', 'a.b.c'],
  ['longer than 32 KiB', `${'a'.repeat(32_768)}.b.c`],
  ['with markup', '<script>.b.c'],
] as const) {
  t.test(`R30: an id_token ${says}`, async (t) => {
    const { state, cookie } = await begin(app, ground, platform)

    const response = await post(app, { token, state, cookie })

    t.equal(response.statusCode, says === 'three parts of junk' ? 401 : 400)
    t.notMatch(response.body, '<script>')
  })
}

t.test('R31: with the database down, login and launch say 503 and the process lives', async (t) => {
  const away = await freshGround(t)
  const server = await toolApp(t, away)
  await platform.registerWithoutKeys(away)
  const { state, nonce, cookie } = await begin(server, away, platform)
  const token = await platform.sign(platform.claims(away, nonce))
  await away.db.destroy()

  const login = await begin(server, away, platform)
  const launch = await post(server, { token, state, cookie })

  t.equal(login.response.statusCode, 503)
  t.equal(codeOf(login.response), 'lti-unavailable')
  t.equal(launch.statusCode, 503)
  t.equal(codeOf(launch), 'lti-unavailable')
  t.match(
    launch.headers['content-security-policy'],
    `frame-ancestors ${platform.url}`,
    'and still shows in its frame',
  )
  t.equal((await server.inject('/lti/launch')).statusCode, 405)
})

for (const mode of ['down', 'slow', 'html'] satisfies KeysMode[]) {
  t.test(`R32: the key set is ${mode}: 503, and a launch is let in when it is back`, async (t) => {
    const later = { ...ground, now: () => asInstant(ground.now() + 1) }
    const server = await toolApp(t, later)
    const { state, nonce, cookie } = await begin(server, ground, platform)
    const token = await platform.sign(platform.claims(ground, nonce))
    platform.keysMode = mode
    const began = Date.now()

    const response = await post(server, { token, state, cookie })
    platform.keysMode = 'well'

    t.equal(response.statusCode, 503)
    t.equal(codeOf(response), 'lti-keys-unavailable')
    t.ok(Date.now() - began < 4200)
    t.equal((await post(server, { token, state, cookie })).statusCode, 303)
  })
}

// ── R39, R41 and messages that are not served yet ────────────────────────────────────────────────────────────────────

t.test('R39: no route of ltijs is reachable, and its app is never entered', async (t) => {
  const { Provider } = createRequire(import.meta.url)('ltijs')
  // It has an app only once it was set up.
  const store = new LtijsStore(ground.db, ground.config.toolKeySecret, ground.now)
  await withLtijs(store, async () => undefined)
  let entered = 0
  const handle = Provider.app.handle
  Provider.app.handle = () => {
    entered += 1
  }
  t.teardown(() => {
    Provider.app.handle = handle
  })
  const { state, nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce))
  const launch = { ...form({ id_token: token, state }), method: 'POST' as const }

  const answers = [
    await app.inject('/keys'),
    await app.inject('/register'),
    await app.inject('/register?openid_configuration=http://127.0.0.1/x'),
    await app.inject('/?ltik=abc'),
    await app.inject('/login?iss=x'),
    await app.inject({ url: '/', ...launch }),
    await app.inject({ url: '/login', ...launch }),
    await app.inject({ url: '/lti/launch/offerings/1', ...launch, headers: { ...launch.headers, cookie } }),
    await app.inject('/lti/register'),
    await app.inject('/lti/register/guessed?openid_configuration=http://127.0.0.1/x'),
    await app.inject({ url: '/lti/register', method: 'POST' }),
  ]

  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    answers.map(() => 404),
  )
  t.equal(codeOf(answers.at(-1) as never), 'lti-register-closed')
  t.equal(entered, 0)
})

t.test(
  'R41: the platform refused the authentication; its text is never shown, and the login is over',
  async (t) => {
    const { state, cookie } = await begin(app, ground, platform)
    const fields = {
      state,
      error: 'login_required',
      error_description: '<img src=x onerror=alert(1)>不存在的用户',
    }

    const response = await app.inject({
      method: 'POST',
      url: '/lti/launch',
      payload: form(fields).payload,
      headers: { ...form(fields).headers, cookie },
    })

    t.equal(response.statusCode, 401)
    t.equal(codeOf(response), 'lti-platform-refused')
    t.notMatch(response.body, /onerror|login_required|不存在的用户/)
    t.equal((await ground.db('lti_login').where({ state })).length, 0)
  },
)

t.test('R41: an error from elsewhere ends nobody’s login', async (t) => {
  const { state } = await begin(app, ground, platform)

  const response = await app.inject({ method: 'POST', url: '/lti/launch', ...form({ state, error: 'x' }) })

  t.equal(response.statusCode, 401)
  t.equal((await ground.db('lti_login').where({ state })).length, 1)
})

t.test(
  'a page of refusal is in both languages, tells what to do, and carries no more than it should',
  async (t) => {
    const response = await launchWith(app, ground, platform, {
      [claim.version]: '11.3',
      name: '不该出现的姓名',
    })

    t.match(response.body, /lang="zh-CN"/)
    t.match(response.body, /lang="en"/)
    t.match(response.body, /告诉平台管理员/)
    t.match(response.body, /<code>[0-9a-f-]{36}<\/code>/)
    t.notMatch(response.body, /不该出现的姓名|<script|eyJ/)
    t.match(response.headers, {
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': /^default-src 'none'; .*frame-ancestors http:\/\/127\.0\.0\.1:\d+ http/,
    })
    t.equal(response.headers['access-control-allow-origin'], undefined)
  },
)

t.test(
  'an address that was refused too often waits, and launches that were let in never count',
  async (t) => {
    const server = await toolApp(t, ground)
    const junk = form({ iss: 'x' })
    for (let n = 0; n < 600; n++) await server.inject({ method: 'POST', url: '/lti/login', ...junk })

    const limited = await server.inject({ method: 'POST', url: '/lti/login', ...junk })

    t.equal(limited.statusCode, 429)
    t.ok(Number(limited.headers['retry-after']) > 0)
    t.equal(codeOf(limited), 'rate-limited')
  },
)
