import { generateKeyPair } from 'jose'
import t from 'tap'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { scopes, ToolClient } from '../support/tool-client.ts'

const tool = await ToolClient.start()
const platform = await startDemoPlatform({ port: 0, toolUrl: tool.url })
tool.platform = platform
t.teardown(async () => {
  await platform.close()
  tool.close()
})

t.test('a right assertion is answered with a random token for what was granted and asked for', async (t) => {
  const first = await tool.askToken({ scope: `${scopes.score} https://elsewhere.example/scope` })
  const [one, other] = [await first.json(), await (await tool.askToken()).json()] as Record<string, unknown>[]

  t.equal(first.status, 200)
  t.equal(first.headers.get('cache-control'), 'no-store')
  t.match(one, { token_type: 'Bearer', expires_in: 3600, scope: scopes.score })
  t.not(one?.access_token, other?.access_token)
  t.match(one?.access_token, /^[\w-]{43}$/)
})

const now = Math.floor(Date.now() / 1000)
const wrongClaims: [string, Record<string, unknown>][] = [
  ['another issuer than subject', { iss: 'xueshi-second' }],
  ['no issuer', { iss: undefined }],
  ['an unknown client', { iss: 'nobody', sub: 'nobody' }],
  ['another audience', { aud: 'https://elsewhere.example/token' }],
  ['no audience', { aud: undefined }],
  ['no exp', { exp: undefined }],
  ['no iat', { iat: undefined }],
  ['an exp that is past', { iat: now - 200, exp: now - 100 }],
  ['an exp more than five minutes ahead', { exp: now + 400 }],
  ['an iat in the future', { iat: now + 200, exp: now + 260 }],
  ['no jti', { jti: undefined }],
  ['a jti that is no text', { jti: 7 }],
]
for (const [name, change] of wrongClaims) {
  t.test(`an assertion with ${name} is refused`, async (t) => {
    const answer = await tool.askToken({ client_assertion: await tool.assertion(change) })

    t.equal(answer.status, 401)
    t.equal(((await answer.json()) as { error: string }).error, 'invalid_client')
  })
}

t.test('an assertion works once', async (t) => {
  const assertion = await tool.assertion()

  const first = await tool.askToken({ client_assertion: assertion })
  const second = await tool.askToken({ client_assertion: assertion })

  t.equal(first.status, 200)
  t.match(await second.json(), { error: 'invalid_client', error_description: /jti/ })
})

t.test('eight copies of one assertion at once give one token', async (t) => {
  const assertion = await tool.assertion()

  const answers = await Promise.all(
    Array.from({ length: 8 }, () => tool.askToken({ client_assertion: assertion })),
  )

  t.equal(answers.filter((answer) => answer.status === 200).length, 1)
})

t.test('the header must name a published key and RS256', async (t) => {
  const stranger = (await generateKeyPair('RS256')).privateKey
  const assertions = await Promise.all([
    tool.assertion({}, { kid: undefined }),
    tool.assertion({}, { kid: 'unknown' }),
    tool.assertion({}, { alg: 'PS256' }, (await generateKeyPair('PS256')).privateKey),
    tool.assertion({}, {}, stranger),
    'no.signed.token',
  ])

  const answers = await Promise.all(assertions.map((each) => tool.askToken({ client_assertion: each })))

  t.strictSame(
    answers.map((answer) => answer.status),
    [401, 401, 401, 401, 401],
  )
})

const wrongFields: [string, Record<string, string | undefined>, string][] = [
  ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
  ['another assertion type', { client_assertion_type: 'jwt' }, 'invalid_request'],
  ['no assertion', { client_assertion: undefined }, 'invalid_request'],
  ['no scope', { scope: undefined }, 'invalid_request'],
  ['nothing but unknown scopes', { scope: 'https://elsewhere.example/scope' }, 'invalid_scope'],
]
for (const [name, change, error] of wrongFields) {
  t.test(`a request with ${name} is answered with ${error}`, async (t) => {
    const answer = await tool.askToken(change)

    t.equal(answer.status, 400)
    t.equal(((await answer.json()) as { error: string }).error, error)
  })
}

