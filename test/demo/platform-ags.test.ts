import t from 'tap'
import { subjectOf } from '../../demo/platform/people.ts'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { below, scopes, ToolClient } from '../support/tool-client.ts'

const ITEM = 'application/vnd.ims.lis.v2.lineitem+json'
const ITEMS = 'application/vnd.ims.lis.v2.lineitemcontainer+json'
const SCORE = 'application/vnd.ims.lis.v1.score+json'
const RESULTS = 'application/vnd.ims.lis.v2.resultcontainer+json'

const tool = await ToolClient.start()
const platform = await startDemoPlatform({ port: 0, toolUrl: tool.url })
tool.platform = platform
const token = await tool.token()
let renewed = token
const { endpoint } = await tool.claims()
const lineItem = endpoint.lineitem ?? ''
t.teardown(async () => {
  await platform.close()
  tool.close()
})

let clock = Date.parse('2026-05-01T08:00:00Z')

t.test('a launch names the services with scopes and addresses that have a query', async (t) => {
  const { endpoint } = await tool.claims()
  const myHours = await tool.claims({ course: 'wo-de-xue-shi' })

  t.strictSame(endpoint.scope, [scopes.lineItem, scopes.lineItemRead, scopes.score, scopes.result])
  t.match(endpoint.lineitems, `${platform.url}/lti/services/qing-ting/lineitems?client=xueshi-district`)
  t.match(endpoint.lineitem, '/lineitems/1/lineitem?client=xueshi-district')
  t.notOk('lineitem' in myHours.endpoint, 'a link with nothing to grade has no line item')
})

t.test('the line item of a link is there from the start', async (t) => {
  const answer = await get(lineItem)

  t.match(answer.headers.get('content-type'), ITEM)
  t.strictSame(await answer.json(), {
    id: lineItem,
    label: '课堂里的倾听（一分钟可学完）',
    scoreMaximum: 100,
    resourceLinkId: 'link-qing-ting',
  })
})

t.test('a line item can be made, read, changed and removed', async (t) => {
  const made = await send('POST', endpoint.lineitems, ITEM, {
    label: '研修心得',
    scoreMaximum: 20,
    resourceId: 'KC-2026-001/u4',
    tag: 'reflection',
    submissionReview: {
      reviewableStatus: ['Submitted'],
      url: `${tool.url}/lti/launch`,
      custom: { unit: 'u4' },
    },
  })
  const item = (await made.json()) as { id: string }
  const changed = await send('PUT', item.id, ITEM, { label: '心得', scoreMaximum: 10 })
  const read = await get(item.id)
  const removed = await fetch(item.id, { method: 'DELETE', headers: authorization() })

  t.equal(made.status, 201)
  t.match(item, { label: '研修心得', tag: 'reflection', submissionReview: { custom: { unit: 'u4' } } })
  t.equal(changed.status, 200)
  t.match(await read.json(), { id: item.id, label: '心得', scoreMaximum: 10 })
  t.equal(removed.status, 204)
  t.equal((await get(item.id)).status, 404)
})

t.test('line items are filtered and paged; the next page keeps the filter', async (t) => {
  for (const no of [1, 2, 3])
    await send('POST', endpoint.lineitems, ITEM, {
      label: `第${no}次`,
      scoreMaximum: 10,
      resourceId: `r${no}`,
      tag: 'paged',
    })
  const list = async (query: Record<string, string>) => {
    const answer = await get(withQuery(endpoint.lineitems, query), ITEMS)
    const items = (await answer.json()) as { label: string }[]
    return {
      labels: items.map(({ label }) => label),
      next: /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1],
    }
  }

  const first = await list({ tag: 'paged', limit: '2' })
  const second = await (await get(first.next ?? '', ITEMS)).json()

  t.strictSame((await list({ resource_id: 'r2' })).labels, ['第2次'])
  t.strictSame((await list({ tag: 'paged', resource_id: 'r3' })).labels, ['第3次'])
  t.strictSame((await list({ resource_link_id: 'link-qing-ting' })).labels, ['课堂里的倾听（一分钟可学完）'])
  t.strictSame((await list({ resource_link_id: 'other' })).labels, [])
  t.strictSame(first.labels, ['第1次', '第2次'])
  t.strictSame(
    (second as { label: string }[]).map(({ label }) => label),
    ['第3次'],
  )
  t.equal((await list({})).next, undefined)
})

