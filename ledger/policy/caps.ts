import type { Day } from '../../foundation/time.ts'
import type { Candidate } from './candidate.ts'
import type { Cap, FlatPolicy } from './document.ts'
import type { Part, Person } from './evaluation.ts'
import { exactly, fraction, times, wholeOf } from './fraction.ts'
import { windowOf } from './windows.ts'

/** What a cap's filter may ask of hours. */
export interface Dimensions {
  category: string | null
  level: string | null
  form: string | null
  topic: string | null
  role: string | null
}

interface Counted extends Dimensions {
  effectiveOn: Day
  milliHours: number
}

/** A cap in one of its windows, with what is counted under it so far. */
interface Running {
  from: Day
  to: Day
  total: number
  /** False where the window is not known. */
  isCertain: boolean
}

const holds = ({ from, to }: Running, day: Day) => from <= day && day <= to

/** 县级 and 区级 are one tier (glossary `level`). */
const tierOf = (level: string) => (level === 'county' ? 'district' : level)

const dimensionNames = ['category', 'level', 'form', 'topic', 'role'] as const

/** Whether hours with these dimensions fall under a filter: every key it names must agree. */
export function matches(filter: Cap['filter'], dimensions: Dimensions): boolean {
  if (filter == null) return true
  return dimensionNames.every((name) => {
    const wanted = filter[name]
    if (wanted == null) return true
    const value = dimensions[name]
    if (value === null) return false
    if (typeof wanted === 'string') return tierOf(wanted) === tierOf(value)
    return wanted.some((one) => tierOf(one) === tierOf(value))
  })
}

/**
 * The hours counted so far, asked how much room a cap leaves. Awards are counted in canonical order, so no later one
 * lies before the day that asks, except what closed periods hold.
 */
export class Counter {
  readonly #person: Person
  readonly #counted: Counted[] = []
  readonly #running = new Map<Cap, Running[]>()

  constructor(person: Person) {
    this.#person = person
  }

  /** Counts hours, for every cap that is asked about them later. */
  count(candidate: Candidate, milliHours: number): void {
    const one: Counted = { ...dimensionsOf(candidate), effectiveOn: candidate.effectiveOn, milliHours }
    this.#counted.push(one)
    for (const [cap, windows] of this.#running) {
      if (!matches(cap.filter, one)) continue
      for (const running of windows) if (holds(running, one.effectiveOn)) running.total += milliHours
    }
  }

