import { type Fault, mostFaults, token } from './faults.ts'
import { isSha1, isSha2 } from './terms.ts'

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const checkCharacters = '10X98765432'
const shape = /(?<![0-9０-９])[0-9０-９]{17}[0-9０-９xXｘＸ](?![0-9０-９])/g
const mobileShape = /(?<!\d)1[3-9]\d{9}(?!\d)/

/** What the guard found: identity numbers stop a statement, the shape of a mobile number only marks it. */
export interface Guarded {
  faults: Fault[]
  mobileShape: boolean
}

/**
 * Looks for identity numbers (GB 11643) in every name and text of a statement, also with full-width digits, in lower
 * case or inside a URL. Hashes are left out, where they have the form of one: their digits mean nothing.
 *
 * Only statements that the scanner finds suspicious need this walk.
 */
export function guardStatement(statement: unknown, raw: string, index: number): Guarded {
  const found: Guarded = { faults: [], mobileShape: false }
  walk(statement, '', index, found)
  // A number loses digits beyond the fifteenth when it is parsed, so the text itself is asked too.
  if (found.faults.length === 0 && hasIdentityNumber(withoutHashes(raw)))
    found.faults.push({ index, pointer: '', code: 'pii-in-statement' })
  return found
}

/** Whether the text holds a valid identity number. */
export function hasIdentityNumber(text: string): boolean {
  for (const [candidate] of text.matchAll(shape)) if (isIdentityNumber(candidate)) return true
  return false
}

/** JSON text without the hashes in it. What only bears the name of a hash stays: anybody may choose that name. */
export function withoutHashes(text: string): string {
  return text.replace(/"(?:sha2|mbox_sha1sum)"\s*:\s*"[0-9a-f]{40,128}"/gi, '')
}

/** The text with every valid identity number starred out. */
export function hideIdentityNumbers(text: string): string {
  return text.replace(shape, (candidate) => (isIdentityNumber(candidate) ? '*'.repeat(18) : candidate))
}

/** A JSON pointer with every valid identity number in it starred out: clients choose names too. */
export function hideInPointer(pointer: string): string {
  if (!/[0-9０-９]{17}/.test(pointer)) return pointer
  // Escaped, a slash ends in a digit (~1), and a digit before a number hides it.
  const names = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.map((name) => token(hideIdentityNumbers(name))).join('/')
}

function walk(value: unknown, path: string, index: number, found: Guarded): void {
  // It is refused by now, whatever else it holds.
  if (found.faults.length >= mostFaults) return
  if (typeof value === 'string') {
    if (hasIdentityNumber(value)) found.faults.push({ index, pointer: path, code: 'pii-in-statement' })
    if (mobileShape.test(value)) found.mobileShape = true
  } else if (Array.isArray(value)) {
    value.forEach((entry, n) => {
      walk(entry, `${path}/${n}`, index, found)
    })
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      if (found.faults.length >= mostFaults) return
      if ((key === 'sha2' || key === 'mbox_sha1sum') && isHash(entry)) continue
      const at = `${path}/${token(hideIdentityNumbers(key))}`
      if (hasIdentityNumber(key)) found.faults.push({ index, pointer: at, code: 'pii-in-statement' })
      walk(entry, at, index, found)
    }
  }
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && (isSha1(value) || isSha2(value))
}

function isIdentityNumber(candidate: string): boolean {
  const digits = candidate
    .replace(/[０-９]/g, (d) => String.fromCharCode(d.charCodeAt(0) - 0xfee0))
    .replace(/[xｘＸ]/, 'X')
  let sum = 0
  for (let n = 0; n < 17; n++) sum += Number(digits[n]) * (weights[n] as number)
  return checkCharacters[sum % 11] === digits[17] && isBirthDate(digits.slice(6, 14))
}

function isBirthDate(text: string): boolean {
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6))]
  if (year < 1880 || year > 2100) return false
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
