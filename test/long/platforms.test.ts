import type { FastifyPluginAsync } from 'fastify'
import t from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { addLogin, viewerOf } from '../../ledger/access/login.ts'
import { deskRoutes } from '../../lti-tool/desk/routes.tsx'
import { startLogin } from '../../lti-tool/launch/session.ts'
import { platformsWorld } from '../lti-tool/platforms-world.ts'
import { fits, inOneProcess, startBrowser } from '../support/browser.ts'

t.setTimeout(120_000)

/** Signs an account in without its password, which is slow on purpose. */
const signInHere: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get<{ Params: { login: string } }>('/test-sign-in/:login', async (request, reply) => {
    const viewer = await viewerOf(ground.db, request.params.login)
    if (viewer) startLogin(reply, ground, viewer)
    return 'in'
  })
}

const world = await platformsWorld(t, { otherPages: [deskRoutes, signInHere] })
const { ground, platform, platformId } = world
const { publicUrl } = ground.config
const chromium = await startBrowser(inOneProcess)
t.teardown(() => chromium.close())
const browser = await chromium.newContext({ locale: 'zh-CN' })

t.test(
  'an administrator invites a platform, which registers itself in its frame and is let in',
  async (t) => {
    const wish = { role: 'district_admin' as const, orgNo: null, teacherNo: null, actor: 'os:tester' }
    const { loginId } = await addLogin(ground, { login: 'chief', ...wish })
    const desk = await browser.newPage()
    await desk.goto(`${publicUrl}/test-sign-in/${loginId}`)
    await desk.goto(`${publicUrl}/desk/platforms`)
    await fits(t, desk, 'platforms')
    await desk.getByText('邀请平台登记').click()
    await desk.getByLabel('平台主机').fill(new URL(platform.url).host)
    await desk.getByRole('button', { name: '生成链接' }).click()
    const registrationUrl = (await desk.locator('.notice code').textContent()) ?? ''

    const { url } = platform.beginRegistration({ registrationUrl })
    const there = await browser.newPage()
    // The platform's own page around ours hears that it may close the frame.
    await there.goto(`${platform.url}/registration`)
    await there.setContent('<p>registering</p>')
    const closed = there.evaluate(
      (src) =>
        new Promise((resolve) => {
          window.addEventListener('message', ({ data }) => resolve(data.subject))
          const frame = document.createElement('iframe')
          frame.name = 'tool'
          frame.src = src
          document.body.append(frame)
        }),
      url,
    )
    await there.frameLocator('iframe[name="tool"]').getByRole('button', { name: '确认登记' }).click()
    t.equal(await closed, 'org.imsglobal.lti.close')

    await desk.goto(`${publicUrl}/desk/platforms`)
    await desk.getByRole('link', { name: /xueshi-demo-platform/ }).click()
    await fits(t, desk, 'platform')
    await desk.getByRole('button', { name: '启用' }).click()
    await desk.getByText('已启用。').waitFor()
  },
)

t.test('the test of a platform fits a phone', async (t) => {
  const page = await browser.newPage()
  await page.goto(`${publicUrl}/test-sign-in/chief`)
  await page.goto(`${publicUrl}/desk/platforms/${platformId}`)
  await page.getByRole('button', { name: '开始检查' }).click()
  await page.locator('#findings').waitFor()
  await fits(t, page, 'platform-tested')
})
