/** A stretch of a video that was played, in milliseconds from its beginning: from inclusive, to exclusive. */
export type Range = [from: number, to: number]

/** Joins ranges that touch or overlap, in order; empty and upside-down ones vanish. */
export function mergeRanges(ranges: Range[]): Range[] {
  const merged: Range[] = []
  const sorted = ranges.filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0])
  for (const [from, to] of sorted) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** How much of the video the merged ranges cover, in milliseconds. */
export function coveredMs(merged: Range[]): number {
  return merged.reduce((sum, [from, to]) => sum + (to - from), 0)
}

/** What is asked of the watching of one video. */
export interface WatchRules {
  durationMs: number
  /** Whether parts may be left out while going forward. */
  skip: boolean
  maxSpeed: number
}

// A player reports to a quarter of a second; a gap up to this is no skipping.
const JOIN_MS = 1500
// What a page may claim before the clock has granted anything: the way of the first report to us.
const FIRST_GRANT_MS = 3000

/** Time of media that may be claimed from the start, in milliseconds. */
export const firstGrant = FIRST_GRANT_MS

/**
 * The time of media that may be claimed now: what was left, and what could have been played since we last heard, at the greatest
 * speed allowed. It never exceeds one whole playing, so a page left open does not save up a second one.
 */
export function grantedNow(leftMs: number, elapsedMs: number, rules: WatchRules): number {
  const more = Math.max(0, elapsedMs) * rules.maxSpeed
  return Math.min(Math.floor(leftMs + more), rules.durationMs + FIRST_GRANT_MS)
}

/**
 * The most of one video that can have been watched by now in all, in milliseconds of media. The clock of a course runs once: what
 * was watched of its other videos took time too, however many stood open beside each other.
 */
export function watchableMs(
  courseMs: number,
  others: { watched: Range[]; maxSpeed: number }[],
  maxSpeed: number,
): number {
  const spentMs = others.reduce(
    (sum, other) => sum + Math.max(0, coveredMs(other.watched) - FIRST_GRANT_MS) / other.maxSpeed,
    0,
  )
  return Math.floor(Math.max(0, courseMs - spentMs) * maxSpeed) + FIRST_GRANT_MS
}

/**
 * Takes what a page says was played, as far as the clock allows it, and what lies beyond the watched beginning only where
 * skipping is allowed. What is played again costs time too, since it takes time.
 */
export function acceptRanges(
  known: Range[],
  reported: Range[],
  grantedMs: number,
  rules: WatchRules,
): { watched: Range[]; leftMs: number; refusedMs: number } {
  let watched = mergeRanges(known)
  let leftMs = grantedMs
  let refusedMs = 0
  for (const [saidFrom, saidTo] of reported) {
    const to = Math.min(saidTo, rules.durationMs)
    let from = Math.max(0, saidFrom)
    if (to <= from) continue
    const frontier = frontierOf(watched, from)
    if (from > frontier && from <= frontier + JOIN_MS) from = frontier
    if (from > frontier && !rules.skip) {
      refusedMs += to - from
      continue
    }
    const taken = Math.min(to - from, leftMs)
    refusedMs += to - from - taken
    leftMs -= taken
    watched = mergeRanges([...watched, [from, from + taken]])
  }
  return { watched, leftMs, refusedMs }
}

/** End of the watched stretch that reaches nearest before a place; the beginning of the video when there is none. */
function frontierOf(watched: Range[], place: number): number {
  let frontier = 0
  for (const [from, to] of watched) if (from <= Math.max(place, 0)) frontier = Math.max(frontier, to)
  return frontier
}

/** Whether a video counts as watched: all but a second or a fiftieth of it, for players end short of the last frame. */
export function isWatched(watched: Range[], durationMs: number): boolean {
  return durationMs - coveredMs(watched) <= Math.max(1000, durationMs / 50)
}

/** The last of the steps 0, 25, 50, 75 that the watched share has reached; 100 is `isWatched`. */
export function stepOf(watched: Range[], durationMs: number): number {
  if (isWatched(watched, durationMs)) return 100
  return Math.min(75, Math.floor((coveredMs(watched) / durationMs) * 4) * 25)
}