  /** How much more fits under a cap on a day; `isCertain` is false where the cap's window is not known. */
  room(policy: FlatPolicy, cap: Cap, day: Day): { milliHours: number; isCertain: boolean } {
    if (cap.max == null) return { milliHours: 0, isCertain: false }
    const max = wholeOf(times(exactly(cap.max), fraction(1000)))
    const name = cap.window ?? ''
    if (isRolling(name)) {
      return { milliHours: Math.max(0, max - this.#fullest(policy, cap, name, day)), isCertain: true }
    }
    const { total, isCertain } = this.#runningOn(policy, cap, name, day)
    return { milliHours: Math.max(0, max - total), isCertain }
  }

  /** A cap in the window that holds the day. Asked for once a window: windows of one cap do not overlap. */
  #runningOn(policy: FlatPolicy, cap: Cap, name: string, day: Day): Running {
    const known = this.#running.get(cap) ?? []
    const found = known.find((running) => holds(running, day))
    if (found) return found
    const window = windowOf(policy, name, { person: this.#person, day })
    // A window nobody states: only what fits under every reading is certain, and the widest reading is all time.
    const isCertain = window.known && window.from <= day && day <= window.to
    const { from, to } = isCertain ? window : { from: '', to: '9999-12-31' }
    const running = { from, to, total: this.#sum(cap, from, to), isCertain }
    // Days come in order, so a window that ended is not asked about again.
    this.#running.set(cap, [...known.filter((one) => one.to >= day), running])
    return running
  }

  /** The most that stands in any rolling window that holds the day: it would be the first to overflow. */
  #fullest(policy: FlatPolicy, cap: Cap, name: string, day: Day): number {
    const later = this.#counted.map(({ effectiveOn }) => effectiveOn).filter((on) => on > day)
    let fullest = 0
    for (const end of [day, ...new Set(later)]) {
      const window = windowOf(policy, name, { person: this.#person, day: end })
      if (window.known && window.from <= day) fullest = Math.max(fullest, this.#sum(cap, window.from, end))
    }
    return fullest
  }

  #sum(cap: Cap, from: Day, to: Day): number {
    return this.#counted
      .filter((one) => from <= one.effectiveOn && one.effectiveOn <= to && matches(cap.filter, one))
      .reduce((sum, { milliHours }) => sum + milliHours, 0)
  }
}

const isRolling = (name: string) => /^(?:rolling|last-\d{1,2}-years)$/.test(name)

function dimensionsOf({ claim, offering }: Candidate): Dimensions {
  return {
    category: offering?.category ?? null,
    level: offering?.level ?? null,
    form: offering?.form ?? null,
    topic: offering?.topic ?? null,
    role: claim.content.role,
  }
}

/**
 * Puts what is open of a candidate into the buckets: what fits under the maximum of an item and under every cap that
 * matches counts, the rest is excess; what fits only if an unknown is read kindly is pending.
 */
export function routeUnderCaps(candidate: Candidate, counter: Counter): void {
  const { policy } = candidate
  if (!policy || candidate.open === 0) return
  const parts: Part[] = []
  const put = (part: Part) => {
    if (part.milliHours > 0) parts.push(part)
  }
  const fits = fitsItem(policy, candidate.open)
  if (fits === null)
    put({ bucket: 'pending', milliHours: candidate.open, why: 'policy_silent', path: 'max_per_item' })
  else {
    const { sure, certain } = roomFor(policy, candidate, counter)
    const underCaps = Math.min(fits, certain.milliHours)
    const counted = Math.min(underCaps, sure.milliHours)
    counter.count(candidate, counted)
    put({ bucket: 'counted', milliHours: counted, why: 'recognised' })
    put({ bucket: 'excess', milliHours: fits - underCaps, why: 'over_cap', path: certain.path })
    put({
      bucket: 'excess',
      milliHours: candidate.open - fits,
      why: 'over_max_per_item',
      path: 'max_per_item',
    })
    put({ bucket: 'pending', milliHours: underCaps - counted, why: 'policy_silent', path: sure.path })
  }
  candidate.open = 0
  candidate.parts = [...parts, ...candidate.parts]
}

/** Absent says that there is no such rule; null, that there may be one and its number is not known. */
function fitsItem({ max_per_item: max }: FlatPolicy, open: number): number | null {
  if (max === undefined) return open
  return max === null ? null : Math.min(open, wholeOf(times(exactly(max), fraction(1000))))
}

interface Room {
  milliHours: number
  path: string
}

/** The least room under the caps that match: `certain` under those fully stated, `sure` under the others too. */
function roomFor(policy: FlatPolicy, candidate: Candidate, counter: Counter): { certain: Room; sure: Room } {
  let certain: Room = { milliHours: Number.POSITIVE_INFINITY, path: 'caps' }
  let sure: Room = certain
  const dimensions = dimensionsOf(candidate)
  for (const [at, cap] of (policy.caps ?? []).entries()) {
    if (!matches(cap.filter, dimensions)) continue
    const { milliHours, isCertain } = counter.room(policy, cap, candidate.effectiveOn)
    const room = { milliHours, path: `caps.${at}` }
    if (isCertain && room.milliHours < certain.milliHours) certain = room
    if (!isCertain && room.milliHours < sure.milliHours) sure = { ...room, path: `caps.${at}.window` }
  }
  return { certain, sure }
}
