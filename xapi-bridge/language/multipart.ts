/** One part of a multipart body: its headers by lower-case name, and its bytes. */
export interface Part {
  headers: ReadonlyMap<string, string>
  body: Buffer
}

/** How much is read before a body counts as none: parts, and headers of one part in bytes. */
const most = { parts: 10_000, headerBytes: 16 * 1024 }

/** The media type of a `Content-Type` header, in lower case and without parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

// RFC 2046 §5.1.1: up to 70 characters, none of them a blank at the end. Some senders leave out the quotes that a few of
// these characters need.
const boundaryForm = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/
const boundaryParameter = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/i

/** The boundary that a `Content-Type` header names, quoted or not; null without a usable one. */
export function boundaryOf(contentType: string): string | null {
  const found = boundaryParameter.exec(contentType)
  const boundary = found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2]?.trim() ?? ''
  return boundaryForm.test(boundary) ? boundary : null
}

/**
 * Takes a multipart body apart (RFC 2046 §5.1.1); null where it is none with this boundary.
 *
 * What stands before the first boundary and after the last one is passed over. Lines end with CRLF; a body whose first
 * boundary ends with LF alone is read with LF throughout, so that a CR before it always belongs to the content. `loose`
 * also takes a boundary that stands at no beginning of a line: the client @xapi/xapi leaves out the line end between
 * attachments.
 */
export function partsOf(body: Buffer, boundary: string, { loose = false } = {}): Part[] | null {
  const dashes = Buffer.from(`--${boundary}`, 'latin1')
  const first = delimiterFrom(body, dashes, 0, { newline: null, loose: false })
  if (!first || first.closes) return null
  const parts: Part[] = []
  const { newline } = first
  for (let at = first.next; ; ) {
    const end = delimiterFrom(body, dashes, at, { newline, loose })
    if (!end || parts.length >= most.parts) return null
    const part = partOf(body.subarray(at, Math.max(at, end.start)), newline)
    if (!part) return null
    parts.push(part)
    if (end.closes) return parts
    at = end.next
  }
}

type Newline = '\r\n' | '\n'

/** A boundary in the body: where the content before it ends, where the content after it begins. */
interface Delimiter {
  start: number
  next: number
  closes: boolean
  newline: Newline
}

const [cr, lf, dash, blank, tab] = [0x0d, 0x0a, 0x2d, 0x20, 0x09]

function delimiterFrom(
  body: Buffer,
  dashes: Buffer,
  from: number,
  lines: { newline: Newline | null; loose: boolean },
): Delimiter | null {
  for (let at = body.indexOf(dashes, from); at >= 0; at = body.indexOf(dashes, at + 1)) {
    const start = contentEnd(body, at, from, lines)
    if (start === null) continue
    let after = at + dashes.length
    const closes = body[after] === dash && body[after + 1] === dash
    if (closes) after += 2
    while (body[after] === blank || body[after] === tab) after++
    const newline = newlineAt(body, after)
    // After the last boundary anything may follow, also nothing.
    if (closes) return { start, next: after, closes, newline: newline ?? '\r\n' }
    if (newline && (lines.newline === null || newline === lines.newline))
      return { start, next: after + newline.length, closes, newline }
  }
  return null
}

/** Where the content ends that a boundary at this place would end; null where no boundary can stand. */
function contentEnd(
  body: Buffer,
  at: number,
  from: number,
  { newline, loose }: { newline: Newline | null; loose: boolean },
): number | null {
  // Right behind the line of the boundary before, or at the very beginning: a part without anything.
  if (at === from && (newline !== null || at === 0)) return at
  const endsLine = body[at - 1] === lf
  if (newline === '\n' || newline === null) return endsLine ? at - 1 : loose ? at : null
  return endsLine && body[at - 2] === cr ? at - 2 : loose ? at : null
}

function newlineAt(body: Buffer, at: number): Newline | null {
  if (body[at] === lf) return '\n'
  return body[at] === cr && body[at + 1] === lf ? '\r\n' : null
}

function partOf(bytes: Buffer, newline: Newline): Part | null {
  const blankLine = bytes.indexOf(newline + newline)
  const bare = bytes.subarray(0, newline.length).equals(Buffer.from(newline))
  const head = bare ? 0 : blankLine < 0 ? bytes.length : blankLine
  const body = bare ? newline.length : blankLine < 0 ? bytes.length : blankLine + 2 * newline.length
  if (head > most.headerBytes) return null
  const headers = headersOf(bytes.toString('latin1', 0, head), newline)
  return headers && { headers, body: bytes.subarray(body) }
}

const headerName = /^[!-9;-~]+$/

/** A line that begins with a blank goes on with the one before (RFC 5322 §2.2.3). */
function headersOf(text: string, newline: Newline): Map<string, string> | null {
  const headers = new Map<string, string>()
  const unfolded = text.replaceAll(`${newline} `, ' ').replaceAll(`${newline}\t`, '\t')
  for (const line of unfolded.split(newline)) {
    if (line === '') continue
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trimEnd()
    const value = line.slice(colon + 1).trim()
    if (!headerName.test(name)) return null
    const key = name.toLowerCase()
    const before = headers.get(key)
    // One that stands twice says two things, so nothing that is asked for will match it.
    headers.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  return headers
}

/** A multipart body of these parts, under a boundary that none of them holds. */
export function multipartBody(boundary: string, parts: { headers: string[]; body: Uint8Array }[]): Buffer {
  const pieces: Uint8Array[] = []
  for (const { headers, body } of parts)
    pieces.push(Buffer.from(`--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`), body, Buffer.from('\r\n'))
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return Buffer.concat(pieces)
}
