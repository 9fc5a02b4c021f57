import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { largestDocument } from '../../xapi-bridge/documents/errors.ts'
import { freshGround } from '../support/ground.ts'
import {
  aDocumentSpeaker,
  anActivityProfile,
  anAgent,
  aRestrictedSpeaker,
  aState,
  resources,
  speakingOfDocuments,
} from './documents-examples.ts'
import { aSpeaker } from './statement-examples.ts'

const ground = await freshGround(t)
const speaker = await aDocumentSpeaker(t, ground)
const { ask, create } = speaker
const state = '/activities/state'

for (const [name, path, fresh] of resources) {
  const idName = name === 'State' ? 'stateId' : 'profileId'

  t.test(`2.4 ${name}: bytes and content type come back as they came`, async (t) => {
    const params = fresh()
    const body = randomBytes(3000)

    const put = await create(path, params, { body, type: 'image/x-dots;v="1, 2"' })

    const answer = await ask('GET', path, params)
    t.equal(put.statusCode, 204)
    t.equal(put.body, '')
    t.equal(answer.headers['content-type'], 'image/x-dots;v="1, 2"')
    t.ok(answer.rawPayload.equals(body))
  })

  t.test(`2.4 ${name}: text keeps its type to the letter, and blanks of JSON stay`, async (t) => {
    const [text, json] = [fresh(), fresh()]
    await create(path, text, { body: 'abc', type: 'text/plain' })
    await create(path, json, { body: '{ "a" : 1.0 }\n', type: 'application/json' })

    t.equal((await ask('GET', path, text)).headers['content-type'], 'text/plain')
    const answer = await ask('GET', path, json)
    t.equal(answer.headers['content-type'], 'application/json')
    t.equal(answer.body, '{ "a" : 1.0 }\n')
  })

  t.test(`2.4 ${name}: an unknown document is 404, also by HEAD; deleting it is 204`, async (t) => {
    const params = fresh()

    t.equal((await ask('GET', path, params)).json().code, 'document-unknown')
    t.equal((await ask('HEAD', path, params)).statusCode, 404)
    t.equal((await ask('DELETE', path, params)).statusCode, 204)
  })

  t.test(`2.9 ${name}: HEAD is GET without a body`, async (t) => {
    const params = fresh()
    await ask('POST', path, params, { body: { a: 1 } })

    const [head, get] = [await ask('HEAD', path, params), await ask('GET', path, params)]

    t.equal(head.statusCode, 200)
    t.equal(head.body, '')
    for (const header of ['etag', 'last-modified', 'content-type', 'content-length'])
      t.equal(head.headers[header], get.headers[header], header)
  })

  t.test(`${name}: who has the bytes already gets 304`, async (t) => {
    const params = fresh()
    await ask('POST', path, params, { body: { a: 1 } })
    const { etag } = (await ask('GET', path, params)).headers

    const answer = await ask('GET', path, params, { headers: { 'if-none-match': etag as string } })

    t.equal(answer.statusCode, 304)
    t.equal(answer.body, '')
    t.equal(answer.headers.etag, etag)
  })

  t.test(`${name}: a browser neither runs a document nor keeps it without asking`, async (t) => {
    const params = fresh()
    await create(path, params, { body: '<script>1</script>', type: 'text/html' })

    t.match((await ask('GET', path, params)).headers, {
      'x-content-type-options': 'nosniff',
      'content-security-policy': /sandbox/,
      'cache-control': /no-cache/,
    })
  })

  t.test(`2.4 ${name}: without an id GET lists ids, since exclusive`, async (t) => {
    const params = fresh()
    const { [idName]: _, ...subject } = params
    const ids = ['乙', 'a/b?c', 'x'.repeat(1500)].sort()
    for (const id of ids.slice(0, 2)) await create(path, { ...subject, [idName]: id }, { body: { id } })
    const rows = await ground.db('document').max({ last: 'updated' })
    const since = new Date(Number(rows[0]?.last) / 1000).toISOString()
    await sleep(2)
    await create(path, { ...subject, [idName]: ids[2] as string }, { body: { id: 2 } })

    const all = await ask('GET', path, subject)
    t.strictSame(all.json(), ids)
    t.match(all.headers.etag, /^"[0-9a-f]{40}"$/)
    t.ok(all.headers['last-modified'])
    t.strictSame((await ask('GET', path, { ...subject, since })).json(), [ids[2]])
    t.strictSame((await ask('GET', path, { ...subject, since: '2999-01-01T00:00:00Z' })).json(), [])
  })

  t.test(`2.4 ${name}: a merge makes a document newer for since`, async (t) => {
    const params = fresh()
    const { [idName]: id, ...subject } = params
    await ask('POST', path, params, { body: { a: 1 } })
    const rows = await ground.db('document').max({ last: 'updated' })
    const since = new Date(Number(rows[0]?.last) / 1000).toISOString()

    await ask('POST', path, params, { body: { b: 1 } })

    t.strictSame((await ask('GET', path, { ...subject, since })).json(), [id])
  })

  const notMerged: [string, string, string, string, string][] = [
    ['another type over JSON', '{"a":1}', 'application/json', 'abc', 'text/plain'],
    ['JSON over another type', 'abc', 'application/octet-stream', '{"a":1}', 'application/json'],
    ['a list over an object', '{"a":1}', 'application/json', '[1]', 'application/json'],
    ['an object over a list', '[1]', 'application/json', '{"a":1}', 'application/json'],
    ['no JSON under its type', '{"a":1}', 'application/json', '{"a":1}{', 'application/json'],
    [
      'something that only begins like the type',
      '{"a":1}',
      'application/json',
      '{"a":2}',
      'application/jsonx',
    ],
  ]
  for (const [what, before, typeBefore, after, typeAfter] of notMerged)
    t.test(`2.4 ${name}: POST of ${what} is 400, unchanged`, async (t) => {
      const params = fresh()
      await create(path, params, { body: before, type: typeBefore })

      const answer = await ask('POST', path, params, { body: after, type: typeAfter })

      t.equal(answer.statusCode, 400)
      t.equal(answer.json().code, 'document-not-mergeable')
      t.equal((await ask('GET', path, params)).body, before)
    })

  t.test(`2.4 ${name}: POST to an absent document stores it, unless it is JSON that is none`, async (t) => {
    const [absent, other] = [fresh(), fresh()]

    t.equal((await ask('POST', path, absent, { body: 'abc', type: 'text/plain' })).statusCode, 204)
    t.equal((await ask('GET', path, absent)).body, 'abc')
    const refused = await ask('POST', path, other, { body: '{"a":1}[', type: 'application/json' })
    t.equal(refused.statusCode, 400)
    t.equal((await ask('GET', path, other)).statusCode, 404)
  })

  t.test(`2.4 ${name}: a document that is too large is 413, merged or not; nothing changes`, async (t) => {
    const [large, grown] = [fresh(), fresh()]
    const half = 'x'.repeat(largestDocument * 0.6)
    await ask('POST', path, grown, { body: { a: half } })

    const answer = await create(path, large, { body: Buffer.alloc(largestDocument + 1), type: 'a/b' })
    const merged = await ask('POST', path, grown, { body: { b: half } })

    t.equal(answer.statusCode, 413)
    t.equal(answer.json().code, 'document-too-large')
    t.equal((await ask('GET', path, large)).statusCode, 404)
    t.equal(merged.statusCode, 413)
    t.strictSame(Object.keys((await ask('GET', path, grown)).json()), ['a'])
    const whole = await create(path, large, { body: Buffer.alloc(largestDocument), type: 'a/b' })
    t.equal(whole.statusCode, 204)
  })

  t.test(`2.9 ${name}: PUT by the alternate request syntax keeps type and precondition`, async (t) => {
    const params = fresh()
    const form = { ...params, 'If-None-Match': '*', 'Content-Type': 'text/plain', content: 'a+b=c&d' }
    const send = () =>
      ask(
        'POST',
        path,
        { method: 'PUT' },
        {
          body: new URLSearchParams(form).toString(),
          type: 'application/x-www-form-urlencoded',
        },
      )

    t.equal((await send()).statusCode, 204)
    t.equal((await send()).statusCode, 412)
    const answer = await ask('GET', path, params)
    t.equal(answer.body, 'a+b=c&d')
    t.equal(answer.headers['content-type'], 'text/plain')
  })

  const wrong: [string, string, (params: Record<string, string>) => Record<string, string>][] = [
    ['GET', 'an unknown parameter', (params) => ({ ...params, foo: '1' })],
    [
      'GET',
      'one that differs in case',
      ({ [idName]: id, ...rest }) => ({ ...rest, [idName.toLowerCase()]: `${id}` }),
    ],
    ['GET', 'a since that is no timestamp', ({ [idName]: _, ...rest }) => ({ ...rest, since: 'yesterday' })],
    ['PUT', 'since', (params) => ({ ...params, since: '2026-01-01T00:00:00Z' })],
    ['PUT', 'an empty id', (params) => ({ ...params, [idName]: '' })],
    ['DELETE', 'an empty id', (params) => ({ ...params, [idName]: '' })],
    ['PUT', 'no id', ({ [idName]: _, ...rest }) => rest],
    ['POST', 'no id', ({ [idName]: _, ...rest }) => rest],
  ]
  const ofAgent: typeof wrong = [
    ['GET', 'no agent', ({ agent: _, ...rest }) => rest],
    ['PUT', 'an agent that is no JSON', (params) => ({ ...params, agent: 'x' })],
    ['DELETE', 'an agent that is none', (params) => ({ ...params, agent: 'true' })],
    ['POST', 'an agent without identifier', (params) => ({ ...params, agent: '{"name":"x"}' })],
    [
      'PUT',
      'an anonymous group',
      (params) => ({ ...params, agent: `{"objectType":"Group","member":[${anAgent()}]}` }),
    ],
  ]
  const ofActivity: typeof wrong = [
    ['GET', 'no activityId', ({ activityId: _, ...rest }) => rest],
    ['PUT', 'an activityId that is no IRI', (params) => ({ ...params, activityId: 'unit 1' })],
  ]
  const cases = [
    ...wrong,
    ...('agent' in fresh() ? ofAgent : []),
    ...('activityId' in fresh() ? ofActivity : []),
  ]
  for (const [method, what, changed] of cases)
    t.test(`2.2 ${name}: ${method} with ${what} is 400`, async (t) => {
      const body = method === 'PUT' || method === 'POST' ? { body: { a: 1 } } : {}
      const headers = method === 'PUT' ? { 'if-none-match': '*' } : {}

      const answer = await ask(method, path, changed(fresh()), { ...body, headers })

      t.equal(answer.statusCode, 400)
      t.equal(answer.json().code, 'invalid-xapi-request')
    })
}

