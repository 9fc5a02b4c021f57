import { addDays, addYears, type Day, isDay } from '../../foundation/time.ts'
import type { FlatPolicy } from './document.ts'
import type { Dated, Person, PolicyPath } from './evaluation.ts'

/** A closed interval of civil days, or what keeps it from being one: the policy's silence, or a missing fact. */
export type Window =
  | { known: true; from: Day; to: Day }
  | { known: false; reason: 'not_stated' | 'fact_missing'; path: PolicyPath }

/** What a window is counted from: the person, and the day on which the question is asked. */
export interface WindowOf {
  person: Person
  day: Day
  /** Length in years where the rule itself states it. */
  years?: number | null
}

const between = (from: Day, to: Day): Window => ({ known: true, from, to })
const notStated = (path: PolicyPath): Window => ({ known: false, reason: 'not_stated', path })
const factMissing = (path: PolicyPath): Window => ({ known: false, reason: 'fact_missing', path })

const explicit = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/

/**
 * The days that a window's name means under one policy (ledger.md §5.4): `cycle`, `year`, `year:2025`, `day`,
 * `registration` (also `registration-validity`), `rolling` (`last-5-years`, any number), `probation`, a season by its
 * name, or `from..to`. A name that the policy does not define is not stated.
 */
export function windowOf(policy: FlatPolicy, name: string, about: WindowOf): Window {
  const days = explicit.exec(name)
  if (days?.[1] && days[2])
    return isDay(days[1]) && isDay(days[2]) ? between(days[1], days[2]) : notStated(name)
  const years = /^(?:rolling|last-(\d{1,2})-years)$/.exec(name)
  if (years) return rolling(about.day, Number(years[1] ?? 5))
  if (name === 'day') return between(about.day, about.day)
  if (name === 'cycle') return cycleOf(policy, about)
  if (name === 'year') return yearOf(policy, about.day)
  if (name.startsWith('year:')) return yearBeginning(policy, name.slice(5))
  if (name === 'registration' || name === 'registration-validity') return registrationOf(policy, about)
  if (name === 'probation') return probationOf(policy, about.person)
  return seasonOf(policy, name, about.day)
}

/** From the start of the cycle, or of the plan, to the date: a requirement with `by`. */
export function windowUntil(policy: FlatPolicy, by: Day, about: WindowOf): Window {
  const cycle = cycleOf(policy, about)
  const from = cycle.known ? cycle.from : policy.plan_period?.from
  return from ? between(from, by) : cycle
}

function rolling(day: Day, years: number): Window {
  return between(addDays(addYears(day, -years), 1), day)
}

function cycleOf(policy: FlatPolicy, { person, day }: WindowOf): Window {
  const cycle = policy.cycle
  const anchor = cycle?.anchor
  if (!cycle || !anchor) return notStated('cycle.anchor')
  if (anchor === 'plan-period') {
    const from = cycle.from ?? policy.plan_period?.from
    const to = cycle.to ?? policy.plan_period?.to ?? (from && cycle.years ? lastDay(from, cycle.years) : null)
    return from && to ? between(from, to) : notStated(from ? 'cycle.to' : 'cycle.from')
  }
  if (!cycle.years) return notStated('cycle.years')
  if (anchor === 'rolling') return rolling(day, cycle.years)
  const start = anchor === 'teacher' ? person.enteredOn : person.registeredOn
  if (start === null) return factMissing(anchor === 'teacher' ? 'entered_on' : 'registered_on')
  return repeating(start, cycle.years, day)
}

/** The period of n years that holds the day, of those that follow one another from the start. */
function repeating(start: Day, years: number, day: Day): Window {
  let passed = 0
  while (addYears(start, passed + years) <= day) passed += years
  const from = addYears(start, passed)
  return between(from, addDays(addYears(start, passed + years), -1))
}

const lastDay = (from: Day, years: number): Day => addDays(addYears(from, years), -1)

function yearOf(policy: FlatPolicy, day: Day): Window {
  const starts = policy.year?.starts
  if (!starts) return notStated('year.starts')
  const calendar = Number(day.slice(0, 4))
  return yearFrom(day.slice(5) >= starts ? calendar : calendar - 1, starts)
}

function yearBeginning(policy: FlatPolicy, text: string): Window {
  const starts = policy.year?.starts
  if (!/^\d{4}$/.test(text)) return notStated(`year:${text}`)
  return starts ? yearFrom(Number(text), starts) : notStated('year.starts')
}

function yearFrom(year: number, starts: string): Window {
  const first = (of: number) => {
    const day = `${String(of).padStart(4, '0')}-${starts}`
    return isDay(day) ? day : `${day.slice(0, 8)}28`
  }
  return between(first(year), addDays(first(year + 1), -1))
}

function registrationOf(policy: FlatPolicy, { person, day, years }: WindowOf): Window {
  const rule = policy.requirements?.find(
    ({ window, years: length }) => window === 'registration-validity' && length,
  )
  const length = years ?? rule?.years
  if (!length) return notStated('requirements.registration-validity.years')
  if (person.registeredOn === null) return factMissing('registered_on')
  return repeating(person.registeredOn, length, day)
}

function probationOf(policy: FlatPolicy, person: Person): Window {
  const years = policy.audience_bands?.find(({ code }) => code === '见习教师')?.years
  if (!years) return notStated('audience_bands.见习教师.years')
  if (person.enteredOn === null) return factMissing('entered_on')
  return between(person.enteredOn, lastDay(person.enteredOn, years[1]))
}

function seasonOf(policy: FlatPolicy, name: string, day: Day): Window {
  const year = day.slice(0, 4)
  const days = policy.seasons?.[name]?.[year]
  return days ? between(days[0], days[1]) : notStated(`seasons.${name}.${year}`)
}

/** The value that holds on a day: of those that hold, the one that began last. Undefined where none does. */
export function onDay<T>(values: Dated<T>[], day: Day): T | undefined {
  const holding = values.filter(
    ({ from, to }) => (from === null || from <= day) && (to === null || day <= to),
  )
  return holding.sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? 1 : -1))[0]?.value
}
