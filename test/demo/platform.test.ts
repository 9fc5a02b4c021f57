import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import t from 'tap'
import { featuredPeople } from '../../demo/district/people.ts'
import { subjectOf } from '../../demo/platform/people.ts'
import { type BegunLaunch, startDemoPlatform } from '../../demo/platform/start.ts'

const TOOL = 'http://localhost:1'
const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/'
const platform = await startDemoPlatform({ port: 0, toolUrl: TOOL })
t.teardown(() => platform.close())

t.test(
  'a correct request is answered by a form post with a token that verifies against the key set',
  async (t) => {
    const launch = begin()

    const { action, fields } = await formOf(await authenticate(launch, { state: 'S', nonce: 'N' }))

    t.equal(action, `${TOOL}/lti/launch`)
    t.equal(fields.state, 'S')
    const { payload, protectedHeader } = await jwtVerify(
      fields.id_token ?? '',
      createLocalJWKSet(await keySet()),
      {
        issuer: platform.issuer,
        audience: 'xueshi-district',
      },
    )
    t.equal(protectedHeader.alg, 'RS256')
    t.equal(payload.nonce, 'N', 'the nonce is echoed')
    t.equal(payload.sub, subjectOf('SL000001'))
    t.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60)
    t.strictSame(payload[`${CLAIM}custom`], { offering_code: 'KC-2026-001' })
  },
)

t.test(
  'another redirect_uri than the registered one goes nowhere: the error stays on the platform',
  async (t) => {
    const answer = await authenticate(begin(), { redirect_uri: `${TOOL}/lti/launch/` })

    t.equal(answer.status, 400)
    t.notMatch(await answer.text(), 'id="post"')
  },
)

t.test('an unknown client gets a page of the platform', async (t) => {
  t.equal((await authenticate(begin(), { client_id: 'nobody' })).status, 400)
})

t.test('a message hint works once', async (t) => {
  const launch = begin()

  const first = await authenticate(launch)
  const second = await authenticate(launch)

  t.equal(first.status, 200)
  t.equal(second.status, 404)
})

t.test('a message hint of another client is refused', async (t) => {
  const answer = await authenticate(begin(), { client_id: 'xueshi-second' })

  t.equal(answer.status, 404)
})

const faults: [string, Record<string, string>, string][] = [
  ['scope', { scope: 'profile' }, 'invalid_scope'],
  ['response_type', { response_type: 'code' }, 'unsupported_response_type'],
  ['response_mode', { response_mode: 'fragment' }, 'invalid_request'],
  ['prompt', { prompt: 'login' }, 'invalid_request'],
  ['nonce', { nonce: '' }, 'invalid_request'],
  ['login_hint', { login_hint: subjectOf('SL000002') }, 'login_required'],
]
for (const [name, change, error] of faults) {
  t.test(`a wrong ${name} is answered by a form post with ${error}`, async (t) => {
    const { fields } = await formOf(await authenticate(begin(), { state: 'S', ...change }))

    t.equal(fields.error, error)
    t.equal(fields.state, 'S')
    t.equal(fields.id_token, undefined)
  })
}

t.test('somebody else in the same browser cannot finish a launch', async (t) => {
  const launch = begin()

  const { fields } = await formOf(
    await authenticate({ ...launch, cookie: begin({ person: 'SL000002' }).cookie }),
  )

  t.equal(fields.error, 'login_required')
})

t.test('a POST to the authentication endpoint is taken too', async (t) => {
  const launch = begin()

  const answer = await fetch(`${platform.url}/lti/auth`, {
    method: 'POST',
    headers: { cookie: launch.cookie },
    body: new URLSearchParams(requestOf(launch, {})),
  })

  t.ok((await formOf(answer)).fields.id_token)
})

t.test('subjects are opaque, stable and different', async (t) => {
  const subjects = featuredPeople.map((person) => subjectOf(person.key))

  t.equal(new Set(subjects).size, featuredPeople.length)
  t.equal(subjects[0], '656a3338-5456-51a4-bb2b-2461a308bb81', 'the same on every run')
  t.ok(subjects.every((subject) => /^[0-9a-f-]{36}$/.test(subject)))
})

t.test('two client ids share the issuer, and one of them has two deployments', async (t) => {
  const second = begin({ deployment: '3' })
  const neighbour = begin({ person: 'neighbour-1' })

  const tokens = await Promise.all(
    [second, neighbour].map(async (launch) =>
      decodeJwt((await formOf(await authenticate(launch))).fields.id_token ?? ''),
    ),
  )

  t.strictSame(
    tokens.map((token) => [token.iss, token.aud, token[`${CLAIM}deployment_id`]]),
    [
      [platform.issuer, 'xueshi-second', '3'],
      [platform.issuer, 'xueshi-district', '2'],
    ],
  )
})