const wrongItems: [string, object, number][] = [
  ['no label', { scoreMaximum: 1 }, 400],
  ['no maximum', { label: 'x' }, 400],
  ['a maximum of 0', { label: 'x', scoreMaximum: 0 }, 400],
  ['a maximum as text', { label: 'x', scoreMaximum: '10' }, 400],
  ['a link of somebody else', { label: 'x', scoreMaximum: 1, resourceLinkId: 'link-guan-cha' }, 403],
]
for (const [name, body, status] of wrongItems) {
  t.test(`a line item with ${name} is refused`, async (t) => {
    t.equal((await send('POST', endpoint.lineitems, ITEM, body)).status, status)
  })
}

t.test('a score is taken and its result shown, on the scale of the line item', async (t) => {
  const sub = subjectOf('SL000001')
  const zero = subjectOf('SL000002')
  const answers = [
    await sendScore({ userId: sub, scoreGiven: 17, scoreMaximum: 20, comment: '很好' }),
    await sendScore({ userId: zero, scoreGiven: 0 }),
  ]
  const all = (await (await get(below(lineItem, 'results'), RESULTS)).json()) as object[]
  const [one] = (await (await get(below(lineItem, 'results', { user_id: sub }), RESULTS)).json()) as Record<
    string,
    unknown
  >[]

  t.strictSame(
    answers.map((answer) => answer.status),
    [200, 200],
  )
  t.equal(all.length, 2)
  t.match(one, { scoreOf: lineItem, userId: sub, resultScore: 85, resultMaximum: 100, comment: '很好' })
  t.match(all[1], { userId: zero, resultScore: 0 })
  t.match(platform.gradebook('qing-ting')[0]?.scores.get(sub), { scoreGiven: 17, scoreMaximum: 20 })
})

t.test('timestamps must increase strictly', async (t) => {
  const userId = subjectOf('SL000003')
  const first = await sendScore({ userId, timestamp: '2026-05-01T10:00:00.500+08:00' })
  const same = await sendScore({ userId, timestamp: '2026-05-01T02:00:00.500Z' })
  const older = await sendScore({ userId, timestamp: '2026-05-01T01:59:59.000Z' })
  const newer = await sendScore({ userId, timestamp: '2026-05-01T02:00:00.501Z' })

  t.strictSame([first, same, older, newer].map(statusOf), [200, 409, 409, 200])
})

t.test('anything but a full grade takes the grade away', async (t) => {
  const userId = subjectOf('SL000004')
  const shown = async () =>
    (await (await get(below(lineItem, 'results', { user_id: userId }), RESULTS)).json()) as object[]
  await sendScore({ userId })
  const graded = await shown()
  await sendScore({ userId, gradingProgress: 'Pending', activityProgress: 'InProgress' })
  const pending = await shown()
  await sendScore({ userId })
  await sendScore({ userId, scoreGiven: undefined, scoreMaximum: undefined })

  t.match(graded, [{ resultScore: 90 }])
  t.notOk('resultScore' in (pending[0] ?? {}))
  t.notOk('resultScore' in ((await shown())[0] ?? {}))
})

t.test('only somebody who is enrolled and learns can have a grade', async (t) => {
  const scoreFor = async (userId: string) => statusOf(await sendScore({ userId }))
  const nobody = await scoreFor('nobody')
  const leader = await scoreFor(subjectOf('leader-1'))
  platform.enrol('qing-ting', 'SL000005', 'Inactive')
  const inactive = await scoreFor(subjectOf('SL000005'))
  platform.enrol('qing-ting', 'SL000005', null)
  const absent = await scoreFor(subjectOf('SL000005'))
  platform.enrol('qing-ting', 'SL000005', 'Active')

  t.strictSame([nobody, leader, inactive, absent], [400, 400, 400, 400])
  t.equal(await scoreFor(subjectOf('SL000005')), 200)
})

