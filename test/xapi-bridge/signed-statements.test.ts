import { createHash, createHmac, type KeyObject, sign } from 'node:crypto'
import t from 'tap'
import { type Source, sourceById } from '../../xapi-bridge/sources/source.ts'
import { flag } from '../../xapi-bridge/statements/flags.ts'
import { statementById } from '../../xapi-bridge/statements/read.ts'
import { aSigner } from '../support/certificate.ts'
import { freshGround } from '../support/ground.ts'
import { aMultipart, anAttachment, aPart, partsOfAnswer } from './attachment-examples.ts'
import { aFreshSpeaker, aStatement, type Json } from './statement-examples.ts'

const ground = await freshGround(t)
const source = await aFreshSpeaker(t, ground)
const signer = aSigner()
const stranger = aSigner()

const usageType = 'http://adlnet.gov/expapi/attachments/signature'
const contentType = 'application/octet-stream'

/** A JWS in compact form over a payload, however wrong. */
function jws(payload: unknown, header: Json = {}, key: KeyObject = signer.privateKey): string {
  const alg = String(header.alg ?? 'RS256')
  const encoded = [{ alg, ...header }, payload]
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .map((text) => Buffer.from(text).toString('base64url'))
    .join('.')
  const signature = alg.startsWith('HS')
    ? createHmac('sha256', 'secret').update(encoded).digest()
    : sign(`sha${alg.slice(2)}`, Buffer.from(encoded), key)
  return `${encoded}.${signature.toString('base64url')}`
}

const send = (statement: Json, signature: string, declared: Json = {}, headers: Json = {}) => {
  const { declared: attachment, part } = anAttachment(signature, { usageType, contentType, ...declared })
  const others = (statement.attachments as Json[] | undefined) ?? []
  const { body, type } = aMultipart({ ...statement, attachments: [...others, attachment] }, [part])
  return source.post(body, { 'content-type': type, ...headers })
}
const { storeId } = (await sourceById(ground.db, source.credential.source_id)) as Source
const flagsOf = async (id: string) => (await statementById(ground.db, storeId, id))?.flags ?? 0

for (const alg of ['RS256', 'RS384', 'RS512']) {
  t.test(`XAPI-00117: a statement signed by ${alg} is accepted, and its signature comes back`, async (t) => {
    const statement = aStatement()
    const signature = jws(statement, { alg })

    const answer = await send(statement, signature)

    t.equal(answer.statusCode, 200, answer.body)
    t.notOk((await flagsOf(statement.id)) & flag.signed, 'nothing to verify it by')
    const { parts } = partsOfAnswer(await source.get({ statementId: statement.id, attachments: 'true' }))
    t.equal([...parts.values()][0]?.body.toString(), signature)
  })

  t.test(`a signature by ${alg} that fits its certificate is noted`, async (t) => {
    const statement = aStatement()

    const answer = await send(statement, jws(statement, { alg, x5c: [signer.certificate] }))

    t.equal(answer.statusCode, 200, answer.body)
    t.ok((await flagsOf(statement.id)) & flag.signed)
  })
}

t.test('what an LRS may change may differ between the statement and what is signed', async (t) => {
  const statement = aStatement()
  const { id: _, ...signed } = {
    ...statement,
    timestamp: '2026-03-02T18:15:30.000+08:00',
    verb: { id: (statement.verb as Json).id },
    stored: '2026-03-02T10:15:31Z',
  }

  t.equal((await send(statement, jws(signed))).statusCode, 200)
})

t.test('durations are compared by the version of the request', async (t) => {
  const statement = aStatement({ result: { duration: 'PT1.234S' } })
  const signed = jws({ ...statement, result: { duration: 'PT1.23S' } })

  t.equal((await send(statement, signed)).json().errors[0].code, 'signature-mismatch')
  t.equal((await send(statement, signed, {}, { 'x-experience-api-version': '2.0.0' })).statusCode, 200)
})

t.test('other attachments are signed with the statement, earlier signatures are not', async (t) => {
  const attachment = anAttachment('x', { fileUrl: 'https://example.com/x' }).declared
  const statement = aStatement({ attachments: [attachment] })

  t.equal((await send(statement, jws(statement))).statusCode, 200)
  const { attachments: _, ...bare } = aStatement()
  t.equal((await send({ ...bare, attachments: [attachment] }, jws(bare))).statusCode, 400)
})

