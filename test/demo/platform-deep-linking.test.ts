import { generateKeyPair } from 'jose'
import t from 'tap'
import { subjectOf } from '../../demo/platform/people.ts'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { ToolClient } from '../support/tool-client.ts'

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/'
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/'

const tool = await ToolClient.start()
const platform = await startDemoPlatform({ port: 0, toolUrl: tool.url })
tool.platform = platform
t.teardown(async () => {
  await platform.close()
  tool.close()
})

type Claims = Awaited<ReturnType<typeof tool.claims>>

const item = {
  type: 'ltiResourceLink',
  title: '课堂观察与改进',
  text: '阅读与心得',
  url: `${tool.url}/lti/launch/offerings/7`,
  custom: { offering_code: 'KC-2026-002' },
  lineItem: { scoreMaximum: 100, label: '课堂观察', resourceId: 'KC-2026-002', tag: 'hours' },
}

t.test('adding content sends a request with settings and without a link', async (t) => {
  const claims = await ask()

  t.equal(claims[`${LTI}message_type`], 'LtiDeepLinkingRequest')
  t.notOk(`${LTI}resource_link` in claims)
  t.notOk('lineitem' in claims.endpoint)
  t.match(claims.settings, {
    deep_link_return_url: /^http:\/\/127\.0\.0\.1:\d+\/lti\/deep-links\?request=[\w-]+$/,
    accept_types: ['ltiResourceLink'],
    accept_presentation_document_targets: ['iframe', 'window'],
    accept_multiple: true,
    accept_lineitem: true,
    data: /请求/,
  })
})

t.test('a right answer makes links and line items, and these launch', async (t) => {
  const request = await ask({ course: 'shu-ju' })
  const page = await answer(request, {
    [`${DL}content_items`]: [item, { type: 'ltiResourceLink', title: '<b>第二项</b>' }],
    [`${DL}msg`]: '选好了 <i>',
  })
  const text = await page.text()
  const [, first, second] = platform.links('shu-ju')
  const launched = await tool.claims({ course: 'shu-ju', link: first?.id ?? '' })
  const plain = await tool.claims({ course: 'shu-ju', link: second?.id ?? '' })
  const parameters = platform.beginLaunch({
    person: 'SL000001',
    course: 'shu-ju',
    link: first?.id ?? '',
  }).parameters

  t.equal(page.status, 200)
  t.match(text, '课堂观察与改进')
  t.match(text, '选好了 &lt;i')
  t.notMatch(text, '<b>第二项')
  t.match(launched, {
    [`${LTI}target_link_uri`]: item.url,
    [`${LTI}resource_link`]: { id: first?.id, title: item.title, description: item.text },
    [`${LTI}custom`]: item.custom,
  })
  t.equal(new Map(parameters).get('target_link_uri'), item.url)
  t.match(
    platform.gradebook('shu-ju').find(({ resourceLinkId }) => resourceLinkId === first?.id),
    item.lineItem,
  )
  t.match(launched.endpoint.lineitem, '/lineitems/2/lineitem?client=')
  t.notOk('lineitem' in plain.endpoint, 'no line item was asked for')
  t.equal(plain[`${LTI}target_link_uri`], `${tool.url}/lti/launch`)
})

t.test('nothing chosen is an answer too', async (t) => {
  const before = platform.links('qing-ting').length
  const page = await answer(await ask(), { [`${DL}content_items`]: [], [`${DL}msg`]: '已取消' })

  t.equal(page.status, 200)
  t.match(await page.text(), '没有选择内容')
  t.equal(platform.links('qing-ting').length, before)
})

const now = Math.floor(Date.now() / 1000)
const wrong: [string, (request: Claims) => Record<string, unknown>][] = [
  ['another issuer', () => ({ iss: 'xueshi-second' })],
  ['another audience', () => ({ aud: 'https://elsewhere.example' })],
  ['no exp', () => ({ exp: undefined })],
  ['an exp that is past', () => ({ iat: now - 300, exp: now - 200 })],
  ['no nonce', () => ({ nonce: undefined })],
  ['another deployment', () => ({ [`${LTI}deployment_id`]: '2' })],
  ['another message type', () => ({ [`${LTI}message_type`]: 'LtiResourceLinkRequest' })],
  ['another version', () => ({ [`${LTI}version`]: '1.1' })],
  ['no data', () => ({ [`${DL}data`]: undefined })],
  ['altered data', ({ settings }) => ({ [`${DL}data`]: `${settings.data} ` })],
  ['a type that was not asked for', () => items({ type: 'html', html: '<b>' })],
  ['an address elsewhere', () => items({ ...item, url: 'https://elsewhere.example/lti/launch' })],
  ['custom values that are no text', () => items({ ...item, custom: { a: 1 } })],
  ['a line item without a maximum', () => items({ ...item, lineItem: { label: 'x' } })],
  ['items that are no list', () => ({ [`${DL}content_items`]: item })],
]
for (const [name, change] of wrong) {
  t.test(`an answer with ${name} adds nothing`, async (t) => {
    const before = platform.links('qing-ting').length
    const request = await ask()

    const refused = await answer(request, change(request))

    t.equal(refused.status, 400)
    t.match(await refused.text(), '没有添加')
    t.equal(platform.links('qing-ting').length, before)
    t.equal((await answer(request, {})).status, 200, 'the request is still open for a right answer')
  })
}

