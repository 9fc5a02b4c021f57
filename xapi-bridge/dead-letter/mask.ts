import { hasIdentityNumber } from '../language/identity-guard.ts'

// One digit as bytes may spell it, read as Latin-1: plain, full-width in UTF-8, or escaped in JSON.
const digit = '(?:[0-9]|\\xef\\xbc[\\x90-\\x99]|\\\\u003[0-9]|\\\\u[fF][fF]1[0-9])'
const cross = '(?:[xX]|\\xef\\xbc\\xb8|\\xef\\xbd\\x98|\\\\u00[57]8|\\\\u[fF][fF]38|\\\\u[fF][fF]58)'
const shape = new RegExp(`${digit}{17}(?:${digit}|${cross})(?!${digit})`, 'g')
const head = new RegExp(`^${digit}`)

/** What stands where an identity number stood. */
export const stars = '*'.repeat(18)

/**
 * Stars out every valid identity number in bytes of any kind, so that what was refused for one can be kept. All other
 * bytes stay as they came: an attachment in a multipart body is not read as text.
 */
export function maskBytes(body: Buffer): { body: Buffer; masked: boolean } {
  const text = body.toString('latin1')
  let made = ''
  let from = 0
  shape.lastIndex = 0
  for (let found = shape.exec(text); found; found = shape.exec(text)) {
    const [candidate] = found
    if (hasIdentityNumber(plain(candidate))) {
      made += text.slice(from, found.index) + stars
      from = found.index + candidate.length
      shape.lastIndex = from
    } else {
      // A longer run of digits may hold one that begins later; the guard takes whole runs only, this takes any.
      shape.lastIndex = found.index + (head.exec(candidate)?.[0].length ?? 1)
    }
  }
  return from === 0
    ? { body, masked: false }
    : { body: Buffer.from(made + text.slice(from), 'latin1'), masked: true }
}

function plain(candidate: string): string {
  const unescaped = candidate.replace(/\\u([0-9a-f]{4})/gi, (_, hex) =>
    Buffer.from(String.fromCharCode(Number.parseInt(hex, 16))).toString('latin1'),
  )
  return Buffer.from(unescaped, 'latin1').toString()
}