t.test('names reach the token exactly', async (t) => {
  const people = featuredPeople.slice(0, 8)

  const names = await Promise.all(people.map(async (person) => (await tokenFor([], person.key)).claims.name))

  t.strictSame(
    names,
    people.map((person) => person.name),
  )
})

t.test('claims can be dropped and set', async (t) => {
  const { claims } = await tokenFor([
    'claim:drop:roles',
    'claim:set:version="11.3"',
    'claim:set:resource_link={}',
    'claim:drop:sub',
  ])

  t.notOk(`${CLAIM}roles` in claims)
  t.notOk('sub' in claims)
  t.equal(claims[`${CLAIM}version`], '11.3')
  t.strictSame(claims[`${CLAIM}resource_link`], {})
})

t.test('header and key can be spoilt', async (t) => {
  const headers = await Promise.all(
    ['no-kid', 'unknown-kid', 'alg-none', 'alg-hs256', 'alg-rs512', 'alg-ps256', 'jwk', 'jku'].map(
      async (mode) => {
        const { header } = await tokenFor([`header:${mode}`])
        return [header.alg, 'kid' in header, 'jwk' in header, 'jku' in header]
      },
    ),
  )
  const { token } = await tokenFor(['key:other'])

  t.strictSame(headers, [
    ['RS256', false, false, false],
    ['RS256', true, false, false],
    ['none', true, false, false],
    ['HS256', true, false, false],
    ['RS512', true, false, false],
    ['PS256', true, false, false],
    ['RS256', true, true, false],
    ['RS256', true, false, true],
  ])
  await t.rejects(jwtVerify(token, createLocalJWKSet(await keySet())), {
    code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  })
})

t.test('clock, nonce, state, issuer and deployment can be spoilt', async (t) => {
  const now = Math.floor(Date.now() / 1000)
  const late = await tokenFor(['clock:-3600'])
  const odd = await tokenFor(['nonce:object', 'state:invented', 'iss:other', 'deployment:other'])
  const without = await tokenFor(['nonce:missing', 'state:missing'])
  const replayed = await tokenFor(['nonce:replayed'])

  t.ok(Math.abs((late.claims.iat ?? 0) - (now - 3600)) < 5)
  t.type(odd.claims.nonce, 'object')
  t.equal(odd.fields.state, 'B'.repeat(43))
  t.equal(odd.claims.iss, 'https://other-platform.example')
  t.equal(odd.claims[`${CLAIM}deployment_id`], '3')
  t.notOk('nonce' in without.claims)
  t.notOk('state' in without.fields)
  t.equal(replayed.claims.nonce, 'N')
})

t.test('the platform can refuse to authenticate, with markup in its text', async (t) => {
  const { fields } = await formOf(await authenticate(begin({ modes: ['auth:error'] })))

  t.equal(fields.error, 'login_required')
  t.match(fields.error_description, '&lt;b onclick')
})

t.test('the same launch can be sent twice and eight times', async (t) => {
  t.match(await (await authenticate(begin({ modes: ['post:twice'] }))).text(), 'data-copies="2"')
  t.match(await (await authenticate(begin({ modes: ['post:burst'] }))).text(), 'data-copies="8"')
})

t.test('login parameters can be left out, and the storage target follows the storage', async (t) => {
  const names = (modes: string[]) => begin({ modes }).parameters.map(([name]) => name)
  const target = (modes: string[]) => new Map(begin({ modes }).parameters).get('lti_storage_target')

  t.notOk(names(['login:no-client-id']).includes('client_id'))
  t.notOk(names(['login:no-hint']).includes('login_hint'))
  t.notOk(names(['login:no-deployment']).includes('lti_deployment_id'))
  t.strictSame([[], ['storage:frame'], ['storage:off'], ['moodle']].map(target), [
    '_parent',
    'platform_storage',
    undefined,
    undefined,
  ])
})

t.test('the Moodle preset sends what Moodle sends', async (t) => {
  const { claims } = await tokenFor(['moodle'])

  t.match(claims, {
    [`${CLAIM}context`]: { type: ['CourseSection'] },
    [`${CLAIM}lis`]: { person_sourcedid: '' },
    [`${CLAIM}custom`]: { unresolved: '$Nope.thing' },
    [`${CLAIM}tool_platform`]: { product_family_code: 'moodle' },
  })
})

