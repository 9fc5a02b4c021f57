import { createHash } from 'node:crypto'
import { boundaryOf, type Part, partsOf } from '../../xapi-bridge/language/multipart.ts'
import type { Json } from './statement-examples.ts'

/** An attachment with its bytes, as a test sends it. */
export interface AnAttachment {
  declared: Json & { sha2: string }
  part: string | Buffer
}

/** An attachment of these bytes; the test names only what it is about. */
export function anAttachment(content: string | Buffer, changes: Json = {}): AnAttachment {
  const bytes = Buffer.from(content)
  const declared = {
    usageType: 'https://example.com/usage/certificate',
    display: { en: 'certificate' },
    contentType: 'text/plain',
    length: bytes.length,
    sha2: createHash('sha256').update(bytes).digest('hex'),
    ...changes,
  }
  return { declared, part: aPart(bytes, declared.sha2, declared.contentType) }
}

/** One part of a request, with the headers that an attachment needs. */
export function aPart(content: string | Buffer, sha2: string, type = 'text/plain'): Buffer {
  const headers = [
    `Content-Type: ${type}`,
    'Content-Transfer-Encoding: binary',
    `X-Experience-API-Hash: ${sha2}`,
  ]
  return Buffer.concat([Buffer.from(`${headers.join('\r\n')}\r\n\r\n`), Buffer.from(content)])
}

/** A body of `multipart/mixed`, with a boundary that is the same each time. */
export function aMultipart(statements: unknown, parts: (string | Buffer)[]): { body: Buffer; type: string } {
  const boundary = '-------314159265358979323846'
  const first = `Content-Type: application/json\r\n\r\n${JSON.stringify(statements)}`
  const all = [first, ...parts].flatMap((part) => [
    Buffer.from(`--${boundary}\r\n`),
    Buffer.from(part),
    Buffer.from('\r\n'),
  ])
  return {
    body: Buffer.concat([...all, Buffer.from(`--${boundary}--\r\n`)]),
    type: `multipart/mixed; boundary=${boundary}`,
  }
}

/** The parts of an answer: the JSON of the first, and the others by their hash. */
export function partsOfAnswer(answer: { headers: Json; rawPayload: Buffer }): {
  json: Json
  parts: Map<string, Part>
  count: number
} {
  const boundary = boundaryOf(String(answer.headers['content-type'])) ?? ''
  const [first, ...rest] = partsOf(answer.rawPayload, boundary) ?? []
  return {
    json: JSON.parse(first?.body.toString() ?? 'null'),
    parts: new Map(rest.map((part) => [part.headers.get('x-experience-api-hash') ?? '', part])),
    count: rest.length,
  }
}
