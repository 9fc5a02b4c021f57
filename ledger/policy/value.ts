import type { OfferingInfo } from '../catalogue/offering.ts'
import type { ClaimContent } from '../claims/claim.ts'
import type { FlatPolicy } from './document.ts'
import type { PolicyPath } from './evaluation.ts'
import {
  compare,
  decimal,
  exactly,
  type Fraction,
  fraction,
  over,
  roundTo,
  times,
  wholeOf,
} from './fraction.ts'

/** A value after the one rounding, or what the policy would have to say before there is one. */
export interface Rounded {
  milliHours: number
  /** Set where the value depends on a rounding that no layer states; `milliHours` is then the value cut. */
  silentPath: PolicyPath | null
}

const milliPerHour = fraction(1000)

/**
 * Rounds an exact value in milliHours, once, as the policy says. Whole hours are the same under every rounding, so
 * only others depend on one that is not stated.
 */
export function roundedBy(policy: FlatPolicy | null, exact: Fraction): Rounded {
  const { to, mode } = policy?.rounding ?? {}
  if (to && mode) {
    return { milliHours: wholeOf(roundTo(exact, times(exactly(to), milliPerHour), mode)), silentPath: null }
  }
  const milliHours = wholeOf(exact)
  const isWholeHours = exact.n % (exact.d * 1000n) === 0n
  return { milliHours, silentPath: isWholeHours ? null : 'rounding' }
}

const hourWords = new Set(['学时', '课时', 'hour', 'hours'])
const creditWords = new Set(['学分', 'credit', 'credits'])
const minuteWords = new Set(['分钟', 'minute', 'minutes'])

/** A source's own amount in exact milliHours, or the ratio that would be needed; null where it names none. */
export type Converted = { exact: Fraction } | { silentPath: PolicyPath } | null

/** A million hours. Nobody asks for more; what is said beyond would not fit the sums of the book. */
const mostMilliHours = fraction(1_000_000_000)

/**
 * Converts a source's number and unit under a policy. Nothing is rounded here. Less than nothing and more than a million
 * hours are no amounts that anybody can ask for: like a text that is no number they name none.
 */
export function convertedAmount(
  policy: FlatPolicy | null,
  content: Pick<ClaimContent, 'sourceAmount' | 'sourceUnit'>,
  form: string | null,
): Converted {
  const converted = inUnit(policy, content, form)
  if (!converted || !('exact' in converted)) return converted
  const { exact } = converted
  return exact.n < 0n || compare(exact, mostMilliHours) > 0 ? null : converted
}

function inUnit(
  policy: FlatPolicy | null,
  { sourceAmount, sourceUnit }: Pick<ClaimContent, 'sourceAmount' | 'sourceUnit'>,
  form: string | null,
): Converted {
  const amount = sourceAmount === null ? null : decimal(sourceAmount)
  if (!amount) return null
  const unit = (sourceUnit ?? '').trim().toLowerCase()
  if (hourWords.has(unit)) return { exact: times(amount, milliPerHour) }
  if (creditWords.has(unit)) {
    const ratio = hoursPerCredit(policy, form)
    return ratio
      ? { exact: times(times(amount, exactly(ratio)), milliPerHour) }
      : { silentPath: 'unit.hours_per_credit' }
  }
  if (minuteWords.has(unit)) {
    const ratio = policy?.unit?.minutes_per_hour
    return ratio
      ? { exact: over(times(amount, milliPerHour), exactly(ratio)) }
      : { silentPath: 'unit.minutes_per_hour' }
  }
  return { silentPath: 'source_unit' }
}

/** The ratio of 学分 to 学时, which may differ by form; null where it is not stated. */
export function hoursPerCredit(policy: FlatPolicy | null, form: string | null): number | null {
  const ratio = policy?.unit?.hours_per_credit
  if (typeof ratio === 'number') return ratio
  return (form !== null && ratio?.[form]) || null
}

/**
 * What a claim asks for in milliHours, before rounding and caps: the source's own amount where it converts, else what
 * the district approved for the offering. One attended session asks for nothing by itself.
 */
export function claimedMilliHours(
  policy: FlatPolicy | null,
  content: ClaimContent,
  offering: OfferingInfo | null,
): number | null {
  const converted = convertedAmount(policy, content, offering?.form ?? null)
  if (converted && 'exact' in converted) return wholeOf(converted.exact)
  if (!offering) return null
  return offering.awardBasis === 'by_attendance' ? 0 : offering.approvedMilliHours
}
