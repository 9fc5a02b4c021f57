import t from 'tap'
import { readConfig, requireSecureAddress } from '../../foundation/config.ts'
import { createServer } from '../../foundation/http/server.ts'
import { createLog } from '../../foundation/log.ts'
import { testSecrets } from '../support/ground.ts'

t.test('a variable that cannot be used is named with what is allowed', async (t) => {
  t.throws(() => readConfig({ PORT: 'no' }, testSecrets), /PORT/)
  t.throws(
    () => readConfig({ DATABASE_URL: 'postgres://x' }, testSecrets),
    /DATABASE_URL: mysql:\/\/.*sqlite:path/,
  )
  t.throws(() => readConfig({ XAPI_IRI_BASE: 'https://x/xapi' }, testSecrets), /XAPI_IRI_BASE.*ends with/)
  t.throws(() => readConfig({ LOG_LEVEL: 'loud' }, testSecrets), /LOG_LEVEL/)
  t.throws(
    () => readConfig({ PUBLIC_URL: 'https://x.example/path' }, testSecrets),
    /PUBLIC_URL.*without a path/,
  )
})

t.test('secrets are needed, long enough, different, and may come from files', async (t) => {
  t.throws(() => readConfig({}), /SESSION_SECRET \(or SESSION_SECRET_FILE\)/)
  t.throws(() => readConfig({ ...testSecrets, TOKEN_SECRET: 'short' }), /TOKEN_SECRET: at least 32/)
  t.throws(() => readConfig({ ...testSecrets, TOKEN_SECRET: testSecrets.SESSION_SECRET }), /differ/)
  t.throws(
    () => readConfig({ SESSION_SECRET_FILE: '/nowhere/at/all' }, testSecrets),
    /SESSION_SECRET_FILE.*ENOENT/,
  )
})

t.test('plain http is for one machine, or where it was allowed', async (t) => {
  const config = (env: NodeJS.ProcessEnv) => readConfig(env, testSecrets)
  t.doesNotThrow(() => requireSecureAddress(config({})))
  t.doesNotThrow(() => requireSecureAddress(config({ PUBLIC_URL: 'https://xueshi.example' })))
  t.throws(
    () => requireSecureAddress(config({ PUBLIC_URL: 'http://xueshi.example' })),
    /https, or set ALLOW_HTTP/,
  )
  t.doesNotThrow(() => requireSecureAddress(config({ PUBLIC_URL: 'http://xueshi.example', ALLOW_HTTP: '1' })))
})

t.test('addresses that were not set follow from HOST and PORT', async (t) => {
  const config = readConfig({ PORT: '4100' }, testSecrets)
  t.equal(config.publicUrl, 'http://localhost:4100')
  t.equal(config.demoPlatformUrl, 'http://127.0.0.1:4101')
  t.equal(config.contentUrl, 'http://localhost:4102')
  t.equal(config.bridgeUrl, 'http://127.0.0.1:4100/xapi')
})

for (const [proxies, seen] of [
  [undefined, '127.0.0.1'],
  ['0', '127.0.0.1'],
  ['1', '10.0.0.2'],
  ['on', '10.0.0.2'],
  ['2', '203.0.113.9'],
] as const) {
  t.test(`with TRUST_PROXY ${proxies}, nobody is counted under an address she made up`, async (t) => {
    const config = readConfig(proxies === undefined ? {} : { TRUST_PROXY: proxies }, testSecrets)
    const app = createServer({ config, log: createLog('silent') })
    app.get('/', async (request) => request.ip)

    const answer = await app.inject({
      url: '/',
      headers: { 'x-forwarded-for': '1.2.3.4, 203.0.113.9, 10.0.0.2' },
    })

    t.equal(answer.body, seen)
  })
}

t.test('a number of proxies that cannot be is named', async (t) => {
  t.throws(() => readConfig({ TRUST_PROXY: '9' }, testSecrets), /TRUST_PROXY: how many proxies/)
})

t.test('a request that never ends is not waited for', async (t) => {
  const app = createServer({ config: readConfig({}, testSecrets), log: createLog('silent') })
  await app.ready()

  t.ok(app.server.requestTimeout > 0 && app.server.requestTimeout <= 300_000)
})