t.test('keys rotate and retire; the key set can fail', async (t) => {
  const before = (await keySet()).keys.map((key) => key.kid)
  platform.setModes(['key:rotate'])
  const between = (await keySet()).keys.map((key) => key.kid)
  platform.setModes(['key:retire'])
  const after = (await keySet()).keys.map((key) => key.kid)
  const { header } = await tokenFor([])

  t.strictSame(between.slice(1), before)
  t.strictSame(after, between.slice(0, 1))
  t.equal(header.kid, after[0])

  platform.setModes(['jwks:html'])
  t.match((await fetch(`${platform.url}/lti/jwks`)).headers.get('content-type'), 'text/html')
  platform.setModes(['jwks:down'])
  await t.rejects(fetch(`${platform.url}/lti/jwks`))
  platform.setModes(['jwks:ok'])
  t.equal((await keySet()).keys.length, 1)
})

t.test('a misspelt mode is refused and changes nothing', async (t) => {
  t.throws(() => begin({ modes: ['claim:lose:roles'] }), { code: 'unknown-mode' })
  t.throws(() => begin({ modes: ['claim:set:version=1.3.0.0'] }), { code: 'unknown-mode' })
  t.throws(() => platform.setModes(['jwks:down', 'nonce:none']), { code: 'unknown-mode' })
  t.equal((await keySet()).keys.length, 1)
})

t.test('a misspelt mode in an address is a page that says so', async (t) => {
  const { cookie } = begin()
  const answer = await fetch(`${platform.url}/courses/qing-ting/start?mode=nonce:none`, {
    headers: { cookie },
  })

  t.equal(answer.status, 400)
  t.match(await answer.text(), 'nonce:none')
})

t.test('the journal holds what came in, and only from where it is asked', async (t) => {
  const last = platform.journal().at(-1)?.no ?? 0
  await authenticate(begin(), { state: 'journal-state' })

  const entries = (await (await fetch(`${platform.url}/journal?since=${last}`)).json()) as { url: string }[]

  t.equal(entries.length, 1)
  t.match(entries[0]?.url, 'journal-state')
})

t.test('it does not start in production', async (t) => {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  })

  await t.rejects(startDemoPlatform({ port: 0, toolUrl: TOOL }), { message: /production/ })
})

t.test('a change of language never leads off the site', async (t) => {
  const back = async (target: string) =>
    (
      await fetch(`${platform.url}/language?to=en&back=${encodeURIComponent(target)}`, { redirect: 'manual' })
    ).headers.get('location')

  t.equal(await back('/courses'), '/courses')
  t.equal(await back('//elsewhere.example'), '/')
  t.equal(await back('https://elsewhere.example'), '/')
})

function begin(wanted: { person?: string; deployment?: string; modes?: string[] } = {}): BegunLaunch {
  return platform.beginLaunch({ person: 'SL000001', course: 'qing-ting', ...wanted })
}

function requestOf(launch: BegunLaunch, change: Record<string, string>): Record<string, string> {
  const given = Object.fromEntries(launch.parameters)
  return {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: given.client_id ?? '',
    redirect_uri: `${TOOL}/lti/launch`,
    login_hint: given.login_hint ?? '',
    lti_message_hint: given.lti_message_hint ?? '',
    state: 'S',
    nonce: 'N',
    ...change,
  }
}

function authenticate(launch: BegunLaunch, change: Record<string, string> = {}): Promise<Response> {
  const query = new URLSearchParams(requestOf(launch, change))
  return fetch(`${platform.url}/lti/auth?${query}`, {
    headers: { cookie: launch.cookie },
    redirect: 'manual',
  })
}

async function tokenFor(modes: string[], person = 'SL000001') {
  const { fields } = await formOf(await authenticate(begin({ modes, person })))
  const token = fields.id_token ?? ''
  return { token, fields, claims: decodeJwt(token), header: decodeProtectedHeader(token) }
}

async function formOf(answer: Response) {
  return formIn(await answer.text())
}

function formIn(html: string) {
  const fields = [...html.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, value])
  return {
    action: /action="([^"]*)"/.exec(html)?.[1],
    fields: Object.fromEntries(fields) as Record<string, string>,
  }
}

async function keySet(): Promise<JSONWebKeySet> {
  return (await fetch(`${platform.url}/lti/jwks`)).json() as Promise<JSONWebKeySet>
}
