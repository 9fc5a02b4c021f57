import type { Config } from '../../foundation/config.ts'
import { translateEnvelope } from '../adapters/envelope-360learning.ts'
import type { Fault } from '../language/faults.ts'
import { scan } from '../language/scan.ts'
import type { Source } from '../sources/source.ts'
import { isCut, type RejectedInput } from './input.ts'

/** What stands in a rejected input: the text of each statement in order, or what keeps them from being told apart. */
export interface Contents {
  texts: string[]
  /** Faults of the whole; then `texts` holds the body as one. */
  faults: Fault[]
}

/** Takes a rejected input apart as it was when it came: what an adapter made of an envelope is made again. */
export function contentsOf(
  input: RejectedInput,
  source: Source,
  config: Pick<Config, 'xapiIriBase'>,
): Contents {
  if (isCut(input)) return { texts: [input.body.toString()], faults: [whole('cut-off')] }
  if (input.via === '360learning') {
    const made = translateEnvelope(input.body, {
      headers: input.headers,
      source,
      iriBase: config.xapiIriBase,
    })
    return 'text' in made
      ? { texts: [made.text], faults: [] }
      : { texts: [input.body.toString()], faults: [made.fault] }
  }
  const part = /^multipart\//i.test(input.contentType) ? jsonPart(input) : input.body
  return part ? textsIn(part) : { texts: [input.body.toString()], faults: [whole('invalid-json')] }
}

/** The statements in a body of JSON. */
export function textsIn(body: Buffer): Contents {
  const scanned = scan(body)
  if (scanned.form === 'unreadable') return { texts: [body.toString()], faults: [whole(scanned.code)] }
  return { texts: scanned.cuts.map(({ start, end }) => body.toString('utf8', start, end)), faults: [] }
}

function whole(code: Fault['code']): Fault {
  return { index: 0, pointer: '', code }
}

/** The first part of a multipart body, which holds all statements (xAPI Communication 1.5.2); null if there is none. */
function jsonPart({ body, contentType }: RejectedInput): Buffer | null {
  const boundary = /boundary="?([^";]+)/i.exec(contentType)?.[1]
  if (!boundary) return null
  const from = body.indexOf('\r\n\r\n', body.indexOf(`--${boundary}`))
  const to = body.indexOf(`\r\n--${boundary}`, from + 2)
  return from < 0 || to < 0 ? null : body.subarray(from + 4, Math.max(to, from + 4))
}
