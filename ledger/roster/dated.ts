import { addDays, type Day } from '../../foundation/time.ts'

/** A value with the closed interval of civil days on which it holds; null is open on that side. */
export interface Dated<T> {
  value: T
  from: Day | null
  to: Day | null
}

/** One recorded fact about an attribute, in the order in which it was recorded. */
export interface RecordedFact {
  /** Null: nothing holds from that day. */
  value: string | null
  /** Null: from the beginning. */
  from: Day | null
  order: number
}

/**
 * The days on which each value holds, earliest first, from facts that each hold until the next one begins. Of facts
 * that begin on one day the one recorded last is right; equal neighbours become one.
 */
export function timelineOf(facts: RecordedFact[]): Dated<string>[] {
  const beginnings = new Map<string, RecordedFact>()
  for (const fact of [...facts].sort((a, b) => a.order - b.order)) beginnings.set(fact.from ?? '', fact)
  const ordered = [...beginnings.values()].sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1))

  const timeline: Dated<string | null>[] = []
  for (const { value, from } of ordered) {
    const last = timeline.at(-1)
    if (last?.value === value) continue
    if (last && from !== null) last.to = addDays(from, -1)
    timeline.push({ value, from, to: null })
  }
  return timeline.filter((each): each is Dated<string> => each.value !== null)
}

/** What holds on a day, or null. */
export function valueOn<T>(timeline: Dated<T>[], day: Day): T | null {
  return timeline.find((each) => holdsOn(each, day))?.value ?? null
}

/** Whether a day lies in a closed interval of days. */
function holdsOn(interval: { from: Day | null; to: Day | null }, day: Day): boolean {
  return (interval.from === null || interval.from <= day) && (interval.to === null || day <= interval.to)
}

/** The timeline with one value put over an interval; null takes away what was there. */
export function overlaid(
  timeline: Dated<string>[],
  value: string | null,
  interval: { from: Day | null; to: Day | null },
): Dated<string>[] {
  const { from, to } = interval
  const kept = timeline.flatMap((each): Dated<string>[] => {
    const before = from === null ? null : { ...each, to: earliest(each.to, addDays(from, -1)) }
    const after = to === null ? null : { ...each, from: latest(each.from, addDays(to, 1)) }
    return [before, after].filter((part) => part !== null).filter(isProper)
  })
  if (value !== null) kept.push({ value, from, to })
  return kept.sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1))
}

function isProper({ from, to }: Dated<string>): boolean {
  return from === null || to === null || from <= to
}

function earliest(a: Day | null, b: Day): Day {
  return a === null || b < a ? b : a
}

function latest(a: Day | null, b: Day): Day {
  return a === null || b > a ? b : a
}

/** What has to be recorded, beside the facts that stand, so that their timeline becomes the one that is wanted. */
export function factsToReach(
  standing: RecordedFact[],
  wanted: Dated<string>[],
): { value: string | null; from: Day | null }[] {
  const held = new Map<string, string | null>()
  for (const fact of [...standing].sort((a, b) => a.order - b.order)) held.set(fact.from ?? '', fact.value)
  const turns = new Set([
    '',
    ...held.keys(),
    ...wanted.map(({ from }) => from ?? ''),
    ...wanted.flatMap(({ to }) => (to === null ? [] : [addDays(to, 1)])),
  ])
  const missing: { value: string | null; from: Day | null }[] = []
  let before: string | null = null
  for (const turn of [...turns].sort()) {
    const value = wanted.find((each) => holdsFrom(each, turn))?.value ?? null
    const says: string | null = held.get(turn) ?? (held.has(turn) ? null : before)
    if (says !== value) missing.push({ value, from: turn === '' ? null : turn })
    before = value
  }
  return missing
}

/** Whether a value holds on the day a turn begins; the empty turn is the beginning of time. */
function holdsFrom(each: Dated<string>, turn: string): boolean {
  return (each.from ?? '') <= turn && (each.to === null || turn <= each.to)
}