const refusals: { name: string; signature: (statement: Json) => string; declared?: Json; code: string }[] = [
  {
    name: 'XAPI-00115: a signature of another content type',
    signature: (statement) => jws(statement),
    declared: { contentType: 'text/plain; charset=ascii' },
    code: 'signature-missing',
  },
  { name: 'XAPI-00115: what is no JWS', signature: () => 'signed, yours truly', code: 'signature-invalid' },
  {
    name: 'XAPI-00116: a payload that is no JSON',
    signature: (statement) => jws(JSON.stringify(statement).replace('"', "'")),
    code: 'signature-invalid',
  },
  { name: 'a payload that is no object', signature: () => jws('[]'), code: 'signature-invalid' },
  {
    name: 'a payload nested without end',
    signature: () => jws(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    code: 'signature-invalid',
  },
  {
    name: 'a payload that is no statement',
    signature: (statement) =>
      jws({ ...statement, context: { contextActivities: { parent: [null] } }, attachments: [null] }),
    code: 'signature-mismatch',
  },
  {
    name: 'XAPI-00117: another algorithm',
    signature: (statement) => jws(statement, { alg: 'HS256' }),
    code: 'signature-invalid',
  },
  {
    name: 'no algorithm',
    signature: (statement) =>
      jws(statement).replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')),
    code: 'signature-invalid',
  },
  {
    name: 'an extension that must be understood',
    signature: (statement) => jws(statement, { crit: ['exp'], exp: 1 }),
    code: 'signature-invalid',
  },
  {
    name: 'the signature of another statement',
    signature: () => jws(aStatement()),
    code: 'signature-mismatch',
  },
  {
    name: 'a signature by another key than that of its certificate',
    signature: (statement) => jws(statement, { x5c: [stranger.certificate] }),
    code: 'signature-invalid',
  },
  {
    name: 'a certificate that is none',
    signature: (statement) => jws(statement, { x5c: ['bm9uZQ=='] }),
    code: 'signature-invalid',
  },
  {
    name: 'no certificate where some were to be',
    signature: (statement) => jws(statement, { x5c: [] }),
    code: 'signature-invalid',
  },
]

for (const { name, signature, declared = {}, code } of refusals) {
  t.test(`${name} is refused`, async (t) => {
    const statement = aStatement()

    const answer = await send(statement, signature(statement), declared)

    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { errors: [{ index: 0, pointer: '/attachments/0', code }] })
    t.equal((await source.get({ statementId: statement.id })).statusCode, 404)
  })
}

t.test('XAPI-00115: a signature that is only an address is refused', async (t) => {
  const fileUrl = 'https://example.com/signature'
  const { declared } = anAttachment('x', { usageType, contentType, fileUrl })

  const answer = await source.post(aStatement({ attachments: [declared] }))

  t.match(answer.json(), { errors: [{ code: 'signature-missing' }] })
})

t.test('a statement carries ten signatures at most', async (t) => {
  const statement = aStatement()
  const { declared, part } = anAttachment(jws(statement), { usageType, contentType })
  const { body, type } = aMultipart({ ...statement, attachments: Array(11).fill(declared) }, [part])

  const answer = await source.post(body, { 'content-type': type })

  t.match(answer.json(), { errors: [{ pointer: '/attachments/10', code: 'signature-invalid' }] })
})

t.test('an identity number hidden in what is signed is found', async (t) => {
  const number = '990101198001010014'
  const statement = aStatement()
  const signed = jws({ ...statement, verb: { id: (statement.verb as Json).id, display: { en: number } } })
  const sha2 = createHash('sha256').update(signed).digest('hex')
  const attachment = { usageType, display: { en: 's' }, contentType, length: signed.length, sha2 }
  const { body, type } = aMultipart({ ...statement, attachments: [attachment] }, [aPart(signed, sha2)])

  const answer = await source.post(body, { 'content-type': type })

  t.match(answer.json(), { errors: [{ code: 'pii-in-statement' }] })
  t.notMatch(answer.body, number)
})
