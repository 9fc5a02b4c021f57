import { type Day, isDay } from '../../foundation/time.ts'

/** What is the matter with an identity number. Damage by a spreadsheet is told apart from a wrong number. */
export type IdentityNumberFault =
  | 'length'
  | 'characters'
  | 'birth_date'
  | 'check_character'
  | 'excel_zeros'
  | 'excel_scientific'
  | 'masked'

/** An identity number that was read, or why it cannot be. A damaged one is never repaired. */
export type IdentityNumberReading =
  | { outcome: 'read'; number: string; canonical: string }
  | { outcome: 'refused'; fault: IdentityNumberFault }

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const checkCharacters = '10X98765432'

/** The 18th character for the first 17 digits (GB 11643, ISO 7064 MOD 11-2). */
export function checkCharacterOf(digits: string): string {
  let sum = 0
  for (const [at, weight] of weights.entries()) sum += weight * Number(digits[at])
  return checkCharacters[sum % 11] ?? ''
}

/**
 * Reads 居民身份证号: blanks go, full-width characters become half-width, x becomes X. Nothing else is mended.
 * `canonical` is the 18-character form, which for a 15-digit number of before 1999 is derived, so that both forms of
 * one person are equal. Rules: domain.md §6.4.
 */
export function readIdentityNumber(text: string, today?: Day): IdentityNumberReading {
  const number = spelled(text)
  if (/^\d(\.\d+)?E\+?\d+$/.test(number)) return refused('excel_scientific')
  if (/[*＊]/.test(number)) return refused('masked')
  if (/^\d{15}$/.test(number)) return readLegacy(number, today)
  if (number.length !== 18) return refused('length')
  if (!/^\d{17}[\dX]$/.test(number)) return refused('characters')
  if (checkCharacterOf(number) !== number[17]) {
    // A spreadsheet keeps 15 digits of a number and writes zeros for the rest.
    return refused(number.endsWith('000') ? 'excel_zeros' : 'check_character')
  }
  if (!isBirthDate(number.slice(6, 14), today)) return refused('birth_date')
  return { outcome: 'read', number, canonical: number }
}

function readLegacy(number: string, today: Day | undefined): IdentityNumberReading {
  const body = `${number.slice(0, 6)}19${number.slice(6)}`
  if (!isBirthDate(body.slice(6, 14), today)) return refused('birth_date')
  return { outcome: 'read', number, canonical: body + checkCharacterOf(body) }
}

function refused(fault: IdentityNumberFault): IdentityNumberReading {
  return { outcome: 'refused', fault }
}

/** The characters of a number without blanks and zero-width characters, half-width, upper case. */
export function spelled(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\s\u200B-\u200F\u2060\uFEFF]/g, '')
    .replace(/^'/, '')
    .toUpperCase()
}

function isBirthDate(digits: string, today: Day | undefined): boolean {
  const day = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`
  return isDay(day) && day >= '1850-01-01' && (today === undefined || day <= today)
}

/** Whether text is, in any spelling, an 18-character identity number with a right check character. */
export function isIdentityNumber(text: string): boolean {
  const number = spelled(text)
  return /^\d{17}[\dX]$/.test(number) && readIdentityNumber(number).outcome === 'read'
}

/** As people may see it: `990101********0014`. Short numbers of other documents keep their last two characters. */
export function maskedNumber(number: string): string {
  if (number.length >= 15) return `${number.slice(0, 6)}${'*'.repeat(number.length - 10)}${number.slice(-4)}`
  return `${'*'.repeat(Math.max(0, number.length - 2))}${number.slice(-2)}`
}

/**
 * The positions at which a column of numbers counts upwards by one, three or more in a row: what dragging a cell
 * downwards does. The first of a run may be genuine and is not named.
 */
export function filledDownward(numbers: (string | null)[]): Set<number> {
  const found = new Set<number>()
  let start = 0
  for (let at = 1; at <= numbers.length; at++) {
    if (at < numbers.length && follows(numbers[at - 1] ?? null, numbers[at] ?? null)) continue
    if (at - start >= 3) for (let each = start + 1; each < at; each++) found.add(each)
    start = at
  }
  return found
}

function follows(before: string | null, after: string | null): boolean {
  if (before === null || after === null || !/^\d{15,18}$/.test(before) || !/^\d{15,18}$/.test(after))
    return false
  return BigInt(after) - BigInt(before) === 1n
}
