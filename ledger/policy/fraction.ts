/** An exact number. The denominator is above zero. */
export interface Fraction {
  n: bigint
  d: bigint
}

/** A fraction of whole numbers. */
export function fraction(n: number | bigint, d: number | bigint = 1): Fraction {
  const [over, under] = [BigInt(n), BigInt(d)]
  if (under === 0n) throw new RangeError('a fraction needs a denominator')
  return under < 0n ? { n: -over, d: -under } : { n: over, d: under }
}

const decimalShape = /^(-?)(\d{1,15})(?:\.(\d{1,15}))?$/

/** Decimal text, or a number of a policy document by its shortest text, exactly; null for anything else. */
export function decimal(value: string | number): Fraction | null {
  const parts = decimalShape.exec(String(value).trim())
  if (!parts) return null
  const [, sign, whole = '0', places = ''] = parts
  const n = BigInt(whole + places)
  return { n: sign === '-' ? -n : n, d: 10n ** BigInt(places.length) }
}

/** A number that the schema let through; a defect if it is no plain decimal. */
export function exactly(value: number): Fraction {
  const exact = decimal(value)
  if (!exact) throw new RangeError(`${value} is no plain decimal`)
  return exact
}

export const times = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.n, d: a.d * b.d })
export const over = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d, a.d * b.n)
export const plus = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d })

/** Below zero, zero or above zero, as a is less than, equal to or more than b. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.n * b.d - b.n * a.d
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The largest whole number that is not above. */
export function floor({ n, d }: Fraction): bigint {
  const quotient = n / d
  return n < 0n && quotient * d !== n ? quotient - 1n : quotient
}

/** How a policy rounds: to the step below, the step above, or the nearer one (a half goes up). */
export type RoundingMode = 'down' | 'up' | 'half_up'

/** The multiple of `step` that stands for a value. */
export function roundTo(value: Fraction, step: Fraction, mode: RoundingMode): Fraction {
  const steps = over(value, step)
  const down = floor(steps)
  const isWhole = down * steps.d === steps.n
  const half = mode === 'half_up' && compare(steps, fraction(2n * down + 1n, 2n)) >= 0
  const taken = !isWhole && (mode === 'up' || half) ? down + 1n : down
  return times(fraction(taken), step)
}

/** As a plain number, cut to a whole one. Amounts stay far below 2^53. */
export function wholeOf(value: Fraction): number {
  return Number(floor(value))
}

/** Decimal text with at most three places, cut; for showing an amount in another unit. */
export function decimalText(value: Fraction): string {
  const thousandths = floor(times(value, fraction(1000)))
  const size = thousandths < 0n ? -thousandths : thousandths
  const places = String(size % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '')
  return `${thousandths < 0n ? '-' : ''}${size / 1000n}${places && `.${places}`}`
}
