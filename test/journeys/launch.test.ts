// @lane embedded: what is seen here is the same over any engine; the spine goes over both.
import type { BrowserContext, FrameLocator, Page, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import { createServer } from '../../foundation/http/server.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { browserThatBlocks, inOneProcess, startBrowser } from '../support/browser.ts'
import { FakePlatform, type NextLaunch } from '../support/fake-platform.ts'
import { freshGround } from '../support/ground.ts'
import { freePorts } from '../support/house.ts'
import { journeyPages } from '../support/journey-pages.tsx'

const port = await freePorts(1)
const toolUrl = `http://localhost:${port}`
const ground = await freshGround(t, { PORT: String(port), PUBLIC_URL: toolUrl })
const platform = await FakePlatform.start(t)
const stranger = await FakePlatform.start(t)
platform.withStranger(stranger)
await platform.registerWithoutKeys(ground)

const server = createServer(ground)
await server.register(toolWith({ launchPages: [pingRoute, journeyPages], otherPages: [] }), ground)
await server.listen({ port, host: '127.0.0.1' })
t.teardown(() => server.close())

const browser = await startBrowser(inOneProcess)
t.teardown(() => browser.close())

/** A browser like a teacher's: it keeps partitioned cookies of frames, and no others. */
async function aBrowser(t: Test): Promise<BrowserContext> {
  const context = await browser.newContext()
  t.teardown(() => context.close())
  return context
}

/** A browser whose owner blocks every cookie of the tool inside the platform's pages, partitioned or not. */
const strict = await browserThatBlocks(t, platform.url)

/** Opens the course, whose frame launches the tool. */
async function openCourse(context: BrowserContext, next: NextLaunch = {}): Promise<Page> {
  platform.next = next
  const page = await context.newPage()
  await page.goto(`${platform.url}/course?tool=${encodeURIComponent(toolUrl)}`)
  return page
}

function toolIn(page: Page): FrameLocator {
  return page.frameLocator('iframe[name=tool]')
}

async function shows(t: Test, page: Page, selector: string, text: string | RegExp): Promise<void> {
  const found = toolIn(page).locator(selector)
  await found.waitFor({ timeout: 10_000 })
  t.match(await found.textContent(), text)
}

t.test(
  'A36: in a cross-site frame reload, link, form and download work, and the code leaves the address',
  async (t) => {
    const page = await openCourse(await aBrowser(t), { claims: { name: '阿依古丽·艾尼' } })
    const tool = toolIn(page)

    await shows(t, page, '#who', '阿依古丽·艾尼 cookie')
    const frame = page.frame({ name: 'tool' })
    t.match(frame?.url(), /\/app\/[0-9a-f-]{36}\/$/)
    await frame?.evaluate(() => location.reload())
    await shows(t, page, '#who', '阿依古丽·艾尼 cookie')
    await tool.locator('#link').click()
    await shows(t, page, '#second', '阿依古丽·艾尼 cookie')
    await tool.locator('#send').click()
    await shows(t, page, '#posted', '写好了 cookie')
    const [download] = await Promise.all([page.waitForEvent('download'), tool.locator('#download').click()])
    t.equal(download.suggestedFilename(), 'record.txt')
    t.equal(await tool.locator('#memory-session').count(), 0)
  },
)

t.test('A36: two launches in two tabs of one browser stay each their own', async (t) => {
  const context = await aBrowser(t)
  const first = await openCourse(context, { claims: { sub: 'first', name: '张伟' } })
  await shows(t, first, '#who', '张伟')
  const second = await openCourse(context, { claims: { sub: 'second', name: '王芳' } })
  await shows(t, second, '#who', '王芳')

  for (const page of [first, second]) await toolIn(page).locator('#link').click()

  await shows(t, first, '#second', '张伟')
  await shows(t, second, '#second', '王芳')
})

t.test('A36: with cookies blocked the token stays in memory, and the page says so', async (t) => {
  const page = await openCourse(strict, { storage: 'parent', claims: { name: '王䶮' } })
  const tool = toolIn(page)

  await shows(t, page, '#who', '王䶮 bearer')
  await shows(t, page, '#memory-session', /刷新页面会结束/)
  await tool.locator('#link').click()
  await shows(t, page, '#second', '王䶮 bearer')
  await shows(t, page, '#memory-session', /刷新页面会结束/)
  await tool.locator('#send').click()
  await shows(t, page, '#posted', '写好了 bearer')
  const [download] = await Promise.all([page.waitForEvent('download'), tool.locator('#download').click()])
  t.equal(download.suggestedFilename(), 'record.txt')
  await tool
    .locator('#picture')
    .evaluate((image) => (image as unknown as { decode(): Promise<void> }).decode())

  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    tool.locator('#memory-session button').click(),
  ])
  await opened.locator('#who').waitFor()
  t.equal(
    await opened.locator('#who').textContent(),
    '王䶮 cookie',
    'in a window of its own the cookie is first-party',
  )

  await page.frame({ name: 'tool' })?.evaluate(() => location.reload())
  await shows(t, page, 'h1', '登录已过期')
})

for (const order of ['the first one first', 'the last one first']) {
  t.test(`A24: two logins at once in one browser, ${order}`, async (t) => {
    const context = await aBrowser(t)
    const held: Route[] = []
    await context.route('**/auth?**', async (route) => void held.push(route))
    const pages = [await openCourse(context), await openCourse(context)]
    while (held.length < 2) await pages[0]?.waitForTimeout(20)

    const released = order === 'the first one first' ? held : held.toReversed()
    await released[0]?.continue()
    await (order === 'the first one first' ? shows(t, pages[0] as Page, '#who', '陈静怡') : undefined)
    await released[1]?.continue()

    await shows(t, pages[0] as Page, '#who', '陈静怡')
    await shows(t, pages[1] as Page, '#who', '陈静怡')
  })
}

for (const [says, next] of [
  ['the parent', { storage: 'parent' }],
  ['a named frame', { storage: 'frame', storageTarget: 'storage' }],
  ['the parent in place of a named frame that is missing', { storage: 'parent', storageTarget: 'not-there' }],
] as [string, NextLaunch][]) {
  t.test(`A25: without cookies the binding is kept by ${says}`, async (t) => {
    const page = await openCourse(strict, next)

    await shows(t, page, '#who', '陈静怡 bearer')
  })
}

for (const storage of ['other-origin', 'wrong-id', 'wrong-value', 'error', 'mute'] as const) {
  t.test(`R19: without cookies a storage that answers by ${storage} lets nobody in`, async (t) => {
    const page = await openCourse(strict, { storage })

    const code = toolIn(page).locator('code').first()
    await code.waitFor({ timeout: 15_000 })
    t.equal(await code.textContent(), 'lti-browser-unbound')
  })
}

t.test(
  'A28: without cookies and without storage, the page offers a new window, whose link completes a launch',
  async (t) => {
    const page = await openCourse(strict, { storage: 'off' })
    const link = toolIn(page).locator('#new-window a')
    await link.waitFor()

    const [opened] = await Promise.all([page.context().waitForEvent('page'), link.click()])

    await opened.locator('#who').waitFor()
    t.equal(await opened.locator('#who').textContent(), '陈静怡 cookie')
  },
)
