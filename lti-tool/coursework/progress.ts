import type { CourseContent, Unit } from './document.ts'

/** How far a course has come. */
export interface CourseProgress {
  done: number
  total: number
  /** Every unit is done. */
  finished: boolean
  /** The unit to go on with: the first that is neither done nor locked; null when there is none. */
  nextUnitId: string | null
}

/** What must be done before a unit opens: the nearest such unit in order, or null when it is open. */
export function lockedBy(content: CourseContent, done: ReadonlySet<string>, unitId: string): Unit | null {
  const place = content.units.findIndex(({ id }) => id === unitId)
  const before = content.units.find(
    (unit, index) =>
      unit.id !== unitId &&
      !done.has(unit.id) &&
      (unit.first_lesson || (content.sequential && index < place)),
  )
  // A first lesson never waits for another one behind it.
  if (!before || content.units[place]?.first_lesson) return null
  return before
}

/** Counts the units that are done; all count the same. */
export function progressOf(content: CourseContent, done: ReadonlySet<string>): CourseProgress {
  const count = content.units.filter(({ id }) => done.has(id)).length
  const next = content.units.find(({ id }) => !done.has(id) && !lockedBy(content, done, id))
  return {
    done: count,
    total: content.units.length,
    finished: count === content.units.length,
    nextUnitId: next?.id ?? null,
  }
}
