// @lane embedded: pages over what other files test on both engines.
import type { FastifyPluginAsync } from 'fastify'
import t from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { addLogin, viewerOf } from '../../ledger/access/login.ts'
import type { AccessRole } from '../../ledger/access/role.ts'
import { deskRoutes } from '../../lti-tool/desk/routes.tsx'
import { startLogin } from '../../lti-tool/launch/session.ts'
import { addPlatform, listPlatforms } from '../../lti-tool/lti-services/registry.ts'
import { personOf } from './desk-world.ts'
import { platformsWorld } from './platforms-world.ts'

t.setTimeout(180_000)

/** Signs an account in without its password, which is slow on purpose. */
const signInHere: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get<{ Params: { login: string } }>('/test-sign-in/:login', async (request, reply) => {
    const viewer = await viewerOf(ground.db, request.params.login)
    if (viewer) startLogin(reply, ground, viewer)
    return 'in'
  })
}

const world = await platformsWorld(t, { otherPages: [deskRoutes, signInHere] })
const { ground, app, platform, platformId } = world
const here = `/desk/platforms/${platformId}`

async function someone(role: AccessRole) {
  const wish = { login: `${role}-${Math.random()}`, role, orgNo: null, teacherNo: null, actor: 'os:tester' }
  return personOf(app, ground, await addLogin(ground, wish))
}

const admin = await someone('district_admin')
const platformNow = async () => (await listPlatforms(ground)).find((one) => one.platformId === platformId)

t.test('A23: the desk lists every client of an issuer with its state and deployments', async (t) => {
  const [, second] = platform.registrations
  const { deploymentIds, ...input } = second as (typeof platform.registrations)[0]
  await addPlatform(ground, { ...input, deploymentId: deploymentIds[0], active: false }, 'os:tester')

  const { statusCode, body } = await admin.get('/desk/platforms')

  t.equal(statusCode, 200)
  t.match(body, /xueshi-district/)
  t.match(body, /xueshi-second/)
  t.match(body, /同一 issuer 有 2 个 client_id/)
  t.match(body, /未启用/)
})

t.test('who may look at platforms, and who may change them', async (t) => {
  const inspector = await someone('inspector')
  const operator = await someone('operator')

  t.equal((await inspector.get(here)).statusCode, 200)
  t.notMatch((await inspector.get(here)).body, /<button type="submit" class="primary">开始检查/)
  for (const act of ['activate', 'deactivate', 'rotate', 'approve', 'withdraw', 'settings', 'test'])
    t.equal((await inspector.post(`${here}/${act}`, {})).statusCode, 403, act)
  t.equal((await inspector.post('/desk/platforms/invitations', { host: 'moodle.example' })).statusCode, 403)
  t.equal((await operator.post(`${here}/deactivate`, {})).statusCode, 303)
  t.equal((await platformNow())?.active, false)
  t.equal((await operator.post(`${here}/activate`, {})).statusCode, 303)
  t.equal((await platformNow())?.active, true)
})

t.test('R42: a change that comes from elsewhere is refused', async (t) => {
  const answer = await admin.post(`${here}/deactivate`, {}, { 'sec-fetch-site': 'cross-site' })

  t.equal(answer.statusCode, 403)
  t.equal((await platformNow())?.active, true)
})

t.test('R26: a deployment that a launch named waits here, and is approved and withdrawn', async (t) => {
  const modes = ['deployment:other=new-district']
  await t.rejects(world.launch({ modes }), /403/)
  t.match((await admin.get(here)).body, /new-district[\s\S]*待批准/)

  const approved = await admin.post(`${here}/approve`, { deployment_id: 'new-district' })
  t.equal(approved.headers.location, `${here}?told=approved`)
  await t.resolves(world.launch({ modes }))

  await admin.post(`${here}/withdraw`, { deployment_id: 'new-district' })
  await t.rejects(world.launch({ modes }), /403/)
})

t.test('the test button says what is right, what is wrong and what to do', async (t) => {
  await world.launch()
  const well = await admin.post(`${here}/test`, {})
  platform.setModes(['token:html'])
  t.teardown(() => platform.setModes([]))
  const ill = await admin.post(`${here}/test`, {})

  t.match(well.body, /时钟一致/)
  t.match(ill.body, /检查没有通过/)
  t.match(ill.body, /多半是平台取不到学时簿的公钥/)
})

t.test('name and origins are changed; what is no origin comes back with what was typed', async (t) => {
  const fields = {
    name: '区学习平台',
    frame_origins: 'https://a.example\r\nhttps://b.example',
    service_origins: platform.url,
  }
  t.equal((await admin.post(`${here}/settings`, fields)).statusCode, 303)
  const refused = await admin.post(`${here}/settings`, { ...fields, frame_origins: 'https://a.example/path' })

  t.match(await platformNow(), {
    name: '区学习平台',
    frameOrigins: ['https://a.example', 'https://b.example'],
  })
  t.equal(refused.statusCode, 422)
  t.match(refused.body, /a\.example\/path/)
})

t.test('A34: the key is changed from its page, once at a time', async (t) => {
  t.equal((await admin.post(`${here}/rotate`, {})).statusCode, 303)

  const page = await admin.get(here)

  t.match(page.body, /一天后启用/)
  t.notMatch(page.body, /开始轮换<\/button>/)
  t.equal((await admin.post(`${here}/rotate`, {})).statusCode, 409)
})

t.test('A33: an invitation shows its link once, to be used once', async (t) => {
  const made = await admin.post('/desk/platforms/invitations', {
    host: 'moodle.example',
    more_hosts: 'keys.moodle.example',
  })
  const link = /http:\/\/localhost:\d+(\/lti\/register\/[\w-]{43})/.exec(made.body)?.[1] ?? ''

  const query = new URLSearchParams({ openid_configuration: 'https://moodle.example/config' })
  t.equal((await app.inject(`${link}?${query}`)).statusCode, 200)
  t.notMatch((await admin.get('/desk/platforms')).body, /lti\/register/)
  t.equal((await admin.post('/desk/platforms/invitations', { host: 'a b' })).statusCode, 422)
})

t.test('the audit has words for all of it', async (t) => {
  const { body } = await admin.get('/desk/audit')

  t.match(body, /批准部署/)
  t.match(body, /轮换工具密钥/)
  t.match(body, /邀请平台登记/)
  t.match(body, /平台 [0-9a-f-]{36}/)
})

t.test('the pages are in English for who prefers it', async (t) => {
  const { cookie } = { cookie: (await app.inject({ url: `/test-sign-in/${admin.loginId}` })).cookies[0] }
  const headers = { cookie: `${cookie?.name}=${cookie?.value}`, 'accept-language': 'en' }

  t.match((await app.inject({ url: '/desk/platforms', headers })).body, /Invite a platform/)
  t.match((await app.inject({ url: here, headers })).body, /Test this platform/)
})

t.test('a platform that is not there has no page', async (t) => {
  t.equal((await admin.get('/desk/platforms/01890000-0000-7000-8000-000000000000')).statusCode, 404)
  t.equal((await admin.get('/desk/platforms/x')).statusCode, 404)
})
