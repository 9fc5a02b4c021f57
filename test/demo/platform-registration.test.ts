import t from 'tap'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { scopes, ToolClient } from '../support/tool-client.ts'

const TOOL = 'https://purl.imsglobal.org/spec/lti-tool-configuration'

const tool = await ToolClient.start()
const platform = await startDemoPlatform({ port: 0, toolUrl: tool.url })
tool.platform = platform
t.teardown(async () => {
  await platform.close()
  tool.close()
})

t.test('the configuration names the endpoints, scopes and messages of the platform', async (t) => {
  const { openidConfiguration, url } = platform.beginRegistration({
    registrationUrl: `${tool.url}/lti/register/abc?lang=zh`,
  })
  const opened = new URL(url)
  const configuration = await (await fetch(openidConfiguration)).json()

  t.equal(opened.searchParams.get('openid_configuration'), openidConfiguration)
  t.equal(opened.searchParams.get('lang'), 'zh')
  t.match(opened.searchParams.get('registration_token'), /^[\w-]{43}$/)
  t.match(configuration, {
    issuer: platform.url,
    authorization_endpoint: `${platform.url}/lti/auth`,
    token_endpoint: `${platform.url}/lti/token`,
    jwks_uri: `${platform.url}/lti/jwks`,
    registration_endpoint: `${platform.url}/lti/register`,
    scopes_supported: ['openid', ...Object.values(scopes)],
    'https://purl.imsglobal.org/spec/lti-platform-configuration': {
      messages_supported: [{ type: 'LtiResourceLinkRequest' }, { type: 'LtiDeepLinkingRequest' }, {}],
    },
  })
})

t.test('a registered tool is pending until it is activated, then it launches and gets tokens', async (t) => {
  const { answer, body } = await register(description())
  const [client, deployment] = [String(body.client_id), String(deploymentIn(body))]
  const registered = platform.tools.find(({ clientId }) => clientId === client)
  const early = await askTokenAs(client)
  t.throws(() => begin(deployment), { message: /no such deployment/ })

  await setState(client, 'active')
  const token = (await (await askTokenAs(client)).json()) as { scope: string }
  const claims = await tool.claims({ deployment })
  const asked = await tool.claims({ deployment, addContent: true })

  t.equal(answer.status, 201)
  t.equal(deployment, '4')
  t.equal(body.scope, scopes.score)
  t.equal(registered?.name, '学时簿（新）')
  t.equal(early.status, 401)
  t.equal(token.scope, scopes.score)
  t.equal(claims.aud, client)
  t.strictSame(claims.endpoint.scope, [scopes.score])
  t.match(claims['https://purl.imsglobal.org/spec/lti/claim/custom'], {
    region: '示例区',
    offering_code: 'KC-2026-001',
  })
  t.equal(
    asked['https://purl.imsglobal.org/spec/lti/claim/target_link_uri'],
    `${tool.url}/lti/launch/pick`,
    'a message goes where the tool wants its type',
  )
  t.notOk(claims.membershipsUrl, 'a service that was not granted is not named')
  await setState(client, 'pending')
  t.throws(() => begin(deployment), { message: /no such deployment/ })
})

t.test('a registration token works once', async (t) => {
  const { token } = platform.beginRegistration({ registrationUrl: tool.url })
  const first = await send(description(), token)
  const second = await send(description(), token)
  const none = await send(description(), 'unknown')

  t.strictSame([first.status, second.status, none.status], [201, 401, 401])
})

t.test('an update keeps client id, deployment and state, and changes the rest', async (t) => {
  const { body } = await register(description())
  const client = String(body.client_id)
  await setState(client, 'active')
  const count = platform.tools.length
  const changed = { ...description(), client_name: '改名', initiate_login_uri: `${tool.url}/lti/login?v=2` }

  const updated = await register(changed, { updates: client })

  t.equal(updated.answer.status, 200)
  t.equal(updated.body.client_id, client)
  t.equal(deploymentIn(updated.body), deploymentIn(body))
  t.equal(platform.tools.length, count)
  t.match(
    platform.tools.find(({ clientId }) => clientId === client),
    { name: '改名', loginUrl: `${tool.url}/lti/login?v=2`, state: 'active' },
  )
})

const wrong: [string, Record<string, unknown>][] = [
  ['application_type', { application_type: 'native' }],
  ['response_types', { response_types: ['code'] }],
  ['grant_types', { grant_types: undefined }],
  ['redirect_uris', { redirect_uris: `${tool.url}/lti/launch` }],
  ['initiate_login_uri', { initiate_login_uri: undefined }],
  ['jwks_uri', { jwks_uri: 'javascript:0' }],
  ['client_name', { client_name: '' }],
  ['token_endpoint_auth_method', { token_endpoint_auth_method: 'client_secret_basic' }],
  ['domain', { [TOOL]: { domain: 'localhost', target_link_uri: `${tool.url}/lti/launch` } }],
  ['target_link_uri', { [TOOL]: { domain: new URL(tool.url).host } }],
  ['messages', { [TOOL]: { ...description()[TOOL], messages: [{}] } }],
  ['custom_parameters', { [TOOL]: { ...description()[TOOL], custom_parameters: { a: 1 } } }],
]
for (const [name, change] of wrong) {
  t.test(
    `a registration with a wrong ${name} is refused by its name, and the token stays good`,
    async (t) => {
      const { token } = platform.beginRegistration({ registrationUrl: tool.url })
      const refused = await send({ ...description(), ...change }, token)

      t.equal(refused.status, 400)
      t.match(await refused.json(), { error: new RegExp(name) })
      t.equal((await send(description(), token)).status, 201)
    },
  )
}