const wrongScores: [string, Record<string, unknown>][] = [
  ['no userId', { userId: undefined }],
  ['no timestamp', { timestamp: undefined }],
  ['a timestamp without a zone', { timestamp: '2030-01-01T00:00:00' }],
  ['no activityProgress', { activityProgress: undefined }],
  ['an unknown gradingProgress', { gradingProgress: 'Done' }],
  ['a score without a maximum', { scoreMaximum: undefined }],
  ['a score below 0', { scoreGiven: -1 }],
  ['a score as text', { scoreGiven: '90' }],
]
for (const [name, change] of wrongScores) {
  t.test(`a score with ${name} is refused`, async (t) => {
    t.equal((await sendScore({ userId: subjectOf('SL000006'), ...change })).status, 400)
  })
}

t.test('media types must be exact', async (t) => {
  const score = scoreOf({ userId: subjectOf('SL000006') })
  const scores = below(lineItem, 'scores')
  const statuses = [
    await send('POST', scores, 'application/json', score),
    await send('POST', scores, ITEM, score),
    await send('POST', scores, 'text/plain', score),
    await send('POST', scores, `${SCORE}; charset=utf-8`, score),
    await send('POST', endpoint.lineitems, SCORE, { label: 'x', scoreMaximum: 1 }),
    await get(endpoint.lineitems, '*/*'),
    await get(endpoint.lineitems, `application/json, ${ITEMS}`),
    await get(below(lineItem, 'results'), 'application/json'),
    await fetch(scores, {
      method: 'POST',
      headers: { ...authorization(), 'content-type': SCORE },
      body: '{',
    }),
  ].map(statusOf)

  t.strictSame(statuses, [415, 415, 415, 200, 415, 406, 200, 406, 400])
})

t.test('scopes, tokens and addresses are checked', async (t) => {
  const readOnly = await tool.token(scopes.lineItemRead)
  const as = (value: string, url = endpoint.lineitems) =>
    fetch(url, { headers: { accept: ITEMS, authorization: value } })
  const plain = (await as(`Bearer ${readOnly}`)).status
  const write = await fetch(endpoint.lineitems, {
    method: 'POST',
    headers: { authorization: `Bearer ${readOnly}`, 'content-type': ITEM },
    body: JSON.stringify({ label: 'x', scoreMaximum: 1 }),
  })
  const withoutQuery = endpoint.lineitems.split('?')[0] ?? ''
  const others = endpoint.lineitems.replace('xueshi-district', 'xueshi-second')

  t.equal(plain, 200)
  t.equal(write.status, 403)
  t.strictSame(
    [
      await as(''),
      await as('Bearer unknown'),
      await as(`Basic ${token}`),
      await as(`Bearer ${token}`, withoutQuery),
      await as(`Bearer ${token}`, others),
    ].map(statusOf),
    [401, 401, 401, 404, 403],
  )
})

t.test('access tokens can be withdrawn all at once', async (t) => {
  const own = await tool.token(scopes.lineItemRead)
  const headers = { accept: ITEMS, authorization: `Bearer ${own}` }
  const before = await fetch(endpoint.lineitems, { headers })
  platform.withdrawTokens()
  const after = await fetch(endpoint.lineitems, { headers })
  renewed = await tool.token()

  t.strictSame([before, after].map(statusOf), [200, 401])
  t.match(after.headers.get('www-authenticate'), 'Bearer')
})

t.test('AGS can fail in every way, for as many calls and such parts as asked', async (t) => {
  const userId = subjectOf('SL000007')
  const seen: unknown[] = []
  for (const status of [400, 401, 403, 404, 409, 429, 500, 503]) {
    platform.setModes([`ags:${status}@scores*1`])
    const list = await get(endpoint.lineitems, ITEMS)
    const failed = await sendScore({ userId })
    const after = await sendScore({ userId })
    seen.push([list, failed, after].map(statusOf))
  }
  platform.setModes(['ags:429=7'])
  const limited = await sendScore({ userId })
  platform.setModes([])

  t.strictSame(
    seen,
    [400, 401, 403, 404, 409, 429, 500, 503].map((status) => [200, status, 200]),
  )
  t.equal(limited.headers.get('retry-after'), '7')
})

