import { spelled } from '../../ledger/roster/identity-number.ts'

const day = '(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])'
const shape = new RegExp(
  `(?<!\\d)\\d{6}(?:(?:18|19|20)\\d{2}${day}\\d{3}[\\dX]|\\d{2}${day}\\d{3}(?!\\d))(?!\\d)`,
)

/**
 * Whether text holds something of the form of an identity number (身份证号), in any spelling and with any check
 * character: a mistyped one is as personal as a right one. Staff numbers without a date in them do not look like it.
 */
export function looksLikeIdentityNumber(text: string): boolean {
  return shape.test(spelled(text))
}
