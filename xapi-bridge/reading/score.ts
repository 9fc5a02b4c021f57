import type { Result } from './statement.ts'

/** Decimals of a percentage; the rest is cut, so that 59.9999999 never becomes a pass of 60. */
const places = 6

interface Fraction {
  n: bigint
  d: bigint
}

/**
 * The score of a result in percent as decimal text of at most six places, or null without one.
 *
 * `raw-over-max` takes raw ÷ max, since Moodle's scaled runs from −1 to 1 over the grade scale (5 of 10 is 0);
 * `scaled` takes scaled × 100 and falls back on raw ÷ max. Computed with whole numbers, never through a float.
 */
export function percentOf(score: Result['score'], how: 'scaled' | 'raw-over-max'): string | null {
  if (!score) return null
  const { scaled, raw, max } = score
  if (how === 'scaled' && scaled !== undefined) return percentText(fractionOf(scaled))
  if (raw === undefined || max === undefined || max <= 0) return null
  const part = fractionOf(raw)
  const whole = fractionOf(max)
  return percentText({ n: part.n * whole.d, d: part.d * whole.n })
}

/** Whether a percentage reaches a mark; both are decimal text. */
export function reaches(percent: string, mark: string): boolean {
  const one = fractionOf(percent)
  const other = fractionOf(mark)
  return one.n * other.d >= other.n * one.d
}

/** Decimal text of a number as JSON has it. Throws RangeError for what is no number. */
export function decimalText(value: number | string): string {
  const { n, d } = fractionOf(value)
  return textOf(n, d, 20)
}

// A double prints the shortest text that names it, which is what was sent up to 15 digits.
function fractionOf(value: number | string): Fraction {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(String(value).trim())
  if (!parts) throw new RangeError('not a decimal number')
  const [, sign, whole = '0', digits = '', exponent = '0'] = parts
  const power = Number(exponent) - digits.length
  const n = BigInt(whole + digits) * (sign ? -1n : 1n)
  return power >= 0 ? { n: n * 10n ** BigInt(power), d: 1n } : { n, d: 10n ** BigInt(-power) }
}

function percentText({ n, d }: Fraction): string {
  return textOf(n * 100n, d, places)
}

function textOf(n: bigint, d: bigint, most: number): string {
  const size = n < 0n ? -n : n
  const cut = (size * 10n ** BigInt(most)) / d
  const whole = cut / 10n ** BigInt(most)
  const rest = (cut % 10n ** BigInt(most)).toString().padStart(most, '0').replace(/0+$/, '')
  return `${n < 0n && cut > 0n ? '-' : ''}${whole}${rest && `.${rest}`}`
}
