// @lane embedded: what it writes is written by statements that other rooms test on both engines.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import { asInstant } from '../../foundation/time.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import { listPlatforms } from '../../lti-tool/lti-services/registry.ts'
import { guardedFetch } from '../../lti-tool/platforms/guarded-fetch.ts'
import { type InvitationWish, invitePlatform } from '../../lti-tool/platforms/invitation.ts'
import { laneOf } from '../../lti-tool/scores/lane.ts'
import { freshGround } from '../support/ground.ts'
import { codeOf, form, toolApp } from '../support/launching.ts'

const lti = 'https://purl.imsglobal.org/spec/lti-platform-configuration'
const toolPart = 'https://purl.imsglobal.org/spec/lti-tool-configuration'

/** A platform that takes registrations, and can be told to misbehave. */
interface Registrar {
  url: string
  host: string
  /** What the configuration says besides, or in place of, what is right. */
  configuration: Record<string, unknown>
  /** How the configuration is answered in place of a page. */
  answerConfiguration: ((response: ServerResponse) => void) | null
  status: 200 | 201 | 400
  answer: Record<string, unknown>
  /** Requests that came, each with its body. */
  requests: { method: string; url: string; authorization: string | undefined; body: unknown }[]
  connections: number
}

async function startRegistrar(t: Test): Promise<Registrar> {
  const server = createServer((request, response) => void answered(request, response))
  server.on('connection', () => {
    registrar.connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const registrar: Registrar = {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    configuration: {},
    answerConfiguration: null,
    status: 201,
    answer: {},
    requests: [],
    connections: 0,
  }
  async function answered(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    const { authorization } = headers
    registrar.requests.push({ method, url, authorization, body: body ? JSON.parse(body) : null })
    const { url: base } = registrar
    if (url.startsWith('/openid-configuration')) {
      if (registrar.answerConfiguration) return registrar.answerConfiguration(response)
      // As text/html, since platforms do.
      response.setHeader('content-type', 'text/html')
      response.end(
        JSON.stringify({
          issuer: base,
          authorization_endpoint: `${base}/auth`,
          token_endpoint: `${base}/token`,
          jwks_uri: `${base}/jwks`,
          registration_endpoint: `${base}/register`,
          scopes_supported: ['openid', 'https://purl.imsglobal.org/spec/lti-ags/scope/score'],
          [lti]: {
            product_family_code: 'moodle',
            messages_supported: [{ type: 'LtiResourceLinkRequest' }, { type: 'LtiDeepLinkingRequest' }],
          },
          ...registrar.configuration,
        }),
      )
    } else if (url === '/register') {
      response.writeHead(registrar.status, { 'content-type': 'text/html' })
      response.end(JSON.stringify(registrar.answer))
    } else response.writeHead(404).end('<h1>none</h1>')
  }
  return registrar
}

t.setTimeout(180_000)
const ground = await freshGround(t, { PLATFORM_PRIVATE: '127.0.0.1' })
const app = await toolApp(t, ground)
const chief = 'login:chief'

/** The address of a fresh invitation, without the origin. */
async function invited(wish: InvitationWish, on: Ground = ground): Promise<string> {
  const { registrationUrl } = await invitePlatform(on, wish, chief)
  return new URL(registrationUrl).pathname
}

const callOf = ({ url }: Registrar) => ({
  openid_configuration: `${url}/openid-configuration?course=1`,
  registration_token: 'platform token',
})

function open(path: string, call: Record<string, string>, server = app) {
  return server.inject({ url: `${path}?${new URLSearchParams(call)}` })
}

function confirm(path: string, call: Record<string, string>, server = app, site = 'same-origin') {
  const { payload, headers } = form(call)
  return server.inject({
    method: 'POST',
    url: path,
    payload,
    headers: { ...headers, 'sec-fetch-site': site },
  })
}

async function platformOf(clientId: string) {
  return (await listPlatforms(ground)).find((platform) => platform.clientId === clientId)
}

t.test('A33: looking at a registration link fetches nothing and says whom it is for', async (t) => {
  const registrar = await startRegistrar(t)
  const path = await invited({ host: registrar.host })

  const page = await open(path, callOf(registrar))

  t.equal(page.statusCode, 200)
  t.match(page.body, registrar.host)
  t.match(page.body, /确认登记/)
  t.equal(registrar.connections, 0)
  t.match(
    page.headers['content-security-policy'],
    `frame-ancestors https://${registrar.host} http://${registrar.host}`,
  )
  t.equal((await open(path, callOf(registrar))).statusCode, 200, 'and may be looked at again')
})

for (const status of [200, 201] as const) {
  t.test(`A33: a registration that the platform answers with ${status} is kept, inactive`, async (t) => {
    const registrar = await startRegistrar(t)
    const clientId = `client-${status}`
    Object.assign(registrar, { status, answer: { client_id: clientId, [toolPart]: { deployment_id: 7 } } })
    const path = await invited({ host: registrar.host })

    const page = await confirm(path, callOf(registrar))

    t.equal(page.statusCode, 200, page.body)
    t.match(page.body, `data-close-to="${registrar.url}"`)
    t.match(await platformOf(clientId), {
      active: false,
      issuer: registrar.url,
      name: `moodle ${registrar.host}`,
      tokenUrl: `${registrar.url}/token`,
      deployments: [{ deploymentId: '7', state: 'active' }],
    })
    const keys = (await app.inject('/lti/jwks')).json().keys as { kid: string }[]
    const { kid } = await ground.db('ltijs_platform').where({ client_id: clientId }).first('kid')
    t.ok(keys.some((key) => key.kid === kid))
    t.match(registrar.requests.at(-1), { method: 'POST', authorization: 'Bearer platform token' })
    const sent = registrar.requests.at(-1)?.body as Record<string, unknown>
    t.match(sent, {
      application_type: 'web',
      redirect_uris: [`${ground.config.publicUrl}/lti/launch`],
      initiate_login_uri: `${ground.config.publicUrl}/lti/login`,
      jwks_uri: `${ground.config.publicUrl}/lti/jwks`,
      token_endpoint_auth_method: 'private_key_jwt',
      // Only what this platform says it has.
      scope: 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
      [toolPart]: {
        domain: new URL(ground.config.publicUrl).host,
        claims: ['iss', 'sub', 'name', 'given_name', 'family_name'],
      },
    })
    const login = {
      iss: registrar.url,
      client_id: clientId,
      login_hint: '7',
      target_link_uri: sent.initiate_login_uri,
    }
    const launch = await app.inject({
      method: 'POST',
      url: '/lti/login',
      ...form(login as Record<string, string>),
    })
    t.equal(launch.statusCode, 400)
    t.equal(codeOf(launch), 'lti-platform-unknown')
  })
}

t.test('A33: what happened is in the audit, with who had invited', async (t) => {
  const { events } = await auditPage(ground.db, { action: 'platform-registered' })

  t.equal(events.length, 2)
  t.match(events[0], {
    actor: /^platform:/,
    subjectKind: 'platform_registration',
    detail: { clientId: 'client-201', invitedBy: chief },
  })
})

t.test('A33: a link for an update changes endpoints and deployments, and keeps keys and state', async (t) => {
  const registrar = await startRegistrar(t)
  const registered = await platformOf('client-200')
  const old = await ground.db('ltijs_platform').where({ client_id: 'client-200' }).first()
  Object.assign(registrar, {
    configuration: { issuer: registered?.issuer, token_endpoint: `${registrar.url}/token2` },
    answer: { client_id: 'client-200', [toolPart]: { deployment_id: '8' } },
  })
  const wish = { host: registrar.host, issuer: registered?.issuer, registrationId: registered?.platformId }
  const platformId = registered?.platformId as string
  const rule = (await laneOf(ground.db, platformId)).lineItems

  const page = await confirm(await invited(wish), callOf(registrar))

  t.equal(page.statusCode, 200, page.body)
  const updated = await platformOf('client-200')
  t.match(updated, { tokenUrl: `${registrar.url}/token2`, active: false })
  t.strictSame(updated?.deployments.map(({ deploymentId }) => deploymentId).sort(), ['7', '8'])
  t.equal((await laneOf(ground.db, platformId)).lineItems, rule, 'columns stay as they were')
  const again = await confirm(await invited({ ...wish, managesColumns: true }), callOf(registrar))
  t.equal(again.statusCode, 200, again.body)
  t.equal((await laneOf(ground.db, platformId)).lineItems, 'create', 'asked for, missing columns are made')
  t.equal((await ground.db('ltijs_platform').where({ client_id: 'client-200' }).first()).kid, old.kid)
})

t.test('A33: a link for an update takes no other client', async (t) => {
  const registrar = await startRegistrar(t)
  const registered = await platformOf('client-200')
  registrar.configuration = { issuer: registered?.issuer }
  registrar.answer = { client_id: 'client-new' }
  const wish = { host: registrar.host, issuer: registered?.issuer, registrationId: registered?.platformId }

  const page = await confirm(await invited(wish), callOf(registrar))

  t.equal(page.statusCode, 409)
  t.equal(await platformOf('client-new'), undefined)
})

t.test('a client that is registered already stays as it is', async (t) => {
  const registrar = await startRegistrar(t)
  const registered = await platformOf('client-201')
  registrar.configuration = { issuer: registered?.issuer }
  registrar.answer = { client_id: 'client-201' }

  const page = await confirm(
    await invited({ host: registrar.host, issuer: registered?.issuer }),
    callOf(registrar),
  )

  t.equal(page.statusCode, 409)
  t.strictSame(await platformOf('client-201'), registered)
})

t.test('R37: no token, an invented one, and one that was used: closed, and nothing is fetched', async (t) => {
  const registrar = await startRegistrar(t)
  registrar.configuration = { issuer: 'https://foreign.example' }
  const used = await invited({ host: registrar.host })
  await confirm(used, callOf(registrar))
  const { connections } = registrar

  for (const path of ['/lti/register', '/lti/register/guessed', `/lti/register/${'x'.repeat(43)}`, used]) {
    for (const answer of [await open(path, callOf(registrar)), await confirm(path, callOf(registrar))]) {
      t.equal(answer.statusCode, 404, path)
      t.equal(codeOf(answer), 'lti-register-closed', path)
    }
  }
  t.equal(registrar.connections, connections)
})

t.test('R37: a link that has expired is closed', async (t) => {
  const registrar = await startRegistrar(t)
  const path = await invited({ host: registrar.host })
  const later: Ground = { ...ground, now: () => asInstant(ground.now() + 3_601_000_000) }
  const server = await toolApp(t, later)

  t.equal((await confirm(path, callOf(registrar), server)).statusCode, 404)
  t.equal(registrar.connections, 0)
})

t.test('R37: of two who confirm one link at once, one goes out', async (t) => {
  const registrar = await startRegistrar(t)
  registrar.status = 400
  const path = await invited({ host: registrar.host })

  const answers = await Promise.all([1, 2, 3].map(() => confirm(path, callOf(registrar))))

  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [400, 404, 404])
  t.equal(registrar.requests.filter(({ method }) => method === 'POST').length, 1)
})

t.test('R37: another host than the one that was invited is not asked', async (t) => {
  const registrar = await startRegistrar(t)
  const path = await invited({ host: 'moodle.example' })

  for (const answer of [await open(path, callOf(registrar)), await confirm(path, callOf(registrar))]) {
    t.equal(answer.statusCode, 400)
    t.equal(codeOf(answer), 'lti-registration-refused')
  }
  t.equal(registrar.connections, 0)
})

t.test('R42: a confirmation from elsewhere changes nothing', async (t) => {
  const registrar = await startRegistrar(t)
  const path = await invited({ host: registrar.host })

  t.equal((await confirm(path, callOf(registrar), app, 'cross-site')).statusCode, 403)
  t.equal((await open(path, callOf(registrar))).statusCode, 200)
  t.equal(registrar.connections, 0)
})

const elsewhere = 'https://elsewhere.example/x'
const configurations: [string, Record<string, unknown>][] = [
  ['R37: a foreign issuer', { issuer: 'https://foreign.example' }],
  ['R37: an issuer that only looks alike', { issuer: 'http://127.0.0.1.example' }],
  ['R37: an authorization endpoint elsewhere', { authorization_endpoint: elsewhere }],
  ['R37: a token endpoint elsewhere', { token_endpoint: elsewhere }],
  ['R37: a key set elsewhere', { jwks_uri: elsewhere }],
  ['R37: a registration endpoint elsewhere', { registration_endpoint: elsewhere }],
  ['R37: an endpoint with user info', { token_endpoint: 'http://user:word@127.0.0.1/token' }],
  ['R38: an endpoint that is no web address', { jwks_uri: 'file:///etc/passwd' }],
  [
    'a platform that launches nothing',
    { [lti]: { messages_supported: [{ type: 'LtiDeepLinkingRequest' }] } },
  ],
  ['a platform without LTI', { [lti]: undefined }],
  ['a platform that signs otherwise', { id_token_signing_alg_values_supported: ['ES256'] }],
]

for (const [name, configuration] of configurations) {
  t.test(`${name} is refused, and nothing is registered`, async (t) => {
    const registrar = await startRegistrar(t)
    registrar.configuration = configuration

    const page = await confirm(await invited({ host: registrar.host }), callOf(registrar))

    t.equal(page.statusCode, 400)
    t.equal(codeOf(page), 'lti-registration-refused')
    t.equal(registrar.requests.filter(({ method }) => method === 'POST').length, 0)
  })
}

t.test('a host that the invitation names besides may hold endpoints', async (t) => {
  const registrar = await startRegistrar(t)
  registrar.configuration = { jwks_uri: 'http://keys.example/jwks' }
  registrar.status = 400

  const page = await confirm(
    await invited({ host: registrar.host, moreHosts: ['keys.example'] }),
    callOf(registrar),
  )

  t.match(page.body, /登记请求回答 400/)
})

t.test('what a platform answers is not shown', async (t) => {
  const registrar = await startRegistrar(t)
  registrar.status = 201
  registrar.answer = { error: '<img src=x onerror=alert(1)>' }

  const page = await confirm(await invited({ host: registrar.host }), callOf(registrar))

  t.equal(page.statusCode, 400)
  t.match(page.body, /没有 client_id/)
  t.notMatch(page.body, /onerror/)
})

t.test('R38: plain http is refused where it is not allowed', async (t) => {
  const strict = await freshGround(t, { PLATFORM_PRIVATE: '127.0.0.1', ALLOW_HTTP: '0' })
  const server = await toolApp(t, strict)
  const registrar = await startRegistrar(t)

  const page = await confirm(await invited({ host: registrar.host }, strict), callOf(registrar), server)

  t.equal(page.statusCode, 400)
  t.equal(registrar.connections, 0)
})

const forbidden = [
  '127.0.0.1',
  'localhost',
  '10.0.0.1',
  '192.168.1.1',
  '172.16.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '[::1]',
  '[fd00::1]',
  '[fe80::1]',
  '[::ffff:127.0.0.1]',
  '2130706433',
]

t.test('R38: no connection is made to an address that is not public', async (t) => {
  const open = await freshGround(t)
  const server = await toolApp(t, open)
  const registrar = await startRegistrar(t)
  const { port } = new URL(registrar.url)

  for (const host of forbidden) {
    const call = { openid_configuration: `http://${host}:${port}/openid-configuration` }
    const page = await confirm(await invited({ host: `${host}:${port}` }, open), call, server)
    t.equal(page.statusCode, 400, host)
    t.match(page.body, /PLATFORM_PRIVATE/, host)
  }
  t.equal(registrar.connections, 0)
})

t.test(
  'R38: a name of which one address is forbidden is refused, and what was looked at is asked',
  async (t) => {
    const registrar = await startRegistrar(t)
    const { port } = new URL(registrar.url)
    const url = `http://moodle.example:${port}/openid-configuration`
    const mixed = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    let looked = 0
    const own = async () => {
      looked += 1
      return [{ address: '127.0.0.1', family: 4 }]
    }

    await t.rejects(guardedFetch(addressGuard([]), url, {}, mixed), /address/)
    t.equal(registrar.connections, 0)
    t.equal((await guardedFetch(addressGuard(['moodle.example']), url, {}, own)).status, 200)
    t.equal(looked, 1)
  },
)

t.test('R38: a redirect is not followed, and an answer is bounded', async (t) => {
  const registrar = await startRegistrar(t)
  const inside = await startRegistrar(t)
  const answers: [(response: ServerResponse) => void, RegExp][] = [
    [
      (response) => response.writeHead(302, { location: `${inside.url}/openid-configuration` }).end(),
      /转到了别处/,
    ],
    [(response) => response.end('x'.repeat(300_000)), /过大/],
    [(response) => response.end('<h1>sign in</h1>'), /读不懂/],
    [(response) => response.writeHead(500).end(), /回答 500/],
    [(response) => void response.destroy(), /连接不到平台/],
  ]
  for (const [answer, words] of answers) {
    registrar.answerConfiguration = answer
    const page = await confirm(await invited({ host: registrar.host }), callOf(registrar))
    t.equal(page.statusCode, 400)
    t.match(page.body, words)
  }
  t.equal(inside.connections, 0)
})

t.test('R38: a platform that is slow is given up after five seconds, however it drips', async (t) => {
  const registrar = await startRegistrar(t)
  registrar.answerConfiguration = (response) => {
    const drip = setInterval(() => response.write(' '), 500)
    response.on('close', () => clearInterval(drip))
  }
  const began = Date.now()

  const page = await confirm(await invited({ host: registrar.host }), callOf(registrar))

  t.match(page.body, /五秒/)
  t.ok(Date.now() - began < 8000)
})

t.test('an invitation for nothing is refused', async (t) => {
  for (const wish of [
    { host: '' },
    { host: 'user@moodle.example' },
    { host: 'moodle.example', issuer: 'moodle' },
    { host: 'moodle.example', registrationId: '01890000-0000-7000-8000-000000000000' },
  ])
    await t.rejects(invitePlatform(ground, wish, chief), { code: 'platform-invalid' })
})
