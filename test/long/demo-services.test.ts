// @lane embedded: what is seen here is the same over any engine; the spine goes over both.
import type { FrameLocator, Page } from 'playwright-core'
import t from 'tap'
import { startBrowser } from '../support/browser.ts'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn, until } from '../support/house.ts'

t.setTimeout(300_000)

const { url } = await freshDatabaseUrl(t)
const house = await houseOn(t, url)
const started = house.start('start')
const platformUrl = `http://127.0.0.1:${house.port + 1}`
await until('the address is printed', async () => started.output().includes(`${platformUrl}/`), 120)
const browser = await startBrowser()
t.teardown(async () => {
  await browser.close()
  await started.kill('SIGTERM')
})

t.test('a leader adds an offering to a course, and a teacher opens it there', async (t) => {
  const leader = await signedIn('leader-1')
  await leader.goto(`${platformUrl}/courses/qing-ting/add-content`)
  const picker = toolIn(leader)
  await picker.getByText('课堂观察与改进').first().click()
  await picker.getByRole('button', { name: '下一步' }).click()
  await picker.getByRole('button', { name: '加入平台课程' }).click()
  await picker.getByRole('heading', { name: '内容已添加' }).waitFor()
  const added = await picker.locator('body').innerText()
  await picker.getByRole('link', { name: '返回课程' }).click()
  await leader.waitForURL(`${platformUrl}/courses/qing-ting`)

  const teacher = await signedIn('SL000001')
  await teacher.goto(`${platformUrl}/courses/qing-ting`)
  await teacher.getByRole('link', { name: '打开内容' }).click()
  await toolIn(teacher).getByRole('heading', { name: '课堂观察与改进' }).waitFor()
  await leader.goto(`${platformUrl}/courses/qing-ting/gradebook`)

  t.match(added, /课堂观察与改进（带成绩栏）/)
  t.strictSame(await leader.locator('section h3').allTextContents(), [
    '课堂里的倾听（一分钟可学完）',
    '课堂观察与改进',
  ])
})

t.test('the tool registers itself by an invitation; once both sides let it in, it launches', async (t) => {
  const { registration_url } = await house.must('platform', 'invite', '--host', new URL(platformUrl).host)
  const administrator = await signedIn('district-1')
  await administrator.goto(`${platformUrl}/registration`)
  await administrator.getByLabel('工具的注册地址').fill(registration_url)
  await administrator.getByRole('button', { name: '开始注册' }).click()
  await toolIn(administrator).getByRole('button').first().click()
  await administrator.waitForURL(`${platformUrl}/registration`)
  const pending = administrator.locator('.card', { hasText: '待启用' })
  const card = await pending.innerText()
  await pending.getByRole('button', { name: '启用' }).click()
  const { platforms } = await house.must('platform', 'list')
  const added = platforms.find((each: { state: string }) => each.state === 'inactive')
  await house.must('platform', 'activate', added.platform_id)

  const teacher = await signedIn('SL000002')
  await teacher.goto(`${platformUrl}/courses/qing-ting?open=frame&deployment=4`)

  await toolIn(teacher).getByRole('heading', { name: '课堂里的倾听' }).waitFor()
  t.match(card, added.client_id)
  t.equal(added.deployments[0].deployment_id, '4')
})

t.test('a leader sees from the gradebook what a learner has done', async (t) => {
  const teacher = await signedIn('SL000003')
  await teacher.goto(`${platformUrl}/courses/guan-cha?open=frame`)
  await toolIn(teacher).getByRole('heading', { name: '课堂观察与改进' }).waitFor()
  await toolIn(teacher).getByRole('link', { name: '开始学习' }).click()
  const leader = await signedIn('leader-1')
  await leader.goto(`${platformUrl}/courses/guan-cha/gradebook`)
  await leader.locator('tr', { hasText: '周䶮' }).getByRole('link', { name: '查看学习情况' }).click()
  const shown = toolIn(leader)
  await shown.getByRole('heading', { name: '完成情况' }).waitFor()
  const text = await shown.locator('main').innerText()

  t.match(text, '周䶮')
  t.match(text, '课堂观察与改进')
})

function toolIn(page: Page): FrameLocator {
  return page.frameLocator('iframe[name="tool"]')
}

async function signedIn(person: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 850 }, locale: 'zh-CN' })
  const page = await context.newPage()
  await page.goto(platformUrl)
  await page.locator(`form:has(input[value="${person}"]) button`).click()
  await page.waitForURL(`${platformUrl}/courses`)
  return page
}
