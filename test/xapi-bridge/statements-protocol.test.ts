import { randomUUID } from 'node:crypto'
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aFreshSpeaker, aStatement, type Json } from './statement-examples.ts'

const ground = await freshGround(t)
const source = await aFreshSpeaker(t, ground)
const { post, put, get, app } = source

const versions: [string | undefined, number, string][] = [
  ['1.0', 200, '1.0.3'],
  ['1.0.0', 200, '1.0.3'],
  ['1.0.9', 200, '1.0.3'],
  ['2.0.0', 200, '2.0.0'],
  ['2.0.7', 200, '2.0.0'],
  ['0.9', 400, '1.0.3'],
  ['0.95', 400, '1.0.3'],
  ['1.1.0', 400, '1.0.3'],
  ['BAD', 400, '1.0.3'],
  [undefined, 400, '1.0.3'],
]
for (const [sent, status, answered] of versions)
  t.test(`2.9 the version header ${sent ?? '(missing)'} is answered ${status} as ${answered}`, async (t) => {
    const answer = await get({}, { 'x-experience-api-version': sent })

    t.equal(answer.statusCode, status)
    t.equal(answer.headers['x-experience-api-version'], answered)
  })

t.test('1.2 the default version is a setting', async (t) => {
  const other = await freshGround(t, { XAPI_DEFAULT_VERSION: '2.0.0' })
  const { get } = await aFreshSpeaker(t, other)

  t.equal(
    (await get({}, { 'x-experience-api-version': undefined })).headers['x-experience-api-version'],
    '2.0.0',
  )
})

const refusedQueries: [string, Record<string, string>][] = [
  ['an unknown parameter', { foo: 'x' }],
  ['one that differs in case', { StatementId: randomUUID() }],
  ['statementId and voidedStatementId', { statementId: randomUUID(), voidedStatementId: randomUUID() }],
  ['statementId and a filter', { statementId: randomUUID(), verb: 'http://example.com/v' }],
  ['a statementId that is no UUID', { statementId: 'x' }],
  ['a verb that is no IRI', { verb: 'x' }],
  ['an agent that is no agent', { agent: '{"name":"x"}' }],
  ['an agent that is no JSON', { agent: '{' }],
  ['a limit below zero', { limit: '-1' }],
  ['a since that is no timestamp', { since: 'yesterday' }],
  ['ascending that is not true or false', { ascending: 'yes' }],
  ['an unknown format', { format: 'short' }],
  ['a registration that is no UUID', { registration: 'x' }],
  ['a more that is not ours', { more: 'e30.AAAA' }],
]
for (const [name, query] of refusedQueries)
  t.test(`2.2 query: ${name} is 400`, async (t) => {
    t.equal((await get(query)).statusCode, 400)
  })

t.test('2.2 query: a parameter that stands twice is 400', async (t) => {
  const answer = await app.inject({
    method: 'GET',
    url: '/xapi/statements?limit=1&limit=2',
    headers: (await headersOf()) as never,
  })

  t.equal(answer.statusCode, 400)
})

t.test('2.3 a PUT needs statementId and nothing else; a POST takes no parameters', async (t) => {
  const headers = { ...(await headersOf()), 'content-type': 'application/json' } as never
  const payload = JSON.stringify(aStatement())
  const status = async (method: 'PUT' | 'POST', url: string) =>
    (await app.inject({ method, url, headers, payload })).statusCode

  t.equal(await status('PUT', '/xapi/statements'), 400)
  t.equal(await status('PUT', `/xapi/statements?statementId=${randomUUID()}&x=1`), 400)
  t.equal(await status('PUT', '/xapi/statements?statementId=x'), 400)
  t.equal(await status('POST', `/xapi/statements?statementId=${randomUUID()}`), 400)
  t.equal((await put(randomUUID(), [aStatement()])).statusCode, 400, 'a list')
})

t.test('2.5 another content type, or none, is 400', async (t) => {
  for (const type of ['text/plain', 'application/jsonx', 'multipart/form-data', undefined])
    t.equal((await post(aStatement(), { 'content-type': type })).statusCode, 400, `${type}`)
  t.equal((await post(aStatement(), { 'content-type': 'application/json; charset=utf-8' })).statusCode, 200)
})

