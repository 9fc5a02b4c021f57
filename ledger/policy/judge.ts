import type { Day } from '../../foundation/time.ts'
import { type Audience, audienceOf } from './audience.ts'
import { type Dimensions, matches } from './caps.ts'
import { type FlatPolicy, type Indicator, quoteOf, type Requirement } from './document.ts'
import type { Person, PolicyPath } from './evaluation.ts'
import { compare, decimalText, exactly, type Fraction, fraction, over, plus, times } from './fraction.ts'
import { hoursPerCredit } from './value.ts'
import { type Window, windowOf, windowUntil } from './windows.ts'

/** Hours that count, with what a requirement may ask of them. Pending and excess never help to pass. */
export interface CountedHours extends Dimensions {
  effectiveOn: Day
  milliHours: number
}

/** A day on which a session was attended whose award is recognised. One a day and dimensions; not convertible. */
export interface AttendedDay extends Dimensions {
  day: Day
}

/** What is judged: one document, one person, what the book holds, and the day of the question. */
export interface JudgeInput {
  policy: FlatPolicy
  person: Person
  hours: CountedHours[]
  days: AttendedDay[]
  /** Every window is taken as of this day. */
  on: Day
}

/** met: every number needed is known and reached. not_evaluated is neither pass nor zero (policies/README.md §6). */
export type Result = 'met' | 'not_met' | 'not_evaluated'

/** How one requirement stands for one person. */
export interface Judgement {
  id: string
  result: Result
  /** For not_evaluated: 未规定 (no layer of the policy says) or 不判定 (a fact is missing). */
  reason: 'not_stated' | 'fact_missing' | null
  /** What is not stated or missing. */
  path: PolicyPath | null
  /** Decimal text in `unit`; null where it cannot be said. */
  have: string | null
  need: string | null
  /** What is missing to `need`; null unless not_met. */
  gap: string | null
  unit: string | null
  /** The days that were counted; null where the window is not known. */
  window: { from: Day; to: Day } | null
  quote: string | null
  /** False where it is not known whether the requirement binds this person at all. */
  isForPerson: boolean
}

/** How all requirements stand together: those not known to bind the person do not speak. */
export function summaryOf(judgements: Judgement[]): Result {
  const binding = judgements.filter(({ isForPerson }) => isForPerson)
  if (binding.some(({ result }) => result === 'not_met')) return 'not_met'
  return binding.length > 0 && binding.every(({ result }) => result === 'met') ? 'met' : 'not_evaluated'
}

/** What a policy says of a population. These never affect a person, so they are not judged here. */
export function indicatorsOf(policy: FlatPolicy): Indicator[] {
  return policy.indicators ?? []
}

/**
 * Judges every requirement of a policy that binds a person, or may bind them. Pure: no clock, the same result for
 * ever. Nothing of this is posted.
 */
export function judge(input: JudgeInput): Judgement[] {
  return requirementsOf(input.policy).flatMap((requirement) => {
    const audience = audienceOf(requirement.audience, input)
    if (audience.binds !== false) return [judged(requirement, audience, input)]
    // A rule without a number is hidden only from those whom a recorded fact rules out: silence stays visible.
    const isSilent = audience.byAbsence && silenceOf(requirement, input.policy) !== null
    return isSilent ? [judged(requirement, audience, input)] : []
  })
}

/** The requirements of a policy; the target of the cycle is one, where the text does not spell it out as such. */
function requirementsOf({ requirements, cycle }: FlatPolicy): Requirement[] {
  const all = requirements ?? []
  const isSpeltOut = all.some((one) => one.window === 'cycle' && one.at_least && isWithoutFilter(one))
  if (isSpeltOut || cycle?.target === undefined) return all
  const at_least = { value: cycle.target, unit: cycle.target_unit ?? 'hour' }
  return [{ id: 'cycle-target', audience: 'all', window: 'cycle', at_least, quote: cycle.quote }, ...all]
}

function isWithoutFilter({ audience, category, topic, level_in, form }: Requirement): boolean {
  return (audience ?? 'all') === 'all' && !category && !topic && !level_in && !form
}