t.test('JSON and repeated fields are refused', async (t) => {
  const url = `${platform.url}/lti/token`
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ grant_type: 'client_credentials' }),
  })
  const repeated = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams([
      ['scope', scopes.score],
      ['scope', scopes.result],
    ]),
  })

  t.equal(json.status, 400)
  t.match(await repeated.json(), { error: 'invalid_request', error_description: /scope/ })
})

t.test('a new key of the tool is found at once; keys are not fetched for every token', async (t) => {
  await tool.token()
  const before = tool.keyRequests
  await tool.token()
  const unchanged = tool.keyRequests
  await tool.rotate()

  t.ok(await tool.token())
  t.equal(unchanged, before)
  t.equal(tool.keyRequests, before + 1)
})

t.test('a key set that cannot be read refuses; on Moodle it is a page', async (t) => {
  tool.keysStatus = 500
  await tool.rotate()
  const plain = await tool.askToken()
  platform.setModes(['moodle'])
  const moodle = await tool.askToken()
  platform.setModes([])
  tool.keysStatus = 200

  t.match(await plain.json(), { error: 'invalid_client', error_description: /key set/ })
  t.equal(moodle.status, 404)
  t.match(moodle.headers.get('content-type'), 'text/html')
})

t.test('a pending tool and a scope that was taken away get nothing', async (t) => {
  const registered = platform.tools[0]
  t.ok(registered)
  if (!registered) return
  const granted = registered.scopes
  registered.scopes = [scopes.members]
  const less = await tool.askToken({ scope: scopes.score })
  registered.scopes = granted
  registered.state = 'pending'
  const pending = await tool.askToken()
  registered.state = 'active'

  t.equal(less.status, 400)
  t.equal(pending.status, 401)
})

t.test('the token endpoint can fail in every way, for as many calls as asked', async (t) => {
  const shapes: [string, number, RegExp][] = [
    ['token:401', 401, /invalid_client/],
    ['token:html', 200, /<!doctype html>/],
    ['token:bad-json', 200, /^\{"access_token":"[^}]+$/],
    ['token:no-scope', 400, /invalid_scope/],
    ['token:503', 503, /on purpose/],
  ]
  const seen = []
  for (const [mode] of shapes) {
    platform.setModes([`${mode}*1`])
    const answer = await tool.askToken()
    seen.push([answer.status, await answer.text(), (await tool.askToken()).status])
  }
  platform.setModes(['token:slow=120'])
  const begun = performance.now()
  const late = await tool.askToken()
  platform.setModes(['token:hang'])
  const silence = fetch(`${platform.url}/lti/token`, { method: 'POST', signal: AbortSignal.timeout(200) })

  await t.rejects(silence, { name: 'TimeoutError' })
  platform.setModes([])
  t.equal(late.status, 200)
  t.ok(performance.now() - begun >= 120)
  t.match(
    seen,
    shapes.map(([, status, text]) => [status, text, 200]),
  )
})

t.test('on Moodle a token comes as text/html, and a clock that is ahead is refused', async (t) => {
  platform.setModes(['moodle'])
  const answer = await tool.askToken()
  const ahead = await tool.askToken({
    client_assertion: await tool.assertion({ iat: now + 40, exp: now + 90 }),
  })
  platform.setModes([])
  const tolerated = await tool.askToken({
    client_assertion: await tool.assertion({ iat: now + 40, exp: now + 90 }),
  })

  t.match(answer.headers.get('content-type'), 'text/html')
  t.ok(((await answer.json()) as { access_token?: string }).access_token)
  t.match(await ahead.json(), { error_description: 'iat is in the future' })
  t.equal(tolerated.status, 200)
})
