import type { Config } from '../../foundation/config.ts'
import { translateEnvelope } from '../adapters/envelope-360learning.ts'
import type { Fault } from '../language/faults.ts'
import { scan } from '../language/scan.ts'
import type { Source } from '../sources/source.ts'
import { envelopeOf } from '../statements/envelope.ts'
import { isCut, type RejectedInput } from './input.ts'

/** What stands in a rejected input: the text of each statement in order, or what keeps them from being told apart. */
export interface Contents {
  texts: string[]
  /** Bytes of attachments that came with them, by their SHA-2 in lower-case hexadecimal digits. */
  parts: ReadonlyMap<string, Buffer>
  /** Faults of the whole; then `texts` holds the body as one. */
  faults: Fault[]
}

/** Takes a rejected input apart as it was when it came: what an adapter made of an envelope is made again. */
export function contentsOf(
  input: RejectedInput,
  source: Source,
  config: Pick<Config, 'xapiIriBase'>,
): Contents {
  if (isCut(input)) return unreadable(input.body, whole('cut-off'))
  if (input.via === '360learning') {
    const made = translateEnvelope(input.body, {
      headers: input.headers,
      source,
      iriBase: config.xapiIriBase,
    })
    return 'text' in made
      ? { texts: [made.text], parts: none, faults: [] }
      : unreadable(input.body, made.fault)
  }
  if (!/^multipart\//i.test(input.contentType)) return textsIn(input.body)
  const { json, parts, faults } = envelopeOf(input.contentType, input.body)
  return faults[0] ? unreadable(input.body, faults[0]) : { ...textsIn(json), parts }
}

const none: ReadonlyMap<string, Buffer> = new Map()

/** The statements in a body of JSON. */
export function textsIn(body: Buffer): Contents {
  const scanned = scan(body)
  if (scanned.form === 'unreadable') return unreadable(body, whole(scanned.code))
  const texts = scanned.cuts.map(({ start, end }) => body.toString('utf8', start, end))
  return { texts, parts: none, faults: [] }
}

function unreadable(body: Buffer, fault: Fault): Contents {
  return { texts: [body.toString()], parts: none, faults: [fault] }
}

function whole(code: Fault['code']): Fault {
  return { index: 0, pointer: '', code }
}
