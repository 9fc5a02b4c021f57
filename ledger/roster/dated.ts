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
export function holdsOn(interval: { from: Day | null; to: Day | null }, day: Day): boolean {
  return (interval.from === null || interval.from <= day) && (interval.to === null || day <= interval.to)
}