t.test('2.2 a parameter that stands twice is 400', async (t) => {
  const { stateId: _, ...rest } = aState()
  const answer = await ask('DELETE', `${state}?stateId=a&stateId=b&${new URLSearchParams(rest)}`, {})

  t.equal(answer.statusCode, 400)
})

t.test('2.4 profiles are not deleted all at once', async (t) => {
  const { profileId: _, ...rest } = anActivityProfile()

  t.equal((await ask('DELETE', '/activities/profile', rest)).statusCode, 400)
})

t.test('2.4 a content type that is none is refused', async (t) => {
  const params = aState()
  const form = new URLSearchParams({ ...params, 'Content-Type': 'text', content: 'x' }).toString()
  const type = 'application/x-www-form-urlencoded'

  t.equal((await ask('PUT', state, params, { body: 'x', type: 'text' })).statusCode, 415)
  t.equal((await ask('PUT', state, params, { body: 'x', type: `a/${'b'.repeat(300)}` })).statusCode, 400)
  t.equal((await ask('POST', state, { method: 'PUT' }, { body: form, type })).statusCode, 400)
  t.equal((await ask('GET', state, params)).statusCode, 404)
})

t.test(
  '2.9 a content type in a form that no header can hold is refused, not stored to fail later',
  async (t) => {
    for (const type of ['text/plain;中', 'text/plain\r\n;x', 'text/plain;\u0001']) {
      const params = aState()
      const form = new URLSearchParams({ ...params, content: 'x', 'Content-Type': type }).toString()
      const answer = await ask(
        'POST',
        state,
        { method: 'PUT' },
        {
          body: form,
          type: 'application/x-www-form-urlencoded',
        },
      )
      t.equal(answer.statusCode, 400, JSON.stringify(type))
      t.equal((await ask('GET', state, params)).statusCode, 404)
    }
  },
)

