// @lane embedded
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { createLog } from '../../foundation/log.ts'
import { systemClock } from '../../foundation/time.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { teacherIdsByNo } from '../../ledger/roster/people.ts'
import { aClaim, anOffering, hand } from '../ledger/books-world.ts'
import { fits, startBrowser } from '../support/browser.ts'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn, until } from '../support/house.ts'
import { completionOf, pushAll } from '../support/pusher.ts'
import { anIdentityNumber } from '../support/roster.ts'
import { layOutDistrict } from '../support/small-district.ts'

t.setTimeout(600_000)

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('an administrator signs in and works through a day', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-desk-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { url, db } = await freshDatabaseUrl(t)
  const house = await houseOn(t, url)
  const district = await layOutDistrict(house, folder, { teachers: 3, offerings: 1 })
  const { one_time_password: password } = await house.must(
    'admin',
    'add',
    '--login',
    'lin',
    '--role',
    'district_admin',
  )
  await house.serve()
  house.start('work')
  const [known = '', unknown = ''] = district.teachers
  const [offering = ''] = district.offerings
  const stranger = { ...completionOf(district, unknown, offering), id: newId() }
  stranger.actor.account.name = 'somebody-else'
  await pushAll(district, [[completionOf(district, known, offering), stranger]], {
    connections: 1,
    seconds: 60,
  })
  await claimToCheck()
  await until('everything is in the book', async () => {
    const { total } = await house.must('queue', 'list')
    return total === 1 && Number((await house.must('transcript', '--teacher', known)).counted) === 2
  })

  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  const go = (name: string) =>
    page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name }).click()

  await t.test('with a one-time password, which becomes an own one', async (t) => {
    await page.goto(house.toolUrl)
    await fits(t, page, 'desk-sign-in')
    await page.getByLabel('账户').fill('lin')
    await page.getByLabel('密码').fill(password)
    await page.getByRole('button', { name: '登录' }).click()
    await page.getByRole('heading', { name: '设置新密码' }).waitFor()
    await fits(t, page, 'desk-new-password')
    await page.getByLabel('新密码').fill('春眠不觉晓处处闻啼鸟啦啦')
    await page.getByLabel('再输入一次').fill('春眠不觉晓处处闻啼鸟啦啦')
    await page.getByRole('button', { name: '保存' }).click()

    await page.getByRole('heading', { name: '今日', level: 1 }).waitFor()
    const counters = await page.locator('.figure').allInnerTexts()
    t.strictSame(
      counters,
      ['1', '0', '1', '0'],
      'what waits, exceptions, claims to check, scores for a person',
    )
    await fits(t, page, 'desk-today')
  })

  await t.test('finds a teacher and opens the transcript', async (t) => {
    await go('教师')
    await fits(t, page, 'desk-teachers')
    await page.getByLabel('姓名或教师编号').fill('测试甲')
    await page.getByRole('button', { name: '查找' }).click()
    await page.getByRole('link', { name: '测试甲' }).click()
    await page.getByRole('heading', { name: '测试甲 · 培训档案' }).waitFor()
    t.match(await page.locator('#transcript').textContent(), /2[\s\S]*360/)
    await fits(t, page, 'desk-transcript')
  })

  await t.test('recognises what the school has to check', async (t) => {
    await go('申报')
    await page.getByRole('link', { name: '测试乙' }).waitFor()
    await fits(t, page, 'desk-claims')
    await page.getByLabel('选择 测试乙').check()
    await page.getByRole('button', { name: '学校审核通过' }).click()
    await page.getByText('已处理 1 条').waitFor()
    await page.getByLabel('选择 测试乙').check()
    await page.getByRole('button', { name: '区级认定' }).click()
    await page.getByText('没有等待审核的申报').waitFor()
    t.equal((await house.must('transcript', '--teacher', unknown)).counted, '6')
  })

  await t.test('sees the sources, and links an account in the queue', async (t) => {
    await go('来源')
    t.match(await page.locator('main').textContent(), /lms[\s\S]*正常/)
    await fits(t, page, 'desk-sources')
    await go('待处理')
    await page.getByRole('link', { name: /人员未绑定 1/ }).click()
    await fits(t, page, 'desk-queue')
    await page.getByText('绑定', { exact: true }).first().click()
    await page
      .getByRole('row', { name: /somebody-else/ })
      .getByLabel('教师编号')
      .fill(unknown)
    await page
      .getByRole('row', { name: /somebody-else/ })
      .getByRole('button', { name: '绑定' })
      .click()
    await page.getByText('已绑定，相关记录正在转换').waitFor()
    await until(
      'the linked completion is in the book',
      async () => Number((await house.must('transcript', '--teacher', unknown)).counted) === 8,
    )
  })

  await t.test('imports a roster after a look at it, and takes the bad row back as a file', async (t) => {
    await go('导入')
    await fits(t, page, 'desk-imports')
    const good = anIdentityNumber(7)
    const damaged = `${good.slice(0, -1)}${good.endsWith('X') ? '1' : 'X'}`
    await page
      .getByLabel('文件')
      .first()
      .setInputFiles({
        name: '教师.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(
          `教师编号,姓名,证件号码,状态\nT90001,新来的,${good},在岗\nT90002,写错的,${damaged},在岗\n`,
        ),
      })
    await page.getByRole('button', { name: '先看会改变什么' }).click()
    await page.getByText('尚未写入').waitFor()
    await fits(t, page, 'desk-preview')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '下载这些行' }).click(),
    ])
    t.match(download.suggestedFilename(), /教师.*\.csv$/)
    t.notMatch(page.url(), damaged)
    await page.getByRole('button', { name: '确认导入' }).click()
    await page.getByText('已导入：学校 0、教师 1').waitFor()
    t.equal((await teacherIdsByNo(db, ['T90001', 'T90002'])).size, 1)
    await page.reload()
    t.match(await page.locator('main').textContent(), /login:lin/)
  })

  await t.test('all of it is in the audit', async (t) => {
    await go('审计')
    await fits(t, page, 'desk-audit')
    const told = await page.locator('main tbody').textContent()
    for (const action of ['查看培训档案', '认定申报', '绑定账号', '导入名册']) {
      t.match(told, action)
    }
    await page.getByRole('button', { name: '退出' }).click()
    await page.getByRole('heading', { name: '登录' }).waitFor()
    await page.goto(`${house.toolUrl}/desk`)
    await page.getByRole('heading', { name: '登录' }).waitFor()
    t.strictSame(complaints, [])
  })

  async function claimToCheck(): Promise<void> {
    const ground = postingGround({ db, log: createLog('silent'), now: systemClock })
    const teacherId = (await teacherIdsByNo(db, [unknown])).get(unknown) ?? ''
    const source = { id: newId(), name: '省级平台', preset: 'h5p' }
    const claim = aClaim(teacherId, await anOffering(ground, { form: '网络研修' }), {
      source,
      evidence: ['完成'],
    })
    await hand(db, [claim])
  }
})
