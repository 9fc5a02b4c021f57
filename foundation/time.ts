/** Microseconds since 1970 UTC. A whole number on every engine; finer digits are cut, never rounded. */
export type Instant = number & { readonly instant: unique symbol }

/** A civil day, `YYYY-MM-DD`. Compares correctly as text. */
export type Day = string

/** Says what time it is. Passed in, so that a test can be any moment. */
export type Clock = () => Instant

/** The district's zone. The year of an hour is that of its day here. */
export const districtZone = 'Asia/Shanghai'

/** The clock of this machine, to the millisecond. */
export const systemClock: Clock = () => (Date.now() * 1000) as Instant

/** Takes whole microseconds for an instant; anything else is a defect. */
export function asInstant(microseconds: number): Instant {
  if (!Number.isSafeInteger(microseconds))
    throw new RangeError('an instant is a whole number of microseconds')
  return microseconds as Instant
}

/**
 * The instant an ISO 8601 text or a Date names. Digits finer than a microsecond are cut.
 * Throws RangeError for text that is no instant or has no offset.
 */
export function instantOf(value: string | Date): Instant {
  if (value instanceof Date) return asInstant(value.getTime() * 1000)
  const parts =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d+))?(Z|[+-]\d{2}(?::?\d{2})?)$/i.exec(value)
  if (!parts) throw new RangeError('not an instant with an offset')
  const [, date, minutes, seconds = ':00', fraction = '', zone = 'Z'] = parts
  const micro = Number(fraction.slice(0, 6).padEnd(6, '0'))
  const base = Date.parse(`${date}T${minutes}${seconds}${offsetOf(zone)}`)
  if (Number.isNaN(base)) throw new RangeError('not an instant')
  return asInstant(base * 1000 + micro)
}

function offsetOf(zone: string): string {
  if (/^z$/i.test(zone)) return 'Z'
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`
}

/** ISO 8601 in UTC, with milliseconds, or with microseconds where there are any. */
export function isoOf(instant: Instant): string {
  const micro = ((instant % 1000) + 1000) % 1000
  const iso = new Date((instant - micro) / 1000).toISOString()
  return micro === 0 ? iso : `${iso.slice(0, -1)}${String(micro).padStart(3, '0')}Z`
}

const dayFormats = new Map<string, Intl.DateTimeFormat>()

/** The civil day on which an instant falls in a zone, the district's unless told otherwise. */
export function dayOf(instant: Instant, zone: string = districtZone): Day {
  let format = dayFormats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    })
    dayFormats.set(zone, format)
  }
  return format.format(Math.floor(instant / 1000))
}

const dayShape = /^(\d{4})-(\d{2})-(\d{2})$/

/** Whether text is a day that exists: 2026-02-29 is not. */
export function isDay(text: string): boolean {
  const parts = dayShape.exec(text)
  if (!parts) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** The day n days later; n may be negative. */
export function addDays(day: Day, n: number): Day {
  return textOf(utcOf(day).getTime() + n * 86_400_000)
}

/** The day n months later; a day that month lacks becomes its last (31 January + 1 → 28 or 29 February). */
export function addMonths(day: Day, n: number): Day {
  const date = utcOf(day)
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + n, 1))
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  return textOf(first.getTime() + (Math.min(date.getUTCDate(), last) - 1) * 86_400_000)
}

/** The day n years later; 29 February becomes 28 in a year without it. */
export function addYears(day: Day, n: number): Day {
  return addMonths(day, n * 12)
}

/** Whole days from one day to another; negative when the second is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((utcOf(to).getTime() - utcOf(from).getTime()) / 86_400_000)
}

function utcOf(day: Day): Date {
  if (!isDay(day)) throw new RangeError(`not a civil day: ${day.slice(0, 20)}`)
  return new Date(`${day}T00:00:00Z`)
}

function textOf(milliseconds: number): Day {
  return new Date(milliseconds).toISOString().slice(0, 10)
}
