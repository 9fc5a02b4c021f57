import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { startBrowser } from '../support/browser.ts'

const MESSAGE_TYPE = 'https://purl.imsglobal.org/spec/lti/claim/message_type'

// A tool that trusts everything and shows what it was told: here only the platform is under test.
const tool = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://tool')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const given = new URLSearchParams(request.method === 'POST' ? Buffer.concat(chunks).toString() : url.search)
  response.setHeader('content-type', 'text/html; charset=utf-8')
  if (url.pathname === '/lti/login') response.end(loginPage(given))
  else if (url.pathname === '/lti/launch') response.end(launchPage(given))
  else if (url.pathname === '/lti/register/once') response.end(registerPage(url.searchParams))
  else response.writeHead(404).end()
}).listen(0, 'localhost')
await new Promise((resolve) => tool.once('listening', resolve))
const toolUrl = `http://localhost:${(tool.address() as AddressInfo).port}`
const platform = await startDemoPlatform({ port: 0, toolUrl })
const browser = await startBrowser()
t.teardown(async () => {
  await browser.close()
  await platform.close()
  tool.close()
})

t.test(
  'a teacher chooses who to be, opens a course in a frame, and the token names that teacher',
  async (t) => {
    const page = await openCourse('SL000001')
    await page.getByRole('button', { name: '在本页打开' }).click()

    t.equal(await shownIn(page, '#name'), '陈思远')
    t.equal(await shownIn(page, '#fetched'), 'kept value', 'the platform storage answered inside the frame')
    t.equal(await page.locator('.steps .now').textContent(), '3学习')
  },
)

t.test('a course opens in a new window', async (t) => {
  const page = await openCourse('SL000003')
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('button', { name: '在新窗口打开' }).click(),
  ])

  t.equal(await opened.locator('#name').textContent(), '周䶮')
})

const storages: [string, string][] = [
  ['storage:parent', 'kept value'],
  ['storage:frame', 'kept value'],
  ['storage:frame-missing', 'kept value'],
  ['storage:off', 'no target'],
  ['storage:mute', 'silence'],
  ['storage:wrong', 'kept valu~'],
  ['storage:other-id', 'other message id'],
  ['storage:other-origin', 'other origin: null'],
  ['storage:error', 'error'],
]
for (const [mode, fetched] of storages) {
  t.test(`${mode} gives a tool: ${fetched}`, async (t) => {
    const page = await openCourse('SL000002')
    await page.goto(`${platform.url}/courses/qing-ting?open=frame&mode=${mode}`)

    t.equal(await shownIn(page, '#fetched'), fetched)
  })
}

t.test('post:burst sends eight copies of one launch', async (t) => {
  const page = await openCourse('SL000002')
  const launches: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/lti/launch')) launches.push(request.postData() ?? '')
  })
  await page.goto(`${platform.url}/courses/qing-ting?open=frame&mode=post:burst&mode=storage:off`)
  await shownIn(page, '#name')

  t.equal(launches.length, 8)
  t.equal(new Set(launches).size, 1)
})

t.test('the pages fit a phone and speak English', async (t) => {
  const page = await openCourse('SL000008', { width: 360, height: 740 })
  const widths: number[] = []
  for (const path of [
    '/',
    '/courses',
    '/courses/guan-cha?open=frame',
    '/courses/guan-cha/gradebook',
    '/switches',
  ]) {
    await page.goto(platform.url + path)
    widths.push(await page.evaluate(() => document.documentElement.scrollWidth))
  }
  await page.getByRole('link', { name: 'English' }).click()

  t.strictSame(widths, [360, 360, 360, 360, 360])
  t.equal(await page.locator('html').getAttribute('lang'), 'en')
})

t.test('the pages of leader and administrator fit a phone', async (t) => {
  const phone = { width: 360, height: 740 }
  const leader = await signedIn('leader-1', phone)
  const administrator = await signedIn('district-1', phone)
  const widths: number[] = []
  for (const [page, path] of [
    [leader, '/courses/qing-ting/gradebook'],
    [leader, '/courses/qing-ting/roster'],
    [leader, '/courses/qing-ting/add-content'],
    [administrator, '/registration'],
  ] as const) {
    await page.goto(platform.url + path)
    widths.push(await page.evaluate(() => document.documentElement.scrollWidth))
  }

  t.strictSame(widths, [360, 360, 360, 360])
})

t.test('values are kept by origin, within limits, and what is wrong is answered with a code', async (t) => {
  const page = await openCourse('SL000002')
  await page.getByRole('button', { name: '在本页打开' }).click()
  await shownIn(page, '#fetched')
  const tool = page.frames().find((frame) => frame.name() === 'tool')
  const ask = (messages: object[]) =>
    tool?.evaluate(
      async ([messages, origin]) => {
        const answers: Record<string, unknown>[] = []
        for (const message of messages as object[]) {
          const message_id = crypto.randomUUID()
          const answer = new Promise<Record<string, unknown>>((resolve) => {
            const heard = new AbortController()
            addEventListener(
              'message',
              ({ data }) => {
                if (data.message_id !== message_id) return
                heard.abort()
                resolve(data)
              },
              { signal: heard.signal },
            )
          })
          parent.postMessage({ message_id, ...message }, origin as string)
          answers.push(await answer)
        }
        return answers
      },
      [messages, platform.url] as const,
    )

  const many = Array.from({ length: 501 }, (_, no) => ({
    subject: 'lti.put_data',
    key: `k${no}`,
    value: 'x',
  }))
  const filled = (await ask(many)) ?? []
  const answers = await ask([
    { subject: 'lti.capabilities' },
    { subject: 'lti.get_data', key: 'k7' },
    { subject: 'lti.put_data', key: 'k7', value: null },
    { subject: 'lti.get_data', key: 'k7' },
    { subject: 'lti.get_data', key: 7 },
    { subject: 'lti.put_data', key: 'k8', value: { a: 1 } },
    { subject: 'lti.put_data', key: 'k8', value: 'x'.repeat(5_000) },
    { subject: 'lti.fetch_page' },
  ])

  t.match(filled.at(-1), { error: { code: 'storage_exhaustion' } })
  t.match(answers, [
    { supported_messages: [{ subject: 'lti.capabilities' }, {}, {}] },
    { value: 'x' },
    { value: null },
    { value: null },
    { error: { code: 'bad_request' } },
    { error: { code: 'bad_request' } },
    { error: { code: 'storage_exhaustion' } },
    { error: { code: 'unsupported_subject' } },
  ])
})