t.test('2.5 an attachment without fileUrl cannot come as JSON', async (t) => {
  const attachment = {
    usageType: 'http://example.com/usage',
    display: { en: 'x' },
    contentType: 'text/plain',
    length: 3,
    sha2: 'a'.repeat(64),
  }

  t.match((await post(aStatement({ attachments: [attachment] }))).json().errors, [
    { pointer: '/attachments/0/fileUrl', code: 'attachment-missing' },
  ])
  const reachable = { ...attachment, fileUrl: 'https://example.com/file' }
  t.equal((await post(aStatement({ attachments: [reachable] }))).statusCode, 200)
})

t.test('2.8 a refusal is told in plain text to who asks for that', async (t) => {
  const answer = await post({ ...aStatement(), verb: {} }, { accept: 'text/plain' })

  t.equal(answer.statusCode, 400)
  t.match(answer.headers['content-type'], /^text\/plain/)
  t.match(
    answer.body,
    /^the statements are not valid.*\nstatement 0 \/verb\/id: a required property is missing\n$/,
  )
})

t.test('2.9 HEAD is GET without a body', async (t) => {
  const sent = aStatement()
  await post(sent)
  const headers = (await headersOf()) as never
  const url = `/xapi/statements?statementId=${sent.id}`

  const head = await app.inject({ method: 'HEAD', url, headers })

  const body = await app.inject({ method: 'GET', url, headers })
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  for (const name of ['content-length', 'content-type', 'last-modified', 'x-experience-api-version'])
    t.equal(head.headers[name], body.headers[name], name)
})

t.test('2.8 a watermark is never newer than what a reader then finds', async (t) => {
  const { through } = { through: (await get()).headers['x-experience-api-consistent-through'] as string }
  await post(aStatement())

  const later = (await get({ since: through })).json().statements as Json[]

  t.equal(later.length, 1)
  t.ok((later[0]?.stored as string) > through)
})

t.test('six thousand broken bodies are refused, none fails', async (t) => {
  const statuses = new Map<number, number>()
  for (let from = 0; from < 6000; from += 100) {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => post(mutated(from + n))))
    for (const { statusCode } of answers) statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
  }

  t.strictSame(
    [...statuses.keys()].filter((status) => ![200, 400, 409].includes(status)),
    [],
  )
  t.ok((statuses.get(400) ?? 0) > 3000, 'most are refused')
})

async function headersOf(): Promise<Json> {
  const { key, secret } = source.credential
  return {
    authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
    'x-experience-api-version': '1.0.3',
  }
}

const rich = () =>
  JSON.stringify([
    aStatement({
      actor: { objectType: 'Group', member: [{ mbox: 'mailto:a@example.com' }] },
      object: {
        objectType: 'SubStatement',
        actor: { openid: 'https://a.example' },
        verb: { id: 'http://example.com/v' },
        object: { objectType: 'StatementRef', id: randomUUID() },
      },
      context: {
        registration: randomUUID(),
        instructor: { mbox_sha1sum: 'a'.repeat(40) },
        contextActivities: {
          parent: { id: 'http://example.com/p' },
          other: [{ id: 'http://example.com/o' }],
        },
        extensions: { 'http://example.com/e': [1, null, { a: '\u4e2d\ud83d\ude00' }] },
      },
      attachments: [],
    }),
  ])

/** A body with one to three things broken, the same for the same number. */
function mutated(seed: number): Buffer {
  let state = seed * 2654435761 + 1
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  let bytes: Buffer = Buffer.from(rich())
  const pieces = [
    'null',
    '""',
    '{}',
    '[]',
    '1e999',
    '"\\ud800"',
    '\u0000',
    '}',
    '"',
    '-',
    '9'.repeat(30),
    'true',
  ]
  for (let left = random(3); left >= 0; left--) {
    const at = random(bytes.length)
    const kind = random(4)
    if (kind === 0) bytes[at] = random(256)
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))])
    else if (kind === 2)
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(pieces[random(pieces.length)] as string),
        bytes.subarray(at),
      ])
    else bytes = replaceValue(bytes, pieces[random(pieces.length)] as string, random(40))
  }
  return bytes
}

/** Puts a piece in place of the value of one member, so that the JSON stays whole more often. */
function replaceValue(bytes: Buffer, piece: string, nth: number): Buffer {
  let count = 0
  const text = bytes
    .toString()
    .replace(/:("[^"]*"|\d+|true|null)/g, (found) => (count++ === nth ? `:${piece}` : found))
  return Buffer.from(text)
}
