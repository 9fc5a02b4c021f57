import { hash } from 'node:crypto'
import { BadRequest } from '../errors.ts'
import type { Fault, FaultCode } from '../language/faults.ts'
import { boundaryOf, mediaTypeOf, type Part, partsOf } from '../language/multipart.ts'
import { isSha2 } from '../language/terms.ts'

/** What one request of statements holds: all statements as JSON, and bytes by their SHA-2 in lower-case digits. */
export interface Envelope {
  json: Buffer
  parts: ReadonlyMap<string, Buffer>
  /** What is wrong with how it is put together; then nothing else may be read. */
  faults: Fault[]
}

/**
 * Opens a request: `application/json`, or `multipart/mixed` with the statements first and every attachment after them
 * (xAPI Communication 1.5). Throws BadRequest for any other type.
 */
export function envelopeOf(contentType: string | undefined, body: Buffer): Envelope {
  const type = mediaTypeOf(contentType)
  if (type === 'application/json') return { json: body, parts: none, faults: [] }
  if (type !== 'multipart/mixed')
    throw new BadRequest('statements are sent as application/json, or as multipart/mixed with attachments')
  const boundary = boundaryOf(contentType as string)
  if (boundary === null) return broken('multipart-invalid')
  const envelope = envelopeIn(partsOf(body, boundary))
  if (!envelope.faults.some(({ code }) => code === 'attachment-hash')) return envelope
  const loose = envelopeIn(partsOf(body, boundary, { loose: true }))
  return loose.faults.length === 0 ? loose : envelope
}

const none: ReadonlyMap<string, Buffer> = new Map()
const nothing = Buffer.alloc(0)

function broken(code: FaultCode): Envelope {
  return { json: nothing, parts: none, faults: [{ index: 0, pointer: '', code }] }
}

function envelopeIn(all: Part[] | null): Envelope {
  if (!all) return broken('multipart-invalid')
  const [first, ...rest] = all
  if (!first || mediaTypeOf(first.headers.get('content-type')) !== 'application/json')
    return broken('multipart-statements')
  const parts = new Map<string, Buffer>()
  for (const { headers, body } of rest) {
    const sha2 = headers.get('x-experience-api-hash')?.toLowerCase()
    const isBinary = headers.get('content-transfer-encoding')?.toLowerCase() === 'binary'
    if (sha2 === undefined || !isBinary) return broken('attachment-header')
    if (!isSha2(sha2) || sha2Of(body, sha2.length) !== sha2) return broken('attachment-hash')
    parts.set(sha2, body)
  }
  return { json: first.body, parts, faults: [] }
}

/** The family member that makes so many hexadecimal digits. */
function sha2Of(bytes: Buffer, digits: number): string {
  return hash(`sha${digits * 4}`, bytes)
}
