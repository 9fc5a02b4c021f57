// ISO 8601:2004 §4.4.3.2; only the last number may have a fraction. Weeks stand alone.
const duration =
  /^P(?:\d+(?:[.,]\d+)?W|(?=\d|T)(?:\d+(?:[.,]\d+)?Y)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?D)?(?:T(?=\d)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?)$/
const fractionBeforeLast = /[.,]\d+[A-Z](?=.*\d)/

/** Whether it is a duration with designators, not the date-like alternative form. */
export function isDuration(value: string): boolean {
  return duration.test(value) && !fractionBeforeLast.test(value)
}

/**
 * The duration without the digits beyond 0.01 second, which 2.0.0 leaves out of comparisons (4.2.7). Zeros at the end of
 * a fraction go with them, so that PT1S, PT1.0S and PT1.001S are one.
 */
export function withoutFineDigits(value: string): string {
  return value.replace(/[.,](\d\d?)\d*S$/, (_, digits: string) => {
    const fraction = digits.replace(/0+$/, '')
    return fraction === '' ? 'S' : `.${fraction}S`
  })
}

/**
 * Seconds of a duration, with a year of 365 and a month of 30 days; null if it is none.
 *
 * For judging plausibility only: a duration is never an amount of hours.
 */
export function secondsOf(value: string): number | null {
  if (!isDuration(value)) return null
  const [date = '', time = ''] = value.slice(1).replaceAll(',', '.').split('T')
  return (
    sum(date, { Y: 31_536_000, M: 2_592_000, W: 604_800, D: 86_400 }) + sum(time, { H: 3600, M: 60, S: 1 })
  )
}

function sum(parts: string, seconds: Record<string, number>): number {
  let total = 0
  for (const [, amount, unit] of parts.matchAll(/([\d.]+)([A-Z])/g))
    total += Number(amount) * (seconds[unit as string] ?? 0)
  return total
}
