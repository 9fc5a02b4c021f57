import { asInstant, type Instant } from '../../foundation/time.ts'

const hour = 3_600_000_000
/** Rosters are read from this hour of the district's day on, over two hours. */
const nightHour = 2

/** The next night at which a roster is read; `share` in [0, 1) spreads rosters over two hours. */
export function nextNight(now: Instant, zone: string, share: number): Instant {
  const hourOf = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' })
  let at = Math.floor(now / hour) * hour + hour
  while (Number(hourOf.format(at / 1000)) !== nightHour) at += hour
  return asInstant(Math.floor(at + share * 2 * hour))
}
