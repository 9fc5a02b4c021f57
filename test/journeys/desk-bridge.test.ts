// @lane embedded
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { fits, startBrowser } from '../support/browser.ts'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn, until } from '../support/house.ts'
import { completionOf, pushAll } from '../support/pusher.ts'
import { layOutDistrict } from '../support/small-district.ts'

t.setTimeout(600_000)

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('an administrator tends what sources push', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-desk-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { url } = await freshDatabaseUrl(t)
  const house = await houseOn(t, url)
  const district = await layOutDistrict(house, folder, { teachers: 2, offerings: 2 })
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
  const [one = '', other = ''] = district.teachers
  const [offering = '', second = ''] = district.offerings
  const counted = async (teacher: string) =>
    Number((await house.must('transcript', '--teacher', teacher)).counted)

  const elsewhere = { ...completionOf(district, other, second), id: newId() }
  elsewhere.object = { id: `${district.activityOf(second)}?lang=en` }
  await pushAll(district, [[completionOf(district, one, offering), elsewhere]], {
    connections: 1,
    seconds: 60,
  })
  const spelt = completionOf(district, one, second)
  const faulty = { ...spelt, result: { completion: 'true', success: true }, colour: 'blue' }
  t.equal(await pushed(faulty), 400)
  await until('the first is in the book', async () => (await counted(one)) === 2)

  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  const tab = (name: string) =>
    page.getByRole('navigation', { name: '接入' }).getByRole('link', { name, exact: true }).click()

  await page.goto(house.toolUrl)
  await page.getByLabel('账户').fill('lin')
  await page.getByLabel('密码').fill(password)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByLabel('新密码').fill('春眠不觉晓处处闻啼鸟啦啦')
  await page.getByLabel('再输入一次').fill('春眠不觉晓处处闻啼鸟啦啦')
  await page.getByRole('button', { name: '保存', exact: true }).click()

  await t.test('sees how a source is, changes a setting, and looks up a receipt', async (t) => {
    await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '来源' }).click()
    await until('its figures are written', async () => {
      await page.reload()
      return /50\.0%|33\.3%/.test((await page.locator('main').textContent()) ?? '')
    })
    await fits(t, page, 'bridge-sources')
    await page.getByRole('link', { name: 'lms' }).click()
    await fits(t, page, 'bridge-source')
    await page.getByLabel('每秒最多记录数').fill('500')
    await page.getByRole('button', { name: '保存', exact: true }).click()
    await page.getByText('已保存。').waitFor()
    t.equal(await page.getByLabel('每秒最多记录数').inputValue(), '500')
    await page.getByLabel('回执或记录编号').fill(elsewhere.id)
    await page.getByRole('button', { name: '查询' }).click()
    await page.getByRole('cell', { name: /等待.*课程未对应/ }).waitFor()
    await fits(t, page, 'bridge-receipt')
  })

  await t.test('finds a refused push, mends and replays it, and it is credited', async (t) => {
    await tab('死信')
    await page
      .getByRole('navigation', { name: '待处理的问题' })
      .getByRole('link', { name: /值的类型不对 1/ })
      .click()
    await fits(t, page, 'bridge-rejected')
    await page.getByRole('button', { name: '预览成批修补' }).click()
    await page.getByText('其中 0 条修补后可以重放').waitFor()
    await fits(t, page, 'bridge-bulk')

    await page.locator('tbody').getByRole('link').first().click()
    await page.getByText('/colour').first().waitFor()
    await fits(t, page, 'bridge-rejected-one')
    await page.getByLabel('把 completion、success 的文字改为真假值').check()
    await page.getByRole('button', { name: '预览修补' }).click()
    await page.getByText('还有 1 条记录有问题').waitFor()
    await page.getByLabel(/去掉 xAPI 没有的属性/).check()
    await page.getByRole('button', { name: '预览修补' }).click()
    await page.getByText('修补后没有问题，可以重放。').waitFor()
    t.match(await page.locator('del').allInnerTexts(), [/"completion": "true"/, /"colour": "blue"/])
    await fits(t, page, 'bridge-preview')
    await page.getByLabel('理由').first().fill('来源写错了类型')
    await page.getByRole('button', { name: '重放' }).click()
    await page.getByText('已重放：存入 1 条').waitFor()
    await fits(t, page, 'bridge-replayed')
    await until('the replayed one is in the book', async () => (await counted(one)) === 4)
    await page.getByRole('link', { name: spelt.id }).click()
    await page.getByRole('cell', { name: '已转申报' }).waitFor()
  })

  await t.test('tries other rules and proposes them, which another has to approve', async (t) => {
    await tab('规则')
    await page.getByRole('link', { name: 'lms' }).click()
    await page.getByRole('link', { name: '载入预设规则' }).click()
    t.match(await page.getByLabel('规则（YAML）').inputValue(), 'preset: adl')
    await page
      .getByLabel('规则（YAML）')
      .fill(
        'completions:\n  - {name: passed, verb: http://adlnet.gov/expapi/verbs/passed, success: [true, absent], as: passed}\n',
      )
    await page.getByRole('button', { name: '试算' }).click()
    await page.getByRole('heading', { name: /试算结果/ }).waitFor()
    t.match(await page.locator('#trial').textContent(), /不再计入2[\s\S]*各校学时/)
    await fits(t, page, 'bridge-trial')
    await page.getByLabel('适用于此日起的事件').fill('2026-09-01')
    await page.getByLabel('理由（将记入审计）').last().fill('只认合格')
    await page.getByRole('button', { name: '提出新版本' }).click()
    await page.getByText('已提出第 1 版').waitFor()
    t.equal(await page.getByRole('button', { name: '批准', exact: true }).count(), 0)
    await fits(t, page, 'bridge-rules')
  })

  await t.test('maps an unknown activity, and what waited for it is credited', async (t) => {
    await tab('别名')
    await page.getByText('仅参数不同').or(page.getByText('网址写法不同')).first().waitFor()
    await fits(t, page, 'bridge-aliases')
    t.equal(await counted(other), 0)
    await page.getByLabel(/^选择 /).check()
    await page.getByLabel('课程编号').fill(second)
    await page.getByLabel('理由（将记入审计）').fill('同一门课的英文网址')
    await page.getByRole('button', { name: '对应', exact: true }).click()
    await page.getByText('已对应 1 个活动').waitFor()
    await until('what waited is in the book', async () => (await counted(other)) === 2)
    await page.getByLabel('来源', { exact: true }).selectOption('lms')
    await page.getByRole('button', { name: '筛选' }).click()
    await page.getByRole('row', { name: /lang=en/ }).waitFor()
    await fits(t, page, 'bridge-mapped')
  })

  await t.test('adds a destination, whose secret is shown once', async (t) => {
    await tab('转发')
    await page.getByRole('link', { name: '新增 webhook' }).click()
    await page.getByLabel('名称').fill('培训平台')
    await page.getByLabel('地址').fill('https://hooks.example/xueshi')
    await page.getByLabel('申报已入账').check()
    await page.getByRole('button', { name: '新增', exact: true }).click()
    await page.getByText('签名密钥只显示这一次').waitFor()
    await fits(t, page, 'bridge-destinations')
    await page.getByRole('link', { name: '培训平台' }).click()
    await page.getByRole('button', { name: '暂停' }).click()
    await page.getByText('原因：人工暂停').waitFor()
    await fits(t, page, 'bridge-destination')
  })

  t.strictSame(complaints, [])

  async function pushed(statement: object): Promise<number> {
    const answer = await fetch(`${district.endpoint}/statements`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${district.key}:${district.secret}`).toString('base64')}`,
        'content-type': 'application/json',
        'x-experience-api-version': '1.0.3',
      },
      body: JSON.stringify([statement]),
    })
    await answer.text()
    return answer.status
  }
})
