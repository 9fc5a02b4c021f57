import type { Version } from './version.ts'

// ISO 8601, extended and basic form. Under 2.0.0 RFC 3339 also allows a blank for the T.
const extended =
  /^(\d{4})-(\d\d)-(\d\d)([T ])(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i
const basic = /^(\d{4})(\d\d)(\d\d)(T)(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d(?:\d\d)?)?$/i

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

// Instants are kept in microseconds within 2^53: from 1684 to 2255. An event beyond is set to the edge, where it is
// plainly wrong for everybody, and its timestamp as sent stays in the statement.
const edge = 9_007_199_254_740_000

/**
 * The instant a timestamp names, in microseconds since 1970 UTC, or null if it is none.
 *
 * Finer digits are cut, never rounded: a fraction may not carry an event into the next year. Without an offset it is
 * taken as UTC (xAPI 1.0.3, Data 4.5). The offset -00 is refused: it says that the local time is not known.
 */
export function microsecondsOf(value: string, version: Version): number | null {
  const m = extended.exec(value) ?? basic.exec(value)
  if (!m) return null
  if (m[4] === ' ' && version === '1.0.3') return null
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])]
  const [hour, minute, second] = [Number(m[5]), Number(m[6]), Number(m[7] ?? 0)]
  if (month < 1 || month > 12 || day < 1 || day > (daysOfMonth[month - 1] as number)) return null
  if (month === 2 && day === 29 && !isLeap(year)) return null
  if (hour > 23 || minute > 59 || second > 60) return null
  const offset = offsetMinutes(m[9])
  if (offset === null) return null

  const ms = utc(year, month, day, hour, minute, second)
  const fraction = m[8] === undefined ? 0 : Number(m[8].slice(0, 6).padEnd(6, '0'))
  const micro = (ms - offset * 60_000) * 1000 + fraction
  return Math.max(-edge, Math.min(edge, micro))
}

/** Whether it is a timestamp that these rules accept. */
export function isTimestamp(value: string, version: Version): boolean {
  return microsecondsOf(value, version) !== null
}

// Date.UTC takes the years 0 to 99 for 1900 to 1999.
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (year > 99) return Date.UTC(year, month - 1, day, hour, minute, second)
  return new Date(Date.UTC(2000, month - 1, day, hour, minute, second)).setUTCFullYear(year, month - 1, day)
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

function offsetMinutes(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 23 || minutes > 59) return null
  if (zone[0] === '-' && hours === 0 && minutes === 0) return null
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}
