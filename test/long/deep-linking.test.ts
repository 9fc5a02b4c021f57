import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { pickerRoutes, pickFirst } from '../../lti-tool/deep-linking/routes.tsx'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { anOffering, keepOffering } from '../lti-tool/coursework-world.ts'
import { platformsWorld } from '../lti-tool/platforms-world.ts'
import { browserThatBlocks, fits, inOneProcess, startBrowser } from '../support/browser.ts'

t.setTimeout(120_000)
const world = await platformsWorld(t, { launchPages: [pingRoute, pickFirst, pickerRoutes] })
const { ground, platform } = world
const titles = ['师德与法治', '用数据读懂一节课', '课堂里的倾听']
for (const [index, title] of titles.entries()) {
  const category = index === 1 ? '信息技术' : '师德与素养'
  const classes = [
    { trainingClassId: newId(), code: '1', from: '2026-01-01', to: '2036-01-01', sessions: [] },
  ]
  await keepOffering(ground, anOffering({ code: `KC-2026-00${index + 1}`, title, category, classes }))
}
const browser = await startBrowser(inOneProcess)
t.teardown(() => browser.close())

/** A course leader on the stand-in platform who is about to add content. */
async function adding(
  viewport: { width: number; height: number },
  words = '',
  context?: BrowserContext,
): Promise<Page> {
  const page = await (context ?? (await browser.newContext({ viewport }))).newPage()
  await page.goto(platform.url)
  await page.locator('form:has(input[value="leader-1"]) button').click()
  await page.goto(`${platform.url}/courses/kc/add-content${words}`)
  return page
}

const frameOf = (page: Page) => page.frameLocator('iframe[name="tool"]')

t.test(
  'A19: on a phone and with keys alone, a leader adds two offerings from inside the frame',
  async (t) => {
    const page = await adding({ width: 360, height: 740 })
    const tool = frameOf(page)
    const before = platform.links('kc').length

    await tool.getByLabel('查找').fill('师德与法治')
    await tool.getByLabel('查找').press('Enter')
    await tool.getByText('用数据读懂一节课').waitFor({ state: 'detached' })
    await tool.getByRole('checkbox', { name: /师德与法治/ }).press('Space')
    await tool.getByLabel('查找').fill('数据')
    await tool.getByLabel('查找').press('Enter')
    await tool.getByText('已选 1 门').waitFor()
    await tool.getByRole('checkbox', { name: /用数据读懂一节课/ }).press('Space')
    await tool.getByRole('button', { name: '下一步：确认' }).first().press('Enter')
    await tool.getByRole('heading', { name: '确认加入的课程' }).waitFor()
    await tool.getByRole('button', { name: '加入平台课程' }).press('Enter')

    await untilLinks(before + 2)
    t.strictSame(
      platform
        .links('kc')
        .slice(-2)
        .map(({ title }) => title),
      ['师德与法治', '用数据读懂一节课'],
    )
  },
)

async function untilLinks(count: number): Promise<void> {
  for (let left = 100; left > 0 && platform.links('kc').length < count; left--)
    await new Promise((resolve) => setTimeout(resolve, 50))
}

t.test('the catalogue fits a phone, and every field has a name', async (t) => {
  const page = await adding({ width: 1200, height: 900 })
  const address = await page
    .locator('iframe[name="tool"]')
    .evaluate((frame) => (frame as HTMLIFrameElement).src)
  const alone = await (await page.context().newPage())
    .goto(address)
    .then((response) => response?.frame().page())
  if (!alone) throw new Error('the tool did not open')
  await alone.getByRole('heading', { name: '从课程目录选取' }).waitFor()
  await fits(t, alone, 'picker')
  await alone.getByRole('checkbox').first().check()
  await alone.getByRole('button', { name: '下一步：确认' }).first().click()
  await alone.getByRole('heading', { name: '确认加入的课程' }).waitFor()
  await fits(t, alone, 'picker-review')
})

t.test('A19: where the platform takes one, there is one to choose', async (t) => {
  const page = await adding({ width: 900, height: 740 }, '?mode=deep-link:single')
  const tool = frameOf(page)
  const before = platform.links('kc').length

  await tool.getByRole('radio', { name: /课堂里的倾听/ }).check()
  await tool.getByRole('button', { name: '下一步：确认' }).first().click()
  await tool.getByRole('button', { name: '加入平台课程' }).click()

  await untilLinks(before + 1)
  t.equal(platform.links('kc').at(-1)?.title, '课堂里的倾听')
})

t.test(
  'A36: where cookies are blocked, a leader chooses, and the answer still leaves the frame',
  async (t) => {
    const page = await adding({ width: 900, height: 740 }, '', await browserThatBlocks(t, platform.url))
    const tool = frameOf(page)
    const before = platform.links('kc').length

    await tool.locator('#memory-session').waitFor()
    await tool.getByRole('checkbox', { name: /师德与法治/ }).check()
    await tool.getByRole('button', { name: '下一步：确认' }).first().click()
    await tool.getByRole('button', { name: '加入平台课程' }).click()

    await untilLinks(before + 1)
    t.equal(platform.links('kc').at(-1)?.title, '师德与法治')
  },
)
