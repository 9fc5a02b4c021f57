import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import type { Level, OfferingInfo } from '../catalogue/offering.ts'
import type { Claim, ClaimAct } from '../claims/claim.ts'
import { codeWords } from '../claims/code-words.ts'
import type { PolicyVersion } from './version.ts'

/**
 * The number of the rules of evaluation in this program. Raised whenever a change of code may change a result, so
 * that a posting says which code decided (ledger.md §5.1).
 */
export const engine = 2

/** Where the hours of an award stand (ledger.md R5). `voided` and `issued` are the book's own. */
export type Bucket = 'counted' | 'excess' | 'pending'

/**
 * Why hours stand where they stand, or moved. `evaluate` gives the first group; the rest name the cause of a move or
 * of a reversal and are given by the book.
 */
export const whys = codeWords('why', {
  recognised: 1,
  over_cap: 2,
  over_max_per_item: 3,
  duplicate_award: 4,
  held: 5,
  policy_silent: 6,
  awaiting_check: 7,
  awaiting_recognition: 8,
  flagged: 9,
  promoted: 20,
  withdrawn: 21,
  revalued: 22,
  rejected: 23,
  released: 24,
  displaced: 25,
})
/** One of the words of `whys`. */
export type Why = (typeof whys.words)[number]

/**
 * Why a claim has no award. `opensException` tells those that need a person or a further fact from those that are
 * settled and stand at nothing.
 */
export const waitingReasons = codeWords('waiting_reason', {
  policy_silent: 1,
  late: 2,
  possible_duplicate: 3,
  offering_unknown: 4,
  offering_not_approved: 5,
  before_approval: 6,
  not_passed: 7,
  not_completed: 8,
  attendance_below: 9,
  attendance_part: 10,
  excluded: 11,
  zero: 12,
  withdrawn: 13,
  rejected: 14,
})
/** One of the words of `waitingReasons`. */
export type WaitingReason = (typeof waitingReasons.words)[number]

const settled: ReadonlySet<WaitingReason> = new Set([
  'attendance_part',
  'attendance_below',
  'excluded',
  'zero',
  'withdrawn',
  'rejected',
])

/** Whether a claim that waits for this reason is a work item; the others are settled, or part of another award. */
export function opensException(reason: WaitingReason): boolean {
  return !settled.has(reason)
}

/** Path into a policy document, as its `unknown` list writes it, or the name of a missing fact. */
export type PolicyPath = string

/** One part of an award: so many hours in this bucket for this reason. */
export interface Part {
  bucket: Bucket
  /** Above zero. */
  milliHours: number
  why: Why
  /** The rule that sent them there: `max_per_item`, `caps.0`, `dedupe`, `timeline` … */
  path?: PolicyPath
}

/** What one claim should hold in the book. */
export interface Award {
  claimId: Id
  /** The recognised value, above zero: the sum of `split`. */
  milliHours: number
  /** What the source asked for, converted, before rounding and caps; null where its unit has no ratio. */
  claimedMilliHours: number | null
  effectiveOn: Day
  /** The year of the book into which the day falls. */
  periodNo: number
  /** Null where the claim names no offering. */
  category: string | null
  level: Level | null
  form: string | null
  /** At most one part a (bucket, why, path), counted first, then excess, then pending. */
  split: Part[]
  /** Which rule gave the value: the award basis, a conversion, or `decision` for a value set by a person. */
  rule: string
  /** The policy's own words, where the rule has them. */
  quote: string | null
}

/** A claim that holds nothing, and why. */
export interface Waiting {
  claimId: Id
  reason: WaitingReason
  /** What the policy or the catalogue would have to say, or how late: for the work item and the page. */
  path?: PolicyPath
  /** What it would be worth, where that is known: the computed effect of a late claim. */
  milliHours?: number
}

/** A value that holds from one day to another, both included; null is open. */
export interface Dated<T> {
  from: Day | null
  to: Day | null
  value: T
}

/**
 * What policy reads of a person. Null is not known; an empty list is known to be none. The lists are ordered by
 * nothing: the day decides.
 */
export interface Person {
  /** First day of service; years of service count from it. */
  enteredOn: Day | null
  /** First day of the first 定期注册; its validity periods follow one another. */
  registeredOn: Day | null
  /** 骨干层级. */
  tiers: Dated<string>[] | null
  posts: Dated<string>[] | null
  /** Status of the school worked at, such as 市教师专业发展校. */
  schoolStatuses: Dated<string>[] | null
}

/** A person of whom the roster says nothing. */
export const unknownPerson: Person = {
  enteredOn: null,
  registeredOn: null,
  tiers: null,
  posts: null,
  schoolStatuses: null,
}

/** All that evaluation may read. No clock, no order of arrival. */
export interface EvaluationInput {
  claims: Claim[]
  acts: ClaimAct[]
  person: Person
  /** By offering id; every offering that a claim names, and those it contains or is contained in. */
  catalogue: ReadonlyMap<Id, OfferingInfo>
  /** What closed periods hold: taken as given, and not part of the answer. */
  frozen: Award[]
  /** The newest closed period of this account; 0 or absent for none. */
  closedThrough?: number
  policy: PolicyVersion
}

/** What an account should hold: every claim without a frozen award stands in exactly one of the lists. */
export interface Evaluation {
  /** In canonical order: effective day, end, award key, claim id. */
  awards: Award[]
  /** By claim id. */
  waiting: Waiting[]
}
