// @lane embedded: what it writes is tested in the rooms below on both engines.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { projectRoot } from '../../foundation/root.ts'
import { asInstant } from '../../foundation/time.ts'
import { toolKeys } from '../../lti-tool/lti-services/keys.ts'
import { refuseDebugOutput, withLtijs } from '../../lti-tool/lti-services/ltijs.ts'
import {
  activatePlatform,
  approveDeployment,
  deactivatePlatform,
} from '../../lti-tool/lti-services/platform-state.ts'
import {
  addPlatform,
  listPlatforms,
  type PlatformInput,
  removePlatform,
} from '../../lti-tool/lti-services/registry.ts'
import { LtijsStore } from '../../lti-tool/lti-services/store.ts'
import { freshGround } from '../support/ground.ts'

const run = promisify(execFile)
const ground = await freshGround(t)
const secret = ground.config.toolKeySecret
const store = new LtijsStore(ground.db, secret, ground.now)

function aPlatform(changes: Partial<PlatformInput> = {}): PlatformInput {
  return {
    name: '区教师学习平台',
    issuer: 'https://lms.example',
    clientId: 'client-1',
    deploymentId: '1',
    authUrl: 'https://lms.example/auth',
    tokenUrl: 'https://lms.example/token',
    jwksUrl: 'https://lms.example/jwks',
    active: true,
    ...changes,
  }
}

/** A ground whose clock stands a while after the real one. */
function later(of: Ground, seconds: number): Ground {
  return { ...of, now: () => asInstant(of.now() + seconds * 1_000_000) }
}

t.test('A23: two registrations on one issuer have a key each, and the key set shows both', async (t) => {
  const first = await addPlatform(ground, aPlatform(), 'os:tester')
  const second = await addPlatform(
    ground,
    aPlatform({ clientId: 'client-2', deploymentId: '2' }),
    'os:tester',
  )

  t.not(first.platform_id, second.platform_id)
  t.equal(first.login_url, `${ground.config.publicUrl}/lti/login`)
  t.equal(first.launch_url, `${ground.config.publicUrl}/lti/launch`)
  t.equal(first.jwks_url, `${ground.config.publicUrl}/lti/jwks`)
  const { keys } = await toolKeys(ground)()
  t.equal(new Set(keys.map(({ kid }) => kid)).size, 2)
  t.strictSame([...new Set(keys.flatMap((key) => Object.keys(key)))].sort(), [
    'alg',
    'e',
    'kid',
    'kty',
    'n',
    'use',
  ])
})

t.test('a pair of issuer and client_id that is registered is refused, and stays as it was', async (t) => {
  await t.rejects(addPlatform(ground, aPlatform({ name: 'another' }), 'os:tester'), {
    code: 'platform-exists',
  })

  const listed = await listPlatforms(ground)
  t.strictSame(
    listed.map(({ name, clientId, active }) => ({ name, clientId, active })),
    [
      { name: '区教师学习平台', clientId: 'client-1', active: true },
      { name: '区教师学习平台', clientId: 'client-2', active: true },
    ],
  )
})

t.test('a platform with an address that is no address is refused', async (t) => {
  await t.rejects(
    addPlatform(ground, aPlatform({ clientId: 'client-3', jwksUrl: 'javascript:alert(1)' }), 'os:tester'),
    {
      code: 'platform-invalid',
    },
  )
})

t.test('ltijs takes a registration without a status row for inactive', async (t) => {
  const { platform_id } = await addPlatform(
    ground,
    aPlatform({ clientId: 'client-idle', active: false }),
    'os:tester',
  )

  t.equal(await activeForLtijs(), false)
  t.equal((await infoOf(platform_id))?.active, false)
  await activatePlatform(ground, platform_id, 'os:tester')
  t.equal(await activeForLtijs(), true)
  await deactivatePlatform(ground, platform_id, 'os:tester')
  t.equal(await activeForLtijs(), false)

  function activeForLtijs() {
    return withLtijs(store, async (lti) => {
      const platform = await lti.getPlatform('https://lms.example', 'client-idle')
      return platform ? platform.platformActive() : 'no platform'
    })
  }
})

t.test('a removed platform leaves neither keys nor deployments', async (t) => {
  const { platform_id } = await addPlatform(ground, aPlatform({ clientId: 'client-gone' }), 'os:tester')

  await removePlatform(ground, platform_id, 'os:tester')

  t.equal(await infoOf(platform_id), undefined)
  t.equal((await ground.db('ltijs_privatekey').where({ client_id: 'client-gone' })).length, 0)
  await t.rejects(activatePlatform(ground, platform_id, 'os:tester'), { code: 'platform-unknown' })
})

t.test('only a deployment that was seen can be approved', async (t) => {
  const [platform] = await listPlatforms(ground)

  await t.rejects(approveDeployment(ground, platform?.platformId ?? '', 'never-seen', 'os:tester'), {
    code: 'deployment-unknown',
  })
})

