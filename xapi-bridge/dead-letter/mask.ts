import { hasIdentityNumber } from '../language/identity-guard.ts'

// One digit as bytes may spell it, read as Latin-1: plain, full-width in UTF-8, or escaped in JSON.
const digit = '(?:[0-9]|\\xef\\xbc[\\x90-\\x99]|\\\\u003[0-9]|\\\\u[fF][fF]1[0-9])'
const cross = '(?:[xX]|\\xef\\xbc\\xb8|\\xef\\xbd\\x98|\\\\u00[57]8|\\\\u[fF][fF]38|\\\\u[fF][fF]58)'
// Whole runs only, as for the guard; and none is tried in the middle, so that long ones cost no more than short ones.
const before = '(?<![0-9]|\\xef\\xbc[\\x90-\\x99]|\\\\u|\\\\u[fF][fF])'
const shape = new RegExp(`${before}${digit}{17}(?:${digit}|${cross})(?!${digit})`, 'g')

/** What stands where an identity number stood. */
export const stars = '*'.repeat(18)

/**
 * Stars out every valid identity number in bytes of any kind, so that what was refused for one can be kept. All other
 * bytes stay as they came: an attachment in a multipart body is not read as text.
 */
export function maskBytes(body: Buffer): { body: Buffer; masked: boolean } {
  const text = body.toString('latin1')
  const made = text.replace(shape, (found) => (hasIdentityNumber(plain(found)) ? stars : found))
  return made === text ? { body, masked: false } : { body: Buffer.from(made, 'latin1'), masked: true }
}

function plain(candidate: string): string {
  const unescaped = candidate.replace(/\\u([0-9a-f]{4})/gi, (_, hex) =>
    Buffer.from(String.fromCharCode(Number.parseInt(hex, 16))).toString('latin1'),
  )
  return Buffer.from(unescaped, 'latin1').toString()
}