t.test('2.4 State: one of a registration and one without are two documents', async (t) => {
  const params = aState()
  const registration = randomUUID().toUpperCase()
  await ask('PUT', state, params, { body: { of: 'none' } })

  t.equal((await ask('GET', state, { ...params, registration })).statusCode, 404)
  await ask('PUT', state, { ...params, registration }, { body: { of: 'one' } })

  t.strictSame((await ask('GET', state, params)).json(), { of: 'none' })
  const lower = { ...params, registration: registration.toLowerCase() }
  t.strictSame((await ask('GET', state, lower)).json(), { of: 'one' })
  t.equal((await ask('PUT', state, { ...params, registration: 'true' }, { body: {} })).statusCode, 400)
})

t.test(
  '2.4 State: without an id GET and DELETE are about all of agent, activity and registration',
  async (t) => {
    const { stateId: _, ...subject } = aState()
    const [one, two] = [randomUUID(), randomUUID()]
    const put = (params: Record<string, string>) =>
      ask('PUT', state, { ...subject, ...params }, { body: { a: 1 } })
    await put({ stateId: 'a' })
    await put({ stateId: 'a', registration: one })
    await put({ stateId: 'b', registration: one })
    await put({ stateId: 'c', registration: two })
    const other = aState({ agent: subject.agent as string })
    await ask('PUT', state, other, { body: { a: 1 } })
    const ids = async (params = {}) => (await ask('GET', state, { ...subject, ...params })).json()

    t.strictSame(await ids(), ['a', 'b', 'c'])
    t.strictSame(await ids({ registration: one }), ['a', 'b'])
    t.equal((await ask('DELETE', state, { ...subject, registration: one })).statusCode, 204)
    t.strictSame(await ids(), ['a', 'c'])
    const conditional = await ask('DELETE', state, subject, { headers: { 'if-match': '*' } })
    t.equal(conditional.statusCode, 400)
    t.equal((await ask('DELETE', state, subject)).statusCode, 204)
    t.strictSame(await ids(), [])
    t.equal((await ask('GET', state, other)).statusCode, 200)
  },
)