function judged(requirement: Requirement, audience: Audience, input: JudgeInput): Judgement {
  const window = windowFor(requirement, input)
  const blank: Judgement = {
    id: requirement.id,
    result: 'not_evaluated',
    reason: null,
    path: null,
    have: null,
    need: null,
    gap: null,
    unit: (requirement.at_least ?? requirement.at_most)?.unit ?? null,
    window: window.known ? { from: window.from, to: window.to } : null,
    quote: quoteOf(requirement),
    isForPerson: audience.binds === true,
  }
  const open = (reason: 'not_stated' | 'fact_missing', path: string): Judgement => ({
    ...blank,
    ...shown(requirement, input, window),
    reason,
    path,
  })
  // The policy's own silence first: where no number is stated, no fact would help.
  const silence = silenceOf(requirement, input.policy)
  if (silence) return open('not_stated', silence)
  if (audience.binds === null) return open(audience.reason, audience.path)
  if (!window.known) return open(window.reason, window.path)
  return { ...blank, ...compared(requirement, input, window) }
}

function windowFor({ by, window, years }: Requirement, { policy, person, on }: JudgeInput): Window {
  const about = { person, day: on, years: years ?? null }
  if (by) return windowUntil(policy, by, about)
  return window ? windowOf(policy, window, about) : { known: false, reason: 'not_stated', path: 'window' }
}

const counted = new Set(['hour', 'credit', 'day'])

/** The path of what the policy would have to say before this can be judged, or null. */
function silenceOf(requirement: Requirement, policy: FlatPolicy): string | null {
  const path = (key: string) => `requirements.${requirement.id}.${key}`
  const { at_least, at_most, share, rest, of_which, counts_in_cycle } = requirement
  if (counts_in_cycle === null) return path('counts_in_cycle')
  if (share !== undefined) return shareSilence(requirement, policy)
  if (rest) return path('share')
  for (const [key, amount] of [['at_least', at_least] as const, ['at_most', at_most] as const]) {
    if (amount === undefined) continue
    if (!amount || amount.value === null) return path(`${key}.value`)
    if (!counted.has(amount.unit)) return path(`${key}.unit`)
    if (amount.unit === 'credit' && !hoursPerCredit(policy, requirement.form ?? null))
      return 'unit.hours_per_credit'
  }
  if (at_least === undefined && at_most === undefined) return path('at_least')
  const part = Object.keys(of_which ?? {}).find((word) => !isKnownWord(word, policy))
  return part === undefined ? null : path(`of_which.${part}`)
}

function shareSilence({ id, share, rest }: Requirement, policy: FlatPolicy): string | null {
  for (const [key, one] of [['share', share] as const, ['rest', rest] as const]) {
    if (one === undefined) continue
    if (one?.exact_credits == null) return `requirements.${id}.${key}`
  }
  return hoursPerCredit(policy, null) ? null : 'unit.hours_per_credit'
}

/** Whether a word of `of_which` names a category or a form; other words of a text have no dimension here. */
function isKnownWord(word: string, { categories, forms }: FlatPolicy): boolean {
  return Boolean(categories?.includes(word) || forms?.includes(word))
}

type Comparison = Pick<Judgement, 'result' | 'reason' | 'path' | 'have' | 'need' | 'gap' | 'unit'>

function compared(requirement: Requirement, input: JudgeInput, window: Days): Comparison {
  const { at_least, at_most, share, rest, of_which } = requirement
  const parts: Comparison[] = []
  if (at_least?.value != null) parts.push(against(requirement, at_least.value, at_least.unit, input, window))
  if (at_most?.value != null) parts.push(atMost(requirement, at_most.value, at_most.unit, input, window))
  for (const one of [share, rest]) {
    if (one?.exact_credits == null) continue
    parts.push(against({ ...requirement, ...filterOf(one) }, one.exact_credits, 'credit', input, window))
  }
  for (const [word, value] of Object.entries(of_which ?? {})) {
    const isCategory = input.policy.categories?.includes(word)
    const narrowed = isCategory ? { ...requirement, category: word } : { ...requirement, form: word }
    parts.push(against(narrowed, value, at_least?.unit ?? 'hour', input, window))
  }
  return worst(parts)
}

const filterOf = ({ level_in, category }: { level_in?: unknown; category?: unknown }) =>
  ({ ...(level_in ? { level_in } : {}), ...(category ? { category } : {}) }) as Partial<Requirement>

/** Several parts of one requirement: what fails is shown, then what cannot be judged, then the first. */
function worst(parts: Comparison[]): Comparison {
  const found =
    parts.find(({ result }) => result === 'not_met') ??
    parts.find(({ result }) => result === 'not_evaluated') ??
    parts[0]
  return found as Comparison
}