t.test('a registration can be odd in every way, by itself', async (t) => {
  const of = async (mode: string) => {
    const begun = platform.beginRegistration({ registrationUrl: tool.url, modes: [`dynreg:${mode}`] })
    return fetch(begun.openidConfiguration, { redirect: 'manual' })
  }
  const issuer = (await (await of('foreign-issuer')).json()) as Record<string, string>
  const privately = (await (await of('private')).json()) as Record<string, string>
  const redirect = await of('redirect')
  const status = async (mode: string) => (await register(description(), { modes: [mode] })).answer.status
  const begun = performance.now()
  const slow = await of('slow=150')
  const seconds = (performance.now() - begun) / 1000
  const without = await register(description(), { modes: ['dynreg:no-deployment'] })

  t.equal(issuer.issuer, 'https://other-platform.example')
  t.match(privately.registration_endpoint, 'http://169.254.169.254/')
  t.equal(redirect.status, 302)
  t.match(redirect.headers.get('location'), 'moved=1')
  t.ok((await (await of('huge')).text()).length > 1024 * 1024)
  t.equal(slow.status, 200)
  t.ok(seconds >= 0.15)
  t.equal(await status('dynreg:200'), 200)
  t.equal(await status('dynreg:400'), 400)
  t.equal(deploymentIn(without.body), undefined)
  t.equal((await register(description())).answer.status, 201, 'others are as they should be')
})

t.test('Moodle answers 200 and echoes another scope than it grants', async (t) => {
  const { answer, body } = await register(description(), { modes: ['moodle'] })
  const granted = platform.tools.find(({ clientId }) => clientId === body.client_id)?.scopes

  t.equal(answer.status, 200)
  t.equal(body.scope, scopes.lineItem)
  t.strictSame(granted, [scopes.score])
})

t.test('only the district administrator sees the registration page', async (t) => {
  const page = async (person: string) =>
    fetch(`${platform.url}/registration`, { headers: { cookie: cookieOf(person) } })

  t.equal((await page('leader-1')).status, 404)
  t.match(await (await page('district-1')).text(), '注册新工具')
})

function description(): Record<string, unknown> & { [TOOL]: Record<string, unknown> } {
  return {
    application_type: 'web',
    response_types: ['id_token'],
    grant_types: ['implicit', 'client_credentials'],
    initiate_login_uri: `${tool.url}/lti/login`,
    redirect_uris: [`${tool.url}/lti/launch`],
    client_name: '学时簿（新）',
    jwks_uri: `${tool.url}/lti/jwks`,
    token_endpoint_auth_method: 'private_key_jwt',
    scope: `${scopes.score} https://elsewhere.example/scope`,
    [TOOL]: {
      domain: new URL(tool.url).host,
      target_link_uri: `${tool.url}/lti/launch`,
      claims: ['iss', 'sub', 'name'],
      custom_parameters: { region: '示例区' },
      messages: [
        { type: 'LtiResourceLinkRequest' },
        { type: 'LtiDeepLinkingRequest', target_link_uri: `${tool.url}/lti/launch/pick` },
      ],
    },
  }
}

async function register(
  body: object,
  asked: { updates?: string; modes?: string[] } = {},
): Promise<{ answer: Response; body: Record<string, unknown> }> {
  const begun = platform.beginRegistration({ registrationUrl: tool.url, ...asked })
  const configuration = (await (await fetch(begun.openidConfiguration)).json()) as Record<string, string>
  const answer = await send(body, begun.token, configuration.registration_endpoint)
  return { answer, body: (await answer.json()) as Record<string, unknown> }
}

function send(body: object, token: string, url = `${platform.url}/lti/register`): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

function deploymentIn(body: Record<string, unknown>): unknown {
  return (body[TOOL] as Record<string, unknown>).deployment_id
}

async function askTokenAs(clientId: string): Promise<Response> {
  return tool.askToken({ client_assertion: await tool.assertion({ iss: clientId, sub: clientId }) })
}

function begin(deployment: string) {
  return platform.beginLaunch({ person: 'SL000001', course: 'qing-ting', deployment })
}

function cookieOf(person: string): string {
  return platform.beginLaunch({ person, course: 'qing-ting' }).cookie
}

async function setState(client: string, state: string): Promise<void> {
  const answer = await fetch(`${platform.url}/registration/state`, {
    method: 'POST',
    headers: { cookie: cookieOf('district-1') },
    body: new URLSearchParams({ client, state }),
    redirect: 'manual',
  })
  if (answer.status !== 303) throw new Error(`the state was not changed: ${answer.status}`)
}
