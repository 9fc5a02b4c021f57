// @lane server: what it starts is the whole house; the other journeys go over the embedded engine.
import type { Browser, FrameLocator, Page } from 'playwright-core'
import t from 'tap'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { startBrowser } from '../support/browser.ts'
import { applicationUrl, freshDatabaseUrl, onServer } from '../support/database.ts'
import { type House, houseOn, until, untilAnswers } from '../support/house.ts'

t.setTimeout(600_000)

const browser: Browser = await startBrowser()
t.teardown(() => browser.close())

/** What 课堂里的倾听 is worth. Each journey is another teacher's: a course counts once. */
const worth = 1

async function countedOf(house: House, teacherNo: string): Promise<number> {
  return Number((await house.must('transcript', '--teacher', teacherNo)).counted)
}

// One installation for both journeys: seeding the district takes longer than either.
const { url } = await freshDatabaseUrl(t)
const trial = await houseOn(t, url)

/** Waits until nothing moves any more without a person. */
async function settled(house: House): Promise<void> {
  await until('settled', async () => (await house.run('queue', 'status')).json.settled === true, 120)
}

/** What the tool answers a platform that registers with a word which that platform itself never gave. */
async function registrationAnswer(house: House, platformUrl: string): Promise<string> {
  const { host } = new URL(platformUrl)
  const { registration_url } = await house.must('platform', 'invite', '--host', host)
  const answer = await fetch(registration_url, {
    method: 'POST',
    headers: { origin: house.toolUrl, 'accept-language': 'en' },
    body: new URLSearchParams({
      openid_configuration: new URL('/.well-known/openid-configuration', platformUrl).href,
      registration_token: 'none',
    }),
  })
  return answer.text()
}

/** As a person does it: choose the teacher, open the course inside the platform's page. */
async function openCourse(page: Page, platformUrl: string, teacherNo: string): Promise<FrameLocator> {
  await page.goto(platformUrl)
  await page
    .locator(`form:has(input[value="${teacherNo}"])`)
    .getByRole('button', { name: '以此身份进入' })
    .click()
  await page.getByRole('link', { name: '打开课程' }).first().click()
  await page.getByRole('button', { name: '在本页打开' }).click()
  const frame = page.frameLocator('iframe')
  await frame.getByRole('heading', { name: '课堂里的倾听' }).waitFor()
  return frame
}

/** Reads, answers and evaluates. */
async function study(frame: FrameLocator): Promise<void> {
  const begin = frame.getByRole('link', { name: '开始学习' })
  const read = frame.locator('button:has-text("我已读完")')
  await begin.click()
  // On a busy machine the page may still be arriving when it is clicked; a person clicks again.
  await read.waitFor({ timeout: 10_000 }).catch(async () => {
    if (await begin.isVisible()) await begin.click()
    await read.waitFor()
  })
  await frame.locator('text=读到文末后可以确认').waitFor()
  await read.scrollIntoViewIfNeeded()
  await frame.locator('button:has-text("我已读完"):enabled').click()
  await frame.getByRole('link', { name: /下一项/ }).click()
  await frame.getByLabel('给所有学生思考的时间').check()
  await frame.getByLabel(/^(错误|错|不正确|否)$/).check()
  for (const name of ['先停', '再接', '后传']) await frame.getByLabel(name, { exact: true }).check()
  await frame.getByRole('button', { name: /提交|交卷/ }).click()
  await frame.getByRole('link', { name: /下一项/ }).click()
  await frame.getByLabel(/意见和建议/).waitFor()
  for (const group of await frame.locator('fieldset').all())
    await group.locator('input[type=radio]').last().check()
  await frame.getByRole('button', { name: /提交/ }).click()
  await frame.locator('text=全部任务已完成').waitFor()
}

/** Whether the transcript page, as it stands and without any reload, says that so many hours count. */
async function showsHours(frame: FrameLocator, hours: number): Promise<boolean> {
  const text = await frame.locator('#transcript').innerText()
  return new RegExp(`已认定\\s+${String(hours).replace('.', '\\.')}\\s+/`).test(text)
}