t.test('2.4 State: an agent is the same however it is written', async (t) => {
  const account = { homePage: 'https://moodle.example', name: randomUUID() }
  const params = aState({ agent: JSON.stringify({ account }) })
  await ask('PUT', state, params, { body: { a: 1 } })

  const agent = JSON.stringify({ name: '张三', account: { ...account }, objectType: 'Agent' })
  t.equal((await ask('GET', state, { ...params, agent })).statusCode, 200)
  const team = JSON.stringify({ objectType: 'Group', account: { ...account, name: 'team' } })
  t.equal((await ask('PUT', state, { ...params, agent: team }, { body: {} })).statusCode, 204)
})

t.test('4.1 another store sees and touches nothing', async (t) => {
  const stranger = speakingOfDocuments(await aSpeaker(speaker.app, ground))
  for (const [name, path, fresh] of resources) {
    const params = fresh()
    const { stateId: _, profileId: __, ...subject } = params
    await create(path, params, { body: { a: 1 } })

    t.equal((await stranger.ask('GET', path, params)).statusCode, 404, name)
    t.strictSame((await stranger.ask('GET', path, subject)).json(), [], name)
    await stranger.ask('DELETE', path, params)
    await stranger.create(path, params, { body: { b: 1 } })
    t.strictSame((await ask('GET', path, params)).json(), { a: 1 }, name)
  }
})