t.test('a registration page in the frame closes when the tool says so, and only then', async (t) => {
  const page = await signedIn('district-1')
  await page.goto(`${platform.url}/registration`)
  await page.getByLabel('工具的注册地址').fill(`${toolUrl}/lti/register/once`)
  await page.getByRole('button', { name: '开始注册' }).click()
  const frame = page.frameLocator('iframe[name="tool"]')
  await page.evaluate(() => window.postMessage({ subject: 'org.imsglobal.lti.close' }, '*'))
  const given = await frame.locator('#given').textContent()
  await frame.getByRole('button', { name: 'done' }).click()
  await page.waitForURL(`${platform.url}/registration`)

  t.match(given, `${platform.url}/.well-known/openid-configuration [token of 43]`)
  t.match(await page.locator('h2').first().textContent(), '工具与注册')
})

t.test('adding content opens the tool with a deep-linking request in the frame', async (t) => {
  const page = await signedIn('leader-1')
  await page.goto(`${platform.url}/courses/qing-ting`)
  await page.getByRole('link', { name: '添加内容' }).click()

  t.equal(await shownIn(page, '#message'), 'LtiDeepLinkingRequest')
})

t.test('a grade leads to the submission behind it', async (t) => {
  const page = await signedIn('leader-1')
  await page.goto(`${platform.url}/courses/qing-ting/gradebook`)
  await page.getByRole('link', { name: '查看学习情况' }).first().click()

  t.equal(await shownIn(page, '#message'), 'LtiSubmissionReviewRequest')
})

async function signedIn(person: string, viewport = { width: 1200, height: 900 }): Promise<Page> {
  const page = await (await browser.newContext({ viewport })).newPage()
  await page.goto(platform.url)
  await page.locator(`form:has(input[value="${person}"]) button`).click()
  await page.waitForURL(`${platform.url}/courses`)
  return page
}

async function openCourse(person: string, viewport = { width: 1200, height: 900 }): Promise<Page> {
  const page = await signedIn(person, viewport)
  await page.locator('a.button').first().click()
  return page
}

async function shownIn(page: Page, selector: string): Promise<string | null> {
  return page.frameLocator('iframe[name="tool"]').locator(selector).textContent()
}

function loginPage(given: URLSearchParams): string {
  const authentication = new URL('/lti/auth', platform.url)
  const parameters = {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: given.get('client_id') ?? '',
    redirect_uri: `${toolUrl}/lti/launch`,
    login_hint: given.get('login_hint') ?? '',
    lti_message_hint: given.get('lti_message_hint') ?? '',
    state: 'state',
    nonce: 'nonce',
  }
  authentication.search = new URLSearchParams(parameters).toString()
  const next = JSON.stringify(authentication.href)
  return askPage(given, { subject: 'lti.put_data', value: 'kept value' }, `location.replace(${next})`)
}

function registerPage(given: URLSearchParams): string {
  const length = given.get('registration_token')?.length
  const message = JSON.stringify({ subject: 'org.imsglobal.lti.close' })
  const close = `parent.postMessage(${message}, ${JSON.stringify(platform.url)})`
  return `<p id="given">${given.get('openid_configuration')} [token of ${length}]</p>
    <button onclick='${close}'>done</button>`
}

function launchPage(given: URLSearchParams): string {
  const { name, [MESSAGE_TYPE]: message } = decodeJwt(given.get('id_token') ?? '')
  return `<p id="name">${name}</p><p id="message">${message}</p>${askPage(given, { subject: 'lti.get_data' }, 'show(found)')}`
}

function askPage(given: URLSearchParams, message: object, then: string): string {
  const target = given.get('lti_storage_target') ?? ''
  return `<script>
    const target = ${JSON.stringify(target)}
    const show = (text) => document.body.insertAdjacentHTML('beforeend', '<p id="fetched">' + text + '</p>')
    let done = false
    const finish = (found) => { if (!done) { done = true; ${then} } }
    addEventListener('message', ({ data, origin }) => {
      if (origin !== ${JSON.stringify(platform.url)}) return finish('other origin: ' + origin)
      if (data.message_id !== 'm1') return finish('other message id')
      finish(data.error ? 'error' : data.value)
    })
    addEventListener('load', () => {
      if (!target || parent === window) return finish('no target')
      let frame = parent
      // Reading a frame that another site does not have throws instead of giving undefined.
      try { if (target !== '_parent') frame = parent.frames[target] ?? parent } catch {}
      const message = { ...${JSON.stringify(message)}, message_id: 'm1', key: 'key' }
      frame.postMessage(message, ${JSON.stringify(platform.url)})
      setTimeout(() => finish('silence'), 700)
    })
  </script>`
}
