import type { Instant } from '../../foundation/time.ts'
import { hour } from './health.ts'

/** How long a source is silent, against its own habit. */
export interface Rhythm {
  /** Hours since the last push; null before the first. */
  silentHours: number | null
  /** The longest pause of the last four weeks, in hours; null while too little is known. */
  usualHours: number | null
  isSilent: boolean
}

const week = 7 * 24 * hour
/** Under this a silence means nothing: hours are counted whole. */
const shortest = 2 * hour
const leastHistory = week
const leastPauses = 5

/**
 * Whether a source is silent against its usual rhythm. `hours` are the beginnings of hours in which it pushed, oldest
 * first, of the last four weeks or so.
 *
 * Of one whose history is shorter than a week nothing is said. It is silent when the same stretch of each of the two weeks before saw it push in two different hours or more: weekends and
 * nights are then no alarm, a missed school day is. Failing that, when it is silent for twice as long as in any pause
 * before. A source that pushes now and then is hardly ever silent.
 */
export function rhythmOf(hours: readonly number[], lastPushAt: Instant | null, now: Instant): Rhythm {
  if (lastPushAt === null) return { silentHours: null, usualHours: null, isSilent: false }
  const silence = Math.max(0, now - lastPushAt)
  const isKnown = (hours.at(-1) ?? 0) - (hours[0] ?? 0) >= leastHistory
  const usual = isKnown ? longestPause(hours) : null
  const missed = [1, 2].every((weeks) => hoursBetween(hours, lastPushAt, now, weeks * week) >= 2)
  return {
    silentHours: Math.floor(silence / hour),
    usualHours: usual === null ? null : Math.ceil(usual / hour),
    isSilent:
      isKnown &&
      silence >= shortest &&
      (missed || (usual !== null && silence > Math.max(shortest, 2 * usual))),
  }
}

/** In how many different hours it pushed in the same stretch so much earlier; the hour that holds the last push not. */
function hoursBetween(hours: readonly number[], from: number, to: number, earlier: number): number {
  return hours.filter((at) => at > from - earlier && at + hour <= to - earlier).length
}

function longestPause(hours: readonly number[]): number | null {
  const pauses = hours.slice(1).map((at, n) => at - (hours[n] as number))
  return pauses.length < leastPauses ? null : Math.max(...pauses)
}
