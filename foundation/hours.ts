import { ExpectedError } from './errors.ts'

/** Text that was to be hours and is not. */
export class InvalidHours extends ExpectedError {
  readonly kind = 'invalid'
  readonly code = 'invalid-hours'
  override message = 'hours are decimal text with a point and at most three places, such as 7.5'
}

const largest = 9_000_000_000

/**
 * Decimal text to whole thousandths of a credit hour, exactly: `"7.5"` is 7500. Never through a float.
 * Throws InvalidHours for anything else, also for more than three places.
 */
export function milliHoursOf(text: string): number {
  const parts = /^(-?)(\d{1,7})(?:\.(\d{1,3}))?$/.exec(text.trim())
  if (!parts) throw new InvalidHours()
  const [, sign, whole = '0', fraction = ''] = parts
  const value = Number(whole) * 1000 + Number(fraction.padEnd(3, '0'))
  if (value > largest) throw new InvalidHours()
  return sign === '-' && value !== 0 ? -value : value
}

/** Whole thousandths as decimal text without needless zeros: 7500 is `"7.5"`. */
export function hoursText(milliHours: number): string {
  if (!Number.isSafeInteger(milliHours)) throw new RangeError('milliHours are whole numbers')
  const sign = milliHours < 0 ? '-' : ''
  const size = Math.abs(milliHours)
  const fraction = String(size % 1000)
    .padStart(3, '0')
    .replace(/0+$/, '')
  return `${sign}${Math.floor(size / 1000)}${fraction && `.${fraction}`}`
}