interface Days {
  from: Day
  to: Day
}

function against(
  requirement: Requirement,
  value: number,
  unit: string,
  input: JudgeInput,
  window: Days,
): Comparison {
  const need = exactly(value)
  const { sure, possible } = haveOf(requirement, unit, input, window)
  const base = { have: decimalText(sure), need: decimalText(need), unit, reason: null, path: null, gap: null }
  if (compare(sure, need) >= 0) return { ...base, result: 'met' }
  if (compare(possible, need) >= 0) {
    return { ...base, result: 'not_evaluated', reason: 'fact_missing', path: missingDimension(requirement) }
  }
  return { ...base, result: 'not_met', gap: decimalText(plus(need, times(sure, fraction(-1)))) }
}

function atMost(
  requirement: Requirement,
  value: number,
  unit: string,
  input: JudgeInput,
  window: Days,
): Comparison {
  const need = exactly(value)
  const { sure, possible } = haveOf(requirement, unit, input, window)
  const base = { have: decimalText(sure), need: decimalText(need), unit, reason: null, path: null, gap: null }
  if (compare(sure, need) > 0) return { ...base, result: 'not_met' }
  if (compare(possible, need) <= 0) return { ...base, result: 'met' }
  return { ...base, result: 'not_evaluated', reason: 'fact_missing', path: missingDimension(requirement) }
}

function missingDimension({ level_in, category, topic }: Requirement): string {
  return level_in ? 'level' : category ? 'category' : topic ? 'topic' : 'form'
}

/** What a person has in a unit: `sure` fits the filters, `possible` would if dimensions nobody knows agreed too. */
function haveOf(
  requirement: Requirement,
  unit: string,
  input: JudgeInput,
  window: Days,
): { sure: Fraction; possible: Fraction } {
  const sum = (isKind: boolean) =>
    unit === 'day'
      ? daysIn(requirement, input.days, window, isKind)
      : hoursIn(requirement, input.hours, window, isKind)
  const inUnit = (milliHours: number): Fraction => {
    if (unit === 'day') return fraction(milliHours)
    const hours = fraction(milliHours, 1000)
    const ratio = unit === 'credit' ? hoursPerCredit(input.policy, requirement.form ?? null) : null
    return ratio ? over(hours, exactly(ratio)) : hours
  }
  return { sure: inUnit(sum(false)), possible: inUnit(sum(true)) }
}

function hoursIn(requirement: Requirement, hours: CountedHours[], window: Days, isKind: boolean): number {
  return hours
    .filter(({ effectiveOn }) => window.from <= effectiveOn && effectiveOn <= window.to)
    .filter((one) => fits(requirement, one, isKind))
    .reduce((total, { milliHours }) => total + milliHours, 0)
}

function daysIn(requirement: Requirement, days: AttendedDay[], window: Days, isKind: boolean): number {
  const attended = days
    .filter(({ day }) => window.from <= day && day <= window.to)
    .filter((one) => fits(requirement, one, isKind))
  return new Set(attended.map(({ day }) => day)).size
}

/** Whether hours fit the filters; read kindly, what is not known fits. A course without a topic has none: it is known. */
function fits({ category, topic, form, level_in }: Requirement, one: Dimensions, isKind: boolean): boolean {
  const filter = { category, topic, form, level: level_in }
  const isUnknown = (key: 'category' | 'form' | 'level') => isKind && one[key] === null
  return matches(
    {
      ...filter,
      category: isUnknown('category') ? null : category,
      form: isUnknown('form') ? null : form,
      level: isUnknown('level') ? null : level_in,
      topic: isKind && one.category === null ? null : topic,
    },
    one,
  )
}

/** What can be said of a requirement that is not judged: the number it asks for, and what there is, where known. */
function shown(requirement: Requirement, input: JudgeInput, window: Window): Partial<Judgement> {
  const amount = requirement.at_least ?? requirement.at_most
  if (!amount) return {}
  const need = amount.value === null ? null : decimalText(exactly(amount.value))
  const canCount = amount.unit === 'hour' || amount.unit === 'day'
  if (!window.known || !canCount) return { need }
  return { need, have: decimalText(haveOf(requirement, amount.unit, input, window).sure) }
}