t.test('an answer must be signed by a published key of that client', async (t) => {
  const request = await ask()
  const stranger = (await generateKeyPair('RS256')).privateKey
  const statuses = [
    await answer(request, {}, {}, stranger),
    await answer(request, {}, { kid: 'unknown' }),
    await answer(request, {}, { kid: undefined }),
    await post(request, 'no.signed.token'),
    await post(request, ''),
  ].map(({ status }) => status)

  t.strictSame(statuses, [400, 400, 400, 400, 400])
})

t.test('a request is answered once, and a nonce is used once', async (t) => {
  const [first, second] = [await ask(), await ask()]
  const nonce = crypto.randomUUID()

  t.equal((await answer(first, { nonce })).status, 200)
  t.equal((await answer(first, {})).status, 400)
  t.match(await (await answer(second, { nonce })).text(), 'nonce')
})

t.test('eight answers at once add once', async (t) => {
  const request = await ask({ course: 'guan-cha' })
  const answers = await Promise.all(Array.from({ length: 8 }, () => answer(request, {})))

  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(platform.links('guan-cha').length, 2)
})

t.test('one item only, no line items, no data, other types: as the request says', async (t) => {
  const single = await ask({ modes: ['deep-link:single'] })
  const noItems = await ask({ modes: ['deep-link:no-lineitem'], course: 'wo-de-xue-shi' })
  const bare = await ask({ modes: ['deep-link:no-data', 'deep-link:no-types'] })
  const links = await ask({ modes: ['deep-link:types=link,html'] })
  const moodle = await ask({ modes: ['moodle'] })

  t.equal((await answer(single, items(item, item))).status, 400)
  t.equal((await answer(noItems, items(item))).status, 200)
  t.strictSame(platform.gradebook('wo-de-xue-shi'), [])
  t.notOk('data' in bare.settings || 'accept_types' in bare.settings)
  t.equal((await answer(bare, {})).status, 200)
  t.equal((await answer(links, items({ type: 'link', url: 'https://elsewhere.example' }))).status, 200)
  t.notOk('data' in moodle.settings || 'accept_lineitem' in moodle.settings)
})

t.test('return addresses and services can be hostile', async (t) => {
  const returnUrl = async (mode: string) =>
    String((await ask({ modes: [`return-url:${mode}`] })).settings.deep_link_return_url)
  const services = await tool.claims({ modes: ['return-url:services'] })
  const page = await tool.claims({ modes: ['return-url:presentation'] })

  t.match(await returnUrl('javascript'), /^javascript:/)
  t.match(await returnUrl('foreign'), /^https:\/\/other-platform\.example\//)
  t.match(await returnUrl('quotes'), `"><b onmouseover='`)
  t.match(services.endpoint.lineitems, /^https:\/\/other-platform\.example\//)
  t.match(services.membershipsUrl, /^https:\/\/other-platform\.example\//)
  t.match(page[`${LTI}launch_presentation`], { return_url: /^javascript:/ })
})

t.test('an answer to no request is not found', async (t) => {
  t.equal((await fetch(`${platform.url}/lti/deep-links?request=x`, { method: 'POST' })).status, 404)
})

t.test('a submission is reviewed with the line item and its own address', async (t) => {
  await answer(await ask({ course: 'qing-ting' }), {
    ...items({
      ...item,
      lineItem: {
        scoreMaximum: 10,
        label: '心得',
        submissionReview: { url: `${tool.url}/lti/launch/offerings/8`, custom: { view: 'review' } },
      },
    }),
  })
  const own = platform.gradebook('qing-ting').find(({ label }) => label === '心得')
  const claims = await tool.claims({
    person: 'leader-1',
    review: { learner: 'SL000002', lineItem: own?.id ?? '' },
  })
  const plain = await tool.claims({ person: 'leader-1', review: { learner: 'SL000002' } })

  t.match(claims, {
    [`${LTI}message_type`]: 'LtiSubmissionReviewRequest',
    [`${LTI}target_link_uri`]: `${tool.url}/lti/launch/offerings/8`,
    [`${LTI}for_user`]: { user_id: subjectOf('SL000002') },
    [`${LTI}custom`]: { offering_code: 'KC-2026-002', view: 'review' },
    [`${LTI}resource_link`]: { id: own?.resourceLinkId },
    endpoint: { lineitem: /\/lineitem\?client=/ },
  })
  t.equal(plain[`${LTI}target_link_uri`], `${tool.url}/lti/launch`)
})

function ask(wanted: Parameters<typeof tool.claims>[0] = {}): Promise<Claims> {
  return tool.claims({ person: 'leader-1', addContent: true, ...wanted })
}

async function answer(
  request: Claims,
  change: Record<string, unknown>,
  header: Record<string, unknown> = {},
  key = tool.key.privateKey,
): Promise<Response> {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: request.aud,
    aud: request.iss,
    iat,
    exp: iat + 60,
    nonce: crypto.randomUUID(),
    [`${LTI}deployment_id`]: request[`${LTI}deployment_id`],
    [`${LTI}message_type`]: 'LtiDeepLinkingResponse',
    [`${LTI}version`]: '1.3.0',
    [`${DL}data`]: request.settings.data,
    [`${DL}content_items`]: request.settings.accept_types === undefined ? [] : [item],
    ...change,
  }
  return post(request, await tool.sign(claims, header, key))
}

function post({ settings }: Claims, jwt: string): Promise<Response> {
  return fetch(String(settings.deep_link_return_url), {
    method: 'POST',
    body: new URLSearchParams({ JWT: jwt }),
  })
}

function items(...list: object[]): Record<string, unknown> {
  return { [`${DL}content_items`]: list }
}