const scopes: [string, 'state' | 'profile', string, number][] = [
  ['state', 'state', 'GET', 200],
  ['state', 'state', 'PUT', 204],
  ['state', 'profile', 'GET', 403],
  ['profile', 'profile', 'PUT', 204],
  ['profile', 'state', 'GET', 403],
  ['all/read', 'state', 'GET', 200],
  ['all/read', 'state', 'HEAD', 200],
  ['all/read', 'state', 'PUT', 403],
  ['all/read', 'state', 'DELETE', 403],
  ['all/read', 'profile', 'GET', 200],
  ['all', 'profile', 'POST', 204],
  ['statements/write statements/read', 'state', 'GET', 403],
]
for (const [granted, about, method, status] of scopes)
  t.test(`4.2 ${granted} makes ${method} of a ${about} ${status}`, async (t) => {
    const other = await aRestrictedSpeaker(speaker, ground, granted)
    const { stateId: _, ...all } = aState()
    const [path, params, subject] =
      about === 'state'
        ? [state, aState(), all]
        : ['/activities/profile', anActivityProfile(), { activityId: all.activityId as string }]
    const isRead = method === 'GET' || method === 'HEAD'
    const isWrite = method === 'PUT' || method === 'POST'
    const body = isWrite ? { body: { a: 1 }, headers: { 'if-none-match': '*' } } : {}

    const answer = await other.ask(method, path, isRead ? subject : params, body)

    t.equal(answer.statusCode, status)
  })

// Impossible area codes: nobody has these numbers.
const number = '990101199001011230'
t.test(
  '4.6 an identity number stops a document, wherever it stands; the answer does not repeat it',
  async (t) => {
    const escaped = number.replace('9', '\\u0039')
    const held: [string, Record<string, string>, Parameters<typeof ask>[3]][] = [
      ['as JSON', aState(), { body: { id: number } }],
      ['as an escaped string', aState(), { body: `{"id":"${escaped}"}`, type: 'application/json' }],
      ['as a number', aState(), { body: `{"id":${number}}`, type: 'application/json' }],
      ['as text', aState(), { body: `身份证 ${number}`, type: 'text/plain' }],
      [
        'as GBK',
        aState(),
        { body: Buffer.concat([Buffer.from([0xd0, 0xd5]), Buffer.from(number)]), type: 'text/plain' },
      ],
      ['as UTF-16', aState(), { body: Buffer.from(number, 'utf16le'), type: 'text/plain' }],
      ['in what only bears the name of a hash', aState(), { body: { sha2: number } }],
      ['in the content type', aState(), { body: 'x', type: `text/plain; name=${number}` }],
      ['in the id', aState({ stateId: `s-${number}` }), { body: { a: 1 } }],
      ['in the agent', aState({ agent: anAgent({ name: number }) }), { body: { a: 1 } }],
      ['in the activity', aState({ activityId: `https://x.example/${number}` }), { body: { a: 1 } }],
    ]
    for (const [where, params, wish] of held)
      for (const method of ['PUT', 'POST']) {
        const answer = await ask(method, state, params, wish)
        t.equal(answer.statusCode, 400, where)
        t.equal(answer.json().code, 'pii-in-document', where)
        t.notMatch(answer.body, number)
      }
    const hidden = await ask('PUT', state, aState(), { body: { sha2: number.padEnd(64, 'a') } })
    t.equal(hidden.statusCode, 204, 'digits of a hash mean nothing')
  },
)

t.test('4.6 the conformance profile and binary contents are not looked at', async (t) => {
  const free = speakingOfDocuments(await aSpeaker(speaker.app, ground, { profile: 'conformance' }))
  const binary = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.from(number)])

  t.equal((await free.ask('PUT', state, aState(), { body: { id: number } })).statusCode, 204)
  t.equal((await ask('PUT', state, aState(), { body: binary, type: 'image/png' })).statusCode, 204)
})
