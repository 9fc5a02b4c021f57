import { isUtf8 } from 'node:buffer'

/** How deep objects and arrays may nest in one statement. */
export const maxDepth = 60

/** One statement cut out of a request: its bytes are `body.subarray(start, end)`. */
export interface Cut {
  start: number
  end: number
  /** Members of all its objects, as written: more than the parsed value has means that one was repeated. */
  members: number
  /** It holds a long run of digits or an escaped character, so the guard for identity numbers must look closely. */
  suspicious: boolean
}

/** What a body holds: one statement, or a batch of them, or a reason why it cannot be read at all. */
export type Scan =
  | { form: 'single' | 'batch'; cuts: Cut[] }
  | { form: 'unreadable'; code: 'invalid-json' | 'too-deep' | 'wrong-type' }

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** A mobile number has eleven digits, an identity number eighteen characters: shorter runs are neither. */
const longRun = 11

/**
 * Cuts the statements out of a body without decoding it.
 *
 * It knows strings and nesting only; each cut must still be read by JSON.parse. What lies between the cuts is checked
 * here, so a body whose cuts all parse is JSON as a whole. The bytes of a cut are what is stored.
 */
export function scan(body: Uint8Array): Scan {
  if (!isUtf8(body)) return { form: 'unreadable', code: 'invalid-json' }
  const start = skipBlank(body, 0)
  const first = body[start]
  if (first === openBrace) {
    const cut = cutValue(body, start)
    if (typeof cut === 'string') return { form: 'unreadable', code: cut }
    if (skipBlank(body, cut.end) !== body.length) return { form: 'unreadable', code: 'invalid-json' }
    return { form: 'single', cuts: [cut] }
  }
  if (first !== openBracket)
    return { form: 'unreadable', code: start === body.length ? 'invalid-json' : 'wrong-type' }
  return scanBatch(body, start + 1)
}

function scanBatch(body: Uint8Array, from: number): Scan {
  const cuts: Cut[] = []
  let at = skipBlank(body, from)
  if (body[at] === closeBracket) return atEnd(body, at + 1, cuts)
  for (;;) {
    const cut = cutValue(body, skipBlank(body, at))
    if (typeof cut === 'string') return { form: 'unreadable', code: cut }
    cuts.push(cut)
    at = skipBlank(body, cut.end)
    if (body[at] === comma) at += 1
    else if (body[at] === closeBracket) return atEnd(body, at + 1, cuts)
    else return { form: 'unreadable', code: 'invalid-json' }
  }
}

function atEnd(body: Uint8Array, at: number, cuts: Cut[]): Scan {
  if (skipBlank(body, at) !== body.length) return { form: 'unreadable', code: 'invalid-json' }
  return { form: 'batch', cuts }
}

function skipBlank(body: Uint8Array, from: number): number {
  let at = from
  for (; at < body.length; at++) {
    const c = body[at]
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break
  }
  return at
}

/** From `start` to the end of the value that begins there. One loop, because every byte of every request passes it. */
function cutValue(body: Uint8Array, start: number): Cut | 'invalid-json' | 'too-deep' {
  let depth = 0
  let members = 0
  let digits = 0
  let suspicious = false
  let at = start
  for (; at < body.length; at++) {
    const c = body[at] as number
    if (c === quote) {
      digits = 0
      for (at++; ; at++) {
        const s = body[at]
        if (s === undefined) return 'invalid-json'
        if (s === quote) break
        if (s >= 0x30 && s <= 0x39) {
          if (++digits >= longRun) suspicious = true
          continue
        }
        digits = 0
        if (s === backslash) {
          at++
          if (body[at] === 0x75) suspicious = true // \u may spell a digit
        } else if (s === 0xef && body[at + 1] === 0xbc && isFullWidthDigit(body[at + 2])) suspicious = true
      }
      digits = 0
    } else if (c === 0x3a) members++
    else if (c === openBrace || c === openBracket) {
      if (++depth > maxDepth) return 'too-deep'
    } else if (c === closeBrace || c === closeBracket) {
      if (depth === 0) break
      if (--depth === 0) return { start, end: at + 1, members, suspicious }
    } else if (depth === 0 && (c === comma || c <= 0x20)) break
    else if (c >= 0x30 && c <= 0x39) {
      if (++digits >= longRun) suspicious = true
      continue
    }
    digits = 0
  }
  if (depth > 0 || at === start) return 'invalid-json'
  return { start, end: at, members, suspicious }
}

function isFullWidthDigit(third: number | undefined): boolean {
  return third !== undefined && third >= 0x90 && third <= 0x99
}
