import { createHash, randomUUID } from 'node:crypto'
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { type AnAttachment, aMultipart, anAttachment, aPart, partsOfAnswer } from './attachment-examples.ts'
import { aBridge, aSpeaker, aStatement, type Json, type Speaker } from './statement-examples.ts'

const ground = await freshGround(t, { XAPI_ATTACHMENTS_MB: '2' })
const app = await aBridge(t, ground)
const source = await aSpeaker(app, ground)

const send = (
  statements: unknown,
  attachments: (string | Buffer)[],
  headers: Json = {},
  from: Speaker = source,
) => {
  const { body, type } = aMultipart(statements, attachments)
  return from.post(body, { 'content-type': type, ...headers })
}
const withAttachments = (attachments: AnAttachment[], changes: Json = {}) =>
  aStatement({ attachments: attachments.map(({ declared }) => declared), ...changes })
const partsIn = (attachments: AnAttachment[]) => attachments.map(({ part }) => part)

t.test('bytes come with a statement and go with it, untouched', async (t) => {
  const bytes = Buffer.from([0, 255, 13, 10, 45, 45, 254, 10])
  const attachment = anAttachment(bytes, { contentType: 'application/pdf' })
  const statement = withAttachments([attachment])

  const answer = await send(statement, [attachment.part])
  const shown = await source.get({ statementId: statement.id, attachments: 'true' })

  t.equal(answer.statusCode, 200, answer.body)
  t.match(shown.headers['content-type'], /^multipart\/mixed; boundary=[\w-]+$/, 'unquoted, and nothing else')
  t.equal(shown.headers['x-content-type-options'], 'nosniff')
  t.ok(shown.headers['last-modified'])
  const { json, parts } = partsOfAnswer(shown)
  t.equal(json.id, statement.id)
  const part = parts.get(attachment.declared.sha2)
  t.strictSame(part?.body, bytes)
  t.equal(part?.headers.get('content-type'), 'application/pdf')
  t.equal(part?.headers.get('content-transfer-encoding'), 'binary')
})

t.test('without attachments=true the answer is JSON', async (t) => {
  const attachment = anAttachment('here is a simple attachment')
  const statement = withAttachments([attachment])
  await send(statement, [attachment.part])

  for (const query of [{}, { attachments: 'false' }] as Record<string, string>[]) {
    const shown = await source.get({ statementId: statement.id, ...query })
    t.match(shown.headers['content-type'], /^application\/json/)
    t.equal(shown.json().id, statement.id)
  }
})

t.test('attachments=true answers multipart also where no statement has any', async (t) => {
  const other = await aSpeaker(app, ground)
  await other.post(aStatement())

  const { json, count } = partsOfAnswer(await other.get({ attachments: 'true' }))

  t.equal((json.statements as Json[]).length, 1)
  t.equal(count, 0)
})

t.test('statements that share bytes need one part, and get one', async (t) => {
  const other = await aSpeaker(app, ground)
  const shared = anAttachment(`shared ${randomUUID()}`)
  const own = anAttachment(`own ${randomUUID()}`)
  const batch = [withAttachments([shared]), withAttachments([shared, own])]

  const answer = await send(batch, [shared.part, own.part], {}, other)

  t.equal(answer.statusCode, 200, answer.body)
  const { json, parts, count } = partsOfAnswer(await other.get({ attachments: 'true' }))
  t.equal((json.statements as Json[]).length, 2)
  t.equal(count, 2)
  t.strictSame([...parts.keys()].sort(), [shared.declared.sha2, own.declared.sha2].sort())
})

t.test('PUT takes attachments too, and those of a SubStatement', async (t) => {
  const attachment = anAttachment(`put ${randomUUID()}`)
  const { id, timestamp: _, ...rest } = withAttachments([attachment])
  const sub = anAttachment(`sub ${randomUUID()}`)
  const statement = {
    ...rest,
    object: { ...(({ id: _, ...one }) => one)(withAttachments([sub])), objectType: 'SubStatement' },
  }
  const { body, type } = aMultipart(statement, partsIn([attachment, sub]))

  const answer = await app.inject({
    method: 'PUT',
    url: '/xapi/statements',
    query: { statementId: id },
    headers: {
      authorization: `Basic ${Buffer.from(`${source.credential.key}:${source.credential.secret}`).toString('base64')}`,
      'x-experience-api-version': '1.0.3',
      'content-type': type,
    },
    payload: body,
  })

  t.equal(answer.statusCode, 204, answer.body)
  const { count } = partsOfAnswer(await source.get({ statementId: id, attachments: 'true' }))
  t.equal(count, 2)
})