t.test(
  'private keys lie sealed, and a sealed key opens only in its own row and with its own secret',
  async (t) => {
    const rows: { kid: string; iv: Buffer; data: Buffer }[] = await ground.db('ltijs_privatekey').limit(2)
    const [one, two] = rows as [(typeof rows)[0], (typeof rows)[0]]
    t.notMatch(one.data.toString('latin1'), /PRIVATE KEY/)
    t.match((await store.Get(secret, 'privatekey', { kid: one.kid })) || [], [
      { kid: one.kid, key: /BEGIN RSA PRIVATE KEY/ },
    ])

    await t.rejects(
      new LtijsStore(ground.db, `${secret}x`, ground.now).Get('k', 'privatekey', { kid: one.kid }),
    )
    await ground.db('ltijs_privatekey').where({ kid: one.kid }).update({ iv: two.iv, data: two.data })
    await t.rejects(store.Get(secret, 'privatekey', { kid: one.kid }))
    await ground.db('ltijs_privatekey').where({ kid: one.kid }).update({ iv: one.iv, data: one.data })
  },
)

for (const collection of ['idtoken', 'contexttoken', 'nonce', 'state']) {
  t.test(`R39: the store throws for ${collection}, which belongs to a launch of ltijs`, async (t) => {
    await t.rejects(store.Get(false, collection, {}), /no launch may enter/)
    await t.rejects(store.Insert(false, collection, { nonce: 'n' }), /no launch may enter/)
    await t.rejects(store.Replace(false, collection, { nonce: 'n' }, {}), /no launch may enter/)
    await t.rejects(store.Modify(false, collection, { nonce: 'n' }, {}), /no launch may enter/)
    await t.rejects(store.Delete(collection, { nonce: 'n' }), /no launch may enter/)
  })
}

t.test('only known fields and scalars reach a query', async (t) => {
  await t.rejects(store.Get(false, 'platform', { platformUrl: { or: 1 } }), TypeError)
  await t.rejects(store.Get(false, 'platform', { platformUrl: ['a', 'b'] }), TypeError)
  await t.rejects(store.Get(false, 'platform', { 'client_id = client_id OR 1': 1 }), TypeError)
  await t.rejects(store.Delete('platform', { platformUrl: undefined }), TypeError)
})

t.test('the plugin keeps to the contract that ltijs relies on', async (t) => {
  await testContract(t)
})

async function testContract(t: Test): Promise<void> {
  t.equal(await store.Get(false, 'platform', { kid: 'no such kid' }), false, 'nothing found is false')
  const index = { platformUrl: 'https://lms.example', clientId: 'c', scopes: 'score' }

  await store.Replace(secret, 'accesstoken', index, { token: { access_token: 'a', expires_in: 3600 } }, index)
  await store.Replace(secret, 'accesstoken', index, { token: { access_token: 'b', expires_in: 3600 } }, index)
  const [token] = (await store.Get(secret, 'accesstoken', index)) || []
  t.match(token, { token: { access_token: 'b', expires_in: 3600 } }, 'replaced, not added')
  t.ok(Math.abs(Number(token?.createdAt) - Date.now()) < 60_000, 'createdAt is in milliseconds')

  await store.Modify(secret, 'accesstoken', index, { note: 'kept beside' })
  t.match(await store.Get(secret, 'accesstoken', index), [
    { token: { access_token: 'b' }, note: 'kept beside' },
  ])

  const nearEnd = new LtijsStore(ground.db, secret, later(ground, 3541).now)
  t.equal(await nearEnd.Get(secret, 'accesstoken', index), false, 'hidden a minute before its end')

  await store.Delete('accesstoken', {})
  t.equal((await ground.db('ltijs_accesstoken')).length, 1, 'an empty query deletes nothing')
  await store.Delete('accesstoken', index)
  t.equal((await ground.db('ltijs_accesstoken')).length, 0)
}

t.test('the platform’s endpoints survive the trip, with the key address parsed once', async (t) => {
  const found = await store.Get(false, 'platform', {
    platformUrl: 'https://lms.example',
    clientId: 'client-1',
  })

  t.match(found, [
    {
      authEndpoint: 'https://lms.example/auth',
      accesstokenEndpoint: 'https://lms.example/token',
      authConfig: { method: 'JWK_SET', key: 'https://lms.example/jwks' },
    },
  ])
})

t.test('R39: loading ltijs adds no SIGINT listener and listens on no port', async (t) => {
  // In a process of its own, and as a difference: what the test runner loads there listens for SIGINT itself.
  const program = `
    const before = process.listenerCount('SIGINT')
    const { withLtijs } = await import('./lti-tool/lti-services/ltijs.ts')
    const active = await withLtijs({ Get: async () => false }, (lti) => lti.getPlatform('https://none.example', 'c'))
    const listening = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))
    process.stdout.write(JSON.stringify({ active, sigint: process.listenerCount('SIGINT') - before, listening }))
  `
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: projectRoot,
  })

  t.strictSame(JSON.parse(stdout), { active: false, sigint: 0, listening: [] })
})

t.test('in production DEBUG may not make ltijs print tokens', async (t) => {
  for (const debug of ['*', 'prov*', 'provider:*', 'knex:*,provider:auth', 'provider:main']) {
    t.throws(() => refuseDebugOutput(true, debug), { code: 'config-invalid' })
  }
  for (const debug of ['', 'knex:*', 'knex:*,-provider:*'])
    t.doesNotThrow(() => refuseDebugOutput(true, debug))
  t.doesNotThrow(() => refuseDebugOutput(false, '*'))
})

async function infoOf(platformId: string) {
  return (await listPlatforms(ground)).find((platform) => platform.platformId === platformId)
}