t.test(
  'npm start: a teacher finishes a course inside a frame of another site and sees the hours',
  async (t) => {
    const teacherNo = 'SL000001'
    const started = trial.start('start')
    const platformUrl = `http://127.0.0.1:${trial.port + 1}/`
    await until('the address is printed', async () => started.output().includes(platformUrl), 120)
    t.match(
      await registrationAnswer(trial, platformUrl),
      /answered 401/,
      'the tool asked the platform beside it',
    )
    await settled(trial)
    const before = await countedOf(trial, teacherNo)
    const context = await browser.newContext({ viewport: { width: 1200, height: 850 }, locale: 'zh-CN' })
    t.teardown(() => context.close())
    const page = await context.newPage()

    const frame = await openCourse(page, platformUrl, teacherNo)
    await study(frame)
    await frame.getByRole('link', { name: '我的学时' }).first().click()

    await until('the hours are shown', () => showsHours(frame, before + worth), 30)
    t.equal(await countedOf(trial, teacherNo), before + worth)
    t.match(await frame.locator('#transcript').innerText(), /五年累计不少于360学时/, 'the clause is quoted')
    t.match(await frame.locator('#transcript').innerText(), /未规定/, 'what the policy does not say is said')
    t.notMatch(await frame.locator('body').innerText(), /\{\w+\}/, 'no text has a gap')
    const width = await frame
      .locator('body')
      .evaluate(() => [document.scrollingElement?.scrollWidth ?? 0, window.innerWidth])
    t.ok((width[0] ?? 0) <= (width[1] ?? 0), 'nothing overflows')
    t.equal((await trial.must('ledger', 'verify')).ok, true)
    await started.kill('SIGTERM')
    t.equal(await started.ended, 0, 'it stops in order')
  },
)

t.test(
  'with the bridge stopped a course can be finished; its hours come when it is back, once',
  async (t) => {
    const teacherNo = 'SL000002'
    // With the application's rights alone, where the engine has users; the tool on one port, the bridge on another, two workers: as an installation of several processes stands.
    const bridgePort = trial.port + 2
    const addresses = {
      PORT: String(trial.port),
      BRIDGE_URL: `http://127.0.0.1:${bridgePort}`,
      DEMO_PLATFORM_URL: `http://127.0.0.1:${trial.port + 1}`,
    }
    const asApplication = onServer ? await applicationUrl(t, url) : url
    if (onServer) await trial.must('migrate', '--grants', '--apply')
    const house = await houseOn(t, asApplication, addresses)
    const bridgeHouse = await houseOn(t, asApplication, {
      ...addresses,
      PORT: String(bridgePort),
      PUBLIC_URL: `http://localhost:${trial.port}`,
    })
    const tool = house.start('serve', '--door', 'tool')
    await untilAnswers(`http://127.0.0.1:${trial.port}/healthz`, tool)
    const workers = [house.start('work'), house.start('work')]
    const platform = await startDemoPlatform({
      port: trial.port + 1,
      toolUrl: `http://localhost:${trial.port}`,
    })
    t.teardown(() => platform.close())
    const before = await countedOf(house, teacherNo)
    const context = await browser.newContext({ viewport: { width: 390, height: 800 }, locale: 'zh-CN' })
    t.teardown(() => context.close())
    const page = await context.newPage()

    const frame = await openCourse(page, platform.url, teacherNo)
    await study(frame)
    await frame.getByRole('link', { name: '完成回执' }).first().click()
    await frame.locator('text=已完成').first().waitFor()
    t.equal(await countedOf(house, teacherNo), before, 'no hours without the bridge')

    const bridge = bridgeHouse.start('serve', '--door', 'bridge')
    await untilAnswers(`http://127.0.0.1:${bridgePort}/healthz`, bridge)
    await until(
      'the hours are posted',
      async () => (await countedOf(house, teacherNo)) === before + worth,
      120,
    )
    await frame.getByRole('link', { name: '我的学时' }).first().click()
    await until('the hours are shown', () => showsHours(frame, before + worth), 30)

    await settled(house)
    t.equal(await countedOf(house, teacherNo), before + worth, 'and once')
    t.strictSame((await house.must('ledger', 'verify')).findings, [])
    for (const process of [tool, bridge, ...workers]) {
      await process.kill('SIGTERM')
      t.equal(await process.ended, 0)
    }
  },
)