t.test('bytes larger than a piece survive, and so do none at all', async (t) => {
  const large = Buffer.alloc(1024 * 1024 + 17, 'x')
  const attachments = [anAttachment(large), anAttachment('')]
  const statement = withAttachments(attachments)

  t.equal((await send(statement, partsIn(attachments))).statusCode, 200)
  const { parts } = partsOfAnswer(await source.get({ statementId: statement.id, attachments: 'true' }))
  t.ok(parts.get(attachments[0]?.declared.sha2 ?? '')?.body.equals(large))
  t.equal(parts.get(attachments[1]?.declared.sha2 ?? '')?.body.length, 0)
})

for (const algorithm of ['sha224', 'sha384', 'sha512']) {
  t.test(`${algorithm} is SHA-2 as well, in any case of letters`, async (t) => {
    const sha2 = createHash(algorithm).update('x').digest('hex').toUpperCase()
    const statement = withAttachments([anAttachment('x', { sha2 })])

    t.equal((await send(statement, [aPart('x', sha2.toLowerCase())])).statusCode, 200)
    const { count } = partsOfAnswer(await source.get({ statementId: statement.id, attachments: 'true' }))
    t.equal(count, 1)
  })
}

t.test('the same request again finds its bytes, and so does a retry that met a conflict', async (t) => {
  const attachment = anAttachment(`again ${randomUUID()}`)
  const statement = withAttachments([attachment])

  const statuses = [
    (await send(statement, [attachment.part])).statusCode,
    (await send(statement, [attachment.part])).statusCode,
    (await send({ ...statement, verb: { id: 'https://example.com/other' } }, [attachment.part])).statusCode,
    (await send(withAttachments([attachment]), [attachment.part])).statusCode,
  ]

  t.strictSame(statuses, [200, 200, 409, 200])
})

t.test('many at once with the same bytes keep them once', async (t) => {
  const attachment = anAttachment(`crowd ${randomUUID()}`)
  const all = Array.from({ length: 12 }, () => send(withAttachments([attachment]), [attachment.part]))

  t.strictSame(new Set((await Promise.all(all)).map(({ statusCode }) => statusCode)), new Set([200]))
  const sha2 = Buffer.from(attachment.declared.sha2, 'hex')
  t.equal((await ground.db('attachment').where({ sha2 })).length, 1)
})

t.test('a store never sees the bytes of another, though it knows their hash', async (t) => {
  const other = await aSpeaker(app, ground)
  const secret = anAttachment(`secret ${randomUUID()}`)
  await send(withAttachments([secret]), [secret.part])
  const curious = aStatement({ attachments: [{ ...secret.declared, fileUrl: 'https://example.com/f' }] })

  await other.post(curious)
  const { json, count } = partsOfAnswer(await other.get({ statementId: curious.id, attachments: 'true' }))

  t.equal(json.id, curious.id)
  t.equal(count, 0)
})

t.test(
  'every page brings the attachments of its own statements, and no more than an answer holds',
  async (t) => {
    const other = await aSpeaker(app, ground)
    const large = [1, 2, 3].map((n) => anAttachment(Buffer.alloc(1024 * 1024, `${n}`)))
    for (const one of large) await send(withAttachments([one]), [one.part], {}, other)

    const pages: number[] = []
    const hashes = new Set<string>()
    let statements = 0
    for (let more = '/xapi/statements?attachments=true'; more !== ''; ) {
      const query = Object.fromEntries(new URL(more, 'http://x').searchParams)
      const { json, parts, count } = partsOfAnswer(await other.get(query))
      pages.push(count)
      for (const sha2 of parts.keys()) hashes.add(sha2)
      statements += (json.statements as Json[]).length
      more = json.more as string
    }

    t.strictSame(pages, [2, 1])
    t.equal(statements, 3)
    t.equal(hashes.size, 3)
  },
)

t.test('ids and canonical come with attachments too', async (t) => {
  const attachment = anAttachment(`formats ${randomUUID()}`)
  const statement = withAttachments([attachment])
  await send(statement, [attachment.part])

  for (const format of ['ids', 'canonical']) {
    const answer = await source.get({ statementId: statement.id, attachments: 'true', format })
    t.equal(partsOfAnswer(answer).count, 1, format)
  }
})

t.test('the conformance profile takes a length that does not fit: the public suite sends one', async (t) => {
  const suite = await aSpeaker(app, ground, { profile: 'conformance' })
  const attachment = anAttachment(`measured ${randomUUID()}`, { length: 1 })
  const statement = withAttachments([attachment])

  t.equal((await send(statement, [attachment.part], {}, suite)).statusCode, 200)
  t.equal(partsOfAnswer(await suite.get({ statementId: statement.id, attachments: 'true' })).count, 1)
})

