import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { largestDocument } from '../../xapi-bridge/documents/errors.ts'
import { freshGround } from '../support/ground.ts'
import { aDocumentSpeaker, aState, resources } from './documents-examples.ts'

const ground = await freshGround(t)
const { ask, create } = await aDocumentSpeaker(t, ground)
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
}

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

t.test(
  '2.4 what an earlier version stored under a type that no header can hold is served as bytes',
  async (t) => {
    for (const type of ['text/html\r\nSet-Cookie: a=b', 'text/plain;中', 'nonsense', '']) {
      const params = aState()
      await ask('PUT', state, params, { body: '<b>学时</b>', type: 'text/plain' })
      await ground
        .db('document')
        .where({ document_id: Buffer.from(params.stateId as string) })
        .update({ content_type: type })

      const [get, head] = [await ask('GET', state, params), await ask('HEAD', state, params)]

      t.equal(get.statusCode, 200, JSON.stringify(type))
      t.equal(get.body, '<b>学时</b>')
      for (const { statusCode, headers } of [get, head]) {
        t.equal(statusCode, 200)
        t.equal(headers['content-type'], 'application/octet-stream')
        t.notOk(headers['set-cookie'])
      }
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
