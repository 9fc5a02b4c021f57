// @lane embedded: what is seen here is the same over any engine; the spine goes over both.
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { projectRoot } from '../../foundation/root.ts'
import { importCourse } from '../../lti-tool/coursework/import.ts'
import {
  anOffering,
  courseWorld,
  courseYaml,
  keepOffering,
  statementsOf,
  writeCourse,
} from '../lti-tool/coursework-world.ts'
import { startBrowser } from '../support/browser.ts'
import { freshGround } from '../support/ground.ts'

t.setTimeout(600_000)

const browser = await startBrowser(['--autoplay-policy=no-user-gesture-required'])
t.teardown(() => browser.close())

const world = await courseWorld(t, await freshGround(t), 'real')
const clip = await readFile(join(projectRoot, 'demo/courses/kc-2026-002/guan-cha.mp4'))
const yaml = courseYaml
  .replace('code: kc-2026-001', 'code: journey')
  .replace('first_lesson: true', 'first_lesson: false')
  .replace('seconds: 20', 'seconds: 75')
await importCourse(world.ground, await writeCourse(t, { 'course.yaml': yaml, 'u2.mp4': clip }), 'test')
const [aClass] = anOffering().classes
const offering = anOffering({
  code: 'KC-JOURNEY',
  packageCode: 'journey',
  classes: [
    {
      trainingClassId: aClass?.trainingClassId ?? '',
      code: 'j',
      from: '2020-01-01',
      to: '2099-12-31',
      sessions: [],
    },
  ],
})
await keepOffering(world.ground, offering)
await world.app.listen({ port: 0, host: '127.0.0.1' })
const origin = `http://localhost:${(world.app.server.address() as AddressInfo).port}`

interface Opened {
  context: BrowserContext
  page: Page
  base: string
  said: () => Promise<string[]>
}

/** The course in a browser, with the session cookie of its launch. */
async function open(t: Test, how: { width?: number; colorScheme?: 'light' | 'dark' } = {}): Promise<Opened> {
  const visit = await world.enter({ offering })
  const context = await browser.newContext({
    viewport: { width: how.width ?? 1000, height: 800 },
    colorScheme: how.colorScheme ?? 'light',
    locale: 'zh-CN',
  })
  t.teardown(() => context.close())
  const { name, value } = visit.cookie()
  // As over https: only there may a cookie with this prefix be put by hand.
  await context.addCookies([
    { name, value, url: 'https://localhost/', secure: true, httpOnly: true, sameSite: 'None' },
  ])
  const page = await context.newPage()
  const verbs = async () =>
    (await statementsOf(world, visit)).map(
      ({ verb, object }) => `${verb.id.split('/').at(-1)} ${object.id.split('/').at(-1)}`,
    )
  return { context, page, base: `${origin}/app/${visit.launchId}/`, said: verbs }
}

t.test(
  'what is played while the network is away is kept, shown as kept, and counted when it is back',
  async (t) => {
    const { context, page, base } = await open(t)
    await page.goto(`${base}units/u2`)
    const covered = () =>
      page
        .locator('#watched rect')
        .evaluateAll((parts) => parts.reduce((sum, part) => sum + Number(part.getAttribute('width')), 0))

    await page.locator('video').evaluate((video: HTMLVideoElement) => {
      video.muted = true
      return video.play()
    })
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 2)
    await context.setOffline(true)
    await page.locator('#unsent:visible').waitFor({ timeout: 20_000 })
    const hint = await page.locator('#unsent').textContent()
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 9)
    await page.locator('video').evaluate((video: HTMLVideoElement) => video.pause())
    const played = await covered()
    await context.setOffline(false)
    await page.locator('#unsent').waitFor({ state: 'hidden', timeout: 20_000 })
    await page.reload()

    t.match(hint, '未连接，已暂存')
    t.ok(Math.abs((await covered()) - played) < 20, `${await covered()} of ${played} thousandths`)
  },
)

t.test('a video can neither be hurried beyond its limit nor skipped', async (t) => {
  const { page, base } = await open(t)
  await page.goto(`${base}units/u2`)
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 1)

  const after = await page.locator('video').evaluate(async (video: HTMLVideoElement) => {
    video.muted = true
    video.playbackRate = 4
    await video.play()
    video.currentTime = 60
    await new Promise((resolve) => setTimeout(resolve, 1500))
    return { rate: video.playbackRate, at: video.currentTime }
  })

  t.equal(after.rate, 1.5)
  t.ok(after.at < 10, String(after.at))
})

t.test('a text handed in without network survives the closing of the page', async (t) => {
  const { context, page, base, said } = await open(t)
  await page.goto(`${base}units/u4`)
  await page.locator('textarea').fill('这一次研修让我重新认识了课堂观察的意义。')
  await page.locator('#draft-state:has-text("草稿已保存")').waitFor()

  await context.setOffline(true)
  await page.getByRole('button', { name: '提交' }).click()
  await page.locator('#unsent:visible').waitFor()
  await page.close()
  await context.setOffline(false)
  const later = await context.newPage()
  await later.goto(base)

  await later.locator('li.done:has-text("研修心得")').waitFor({ timeout: 20_000 })
  t.equal((await said()).filter((each) => each === 'progressed u4').length, 1)
})

t.test('one kept act that the server will never take does not take the others with it', async (t) => {
  const { page, base, said } = await open(t)
  await page.goto(base)
  await page.evaluate(() => {
    const good = { id: crypto.randomUUID(), unit: 'u1', kind: 'read', ms: 0 }
    const kept = [{ ...good, id: 'no id' }, good, { ...good, id: 'none either' }]
    localStorage.setItem(`xueshi.unsent.${document.body.dataset.enrolment}`, JSON.stringify(kept))
  })

  await page.reload()

  await page.locator('li.done:has-text("第一课")').waitFor({ timeout: 10_000 })
  t.equal((await said()).filter((each) => each === 'progressed u1').length, 1)
})

for (const [width, colorScheme] of [
  [360, 'light'],
  [360, 'dark'],
  [1200, 'light'],
] as const) {
  t.test(
    `no page is wider than a screen of ${width}, ${colorScheme}, and none breaks its own policy`,
    async (t) => {
      const { page, base } = await open(t, { width, colorScheme })
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(error.message))

      const widths: Record<string, number> = {}
      for (const path of [
        '',
        'units/u1',
        'units/u2',
        'units/u3',
        'units/u4',
        'units/u5',
        'receipt',
        'transcript',
      ]) {
        await page.goto(base + path)
        widths[path] = await page.evaluate(() => document.documentElement.scrollWidth)
      }

      t.ok(
        Object.values(widths).every((each) => each <= width),
        JSON.stringify(widths),
      )
      t.same(complaints, [])
    },
  )
}