t.test('what a client calls a type does not become a header of its own', async (t) => {
  const attachment = anAttachment('x', { contentType: 'text/plain ;\u0001x=1' })
  const statement = withAttachments([attachment])
  await send(statement, [aPart('x', attachment.declared.sha2)])

  const { parts } = partsOfAnswer(await source.get({ statementId: statement.id, attachments: 'true' }))
  t.equal([...parts.values()][0]?.headers.get('content-type'), 'application/octet-stream')
})

t.test('under 2.0.0 multipart without attachments is valid', async (t) => {
  t.equal((await send(aStatement(), [], { 'x-experience-api-version': '2.0.0' })).statusCode, 200)
  const addressed = anAttachment('x', { fileUrl: 'https://example.com/f' })
  t.equal(
    (await send(withAttachments([addressed]), [], { 'x-experience-api-version': '2.0.0' })).statusCode,
    200,
  )
})

const one = anAttachment('one')
const two = anAttachment('two')
const refusals: {
  name: string
  statement: Json
  parts: (string | Buffer)[]
  code: string
  pointer?: string
}[] = [
  {
    name: 'a part that no attachment declares',
    statement: withAttachments([one]),
    parts: partsIn([one, two]),
    code: 'attachment-excess',
  },
  {
    name: 'an attachment with neither part nor address',
    statement: withAttachments([one, two]),
    parts: partsIn([one]),
    code: 'attachment-missing',
    pointer: '/attachments/1/fileUrl',
  },
  {
    name: 'a part without encoding',
    statement: withAttachments([one]),
    parts: [`X-Experience-API-Hash: ${one.declared.sha2}\r\n\r\none`],
    code: 'attachment-header',
  },
  {
    name: 'a part with another encoding',
    statement: withAttachments([one]),
    parts: [`Content-Transfer-Encoding: base64\r\nX-Experience-API-Hash: ${one.declared.sha2}\r\n\r\none`],
    code: 'attachment-header',
  },
  {
    name: 'a part without hash',
    statement: withAttachments([one]),
    parts: ['Content-Transfer-Encoding: binary\r\n\r\none'],
    code: 'attachment-header',
  },
  {
    name: 'a part that its hash does not fit',
    statement: withAttachments([one]),
    parts: [aPart('other', one.declared.sha2)],
    code: 'attachment-hash',
  },
  {
    name: 'a length that is not that of the bytes',
    statement: withAttachments([anAttachment('one', { length: 4 })]),
    parts: [one.part],
    code: 'attachment-length',
    pointer: '/attachments/0/length',
  },
  {
    name: 'a second part of statements',
    statement: aStatement(),
    parts: [`Content-Type: application/json\r\n\r\n${JSON.stringify(aStatement())}`],
    code: 'attachment-header',
  },
]

for (const { name, statement, parts, code, pointer = '' } of refusals) {
  t.test(`${name} is refused, and nothing is stored`, async (t) => {
    const answer = await send(statement, parts)

    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { code: 'invalid-statements', errors: [{ code, pointer }] })
    t.equal((await source.get({ statementId: String(statement.id) })).statusCode, 404)
  })
}

const types: [string, string][] = [
  ['multipart/mixed', 'multipart-invalid'],
  ['multipart/mixed; boundary=other', 'multipart-invalid'],
  ['multipart/form-data; boundary=-------314159265358979323846', 'invalid-xapi-request'],
]

for (const [type, code] of types) {
  t.test(`sent as ${type} it is refused`, async (t) => {
    const answer = await source.post(aMultipart(withAttachments([one]), [one.part]).body, {
      'content-type': type,
    })

    t.equal(answer.statusCode, 400)
    t.equal(answer.json().errors?.[0].code ?? answer.json().code, code)
  })
}

t.test('a first part of another type is refused', async (t) => {
  const { body, type } = aMultipart(withAttachments([one]), [one.part])
  const text = body.toString().replace('application/json', 'text/plain')

  t.equal((await source.post(text, { 'content-type': type })).json().errors[0].code, 'multipart-statements')
})

t.test('what is larger than allowed is refused with 413', async (t) => {
  const large = anAttachment(Buffer.alloc(8 * 1024 * 1024 + 1))
  t.equal((await send(withAttachments([large]), [large.part])).statusCode, 413)

  const text = JSON.stringify(aStatement({ result: { response: 'x'.repeat(6 * 1024 * 1024) } }))
  const answer = await source.post(text)
  t.equal(answer.statusCode, 413)
  t.equal(answer.json().code, 'too-large')
})