t.test('ags:late keeps the score and drops the connection; ags:hang never answers', async (t) => {
  const userId = subjectOf('SL000007')
  const kept = () => platform.gradebook('qing-ting')[0]?.scores.get(userId)
  platform.setModes(['ags:late*1'])
  await t.rejects(sendScore({ userId, scoreGiven: 42 }))
  const afterLate = kept()
  platform.setModes(['ags:hang'])
  await t.rejects(sendScore({ userId, scoreGiven: 43 }, AbortSignal.timeout(150)), { name: 'TimeoutError' })
  platform.setModes([])

  t.equal(afterLate?.scoreGiven, 42)
  t.equal(kept()?.scoreGiven, 42)
  const statuses = platform.journal().filter(({ url }) => url.includes('/scores'))
  t.equal(statuses.at(-1)?.status, null, 'the journal tells that nothing was answered')
  t.match(statuses.at(-1)?.body, { userId, scoreGiven: 43 })
})

t.test('modes of one launch spoil only the addresses that it named', async (t) => {
  const spoilt = (await tool.claims({ modes: ['ags:503*1'] })).endpoint
  const right = await get(endpoint.lineitems, ITEMS)
  const wrong = await get(spoilt.lineitems, ITEMS)
  const again = await get(spoilt.lineitems, ITEMS)

  t.strictSame([right, wrong, again].map(statusOf), [200, 503, 200])
  t.match(await again.json(), [{ id: spoilt.lineitem }], 'addresses stay those of the launch')
  t.throws(() => platform.beginLaunch({ person: 'SL000001', course: 'qing-ting', modes: ['token:401'] }), {
    message: /whole platform/,
  })
})

t.test('on Moodle types and times are stricter, links malformed and ungraded results left out', async (t) => {
  platform.setModes(['moodle'])
  const userId = subjectOf('SL000008')
  const list = await get(withQuery(endpoint.lineitems, { limit: '1' }), ITEMS)
  const loose = await get(endpoint.lineitems, `application/json, ${ITEMS}`)
  const scores = [
    await sendScore({ userId, timestamp: '2026-06-01T00:00:00.100Z', scoreGiven: 120 }),
    await sendScore({ userId, timestamp: '2026-06-01T00:00:00.900Z' }),
    await send('POST', below(lineItem, 'scores'), 'application/json', scoreOf({ userId })),
  ].map(statusOf)
  const results = async () =>
    (await get(below(lineItem, 'results', { user_id: userId }), RESULTS)).json() as Promise<object[]>
  const capped = await results()
  const limited = await get(below(lineItem, 'results', { limit: '1' }), RESULTS)
  await sendScore({ userId, timestamp: '2026-06-01T00:00:02Z', gradingProgress: 'Pending' })
  const wiped = await results()
  platform.setModes([])

  t.match(list.headers.get('link'), '&amp;')
  t.notMatch(list.headers.get('link'), 'rel="next"')
  t.equal(loose.status, 400)
  t.strictSame(scores, [200, 409, 400])
  t.match(capped, [{ resultScore: 100 }])
  t.strictSame(wiped, [])
  t.equal(limited.status, 404)
})

function authorization(): Record<string, string> {
  return { authorization: `Bearer ${renewed}` }
}

function get(url: string, accept?: string): Promise<Response> {
  return fetch(url, { headers: { ...authorization(), ...(accept ? { accept } : {}) } })
}

function send(
  method: string,
  url: string,
  type: string,
  body: object,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method,
    headers: { ...authorization(), 'content-type': type },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })
}

function scoreOf(change: Record<string, unknown>): Record<string, unknown> {
  clock += 2_000
  return {
    timestamp: new Date(clock).toISOString(),
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
    scoreGiven: 90,
    scoreMaximum: 100,
    ...change,
  }
}

function sendScore(change: Record<string, unknown>, signal?: AbortSignal): Promise<Response> {
  return send('POST', below(lineItem, 'scores'), SCORE, scoreOf(change), signal)
}

function withQuery(address: string, query: Record<string, string>): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

function statusOf({ status }: Response): number {
  return status
}
