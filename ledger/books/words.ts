import { codeWords } from '../claims/code-words.ts'

/** What a posting is. */
export const postingKinds = codeWords('posting_kind', {
  open: 1,
  admit: 2,
  act: 3,
  close: 4,
  evaluate: 5,
  merge: 6,
})
/** One of the words of `postingKinds`. */
export type PostingKind = (typeof postingKinds.words)[number]

/** What made a posting; with its id it is unique within an account, so a cause is applied once. */
export const causeKinds = codeWords('cause_kind', {
  account: 1,
  inbox: 2,
  act: 3,
  run: 4,
  period: 5,
  merge: 6,
})
/** One of the words of `causeKinds`. */
export type CauseKind = (typeof causeKinds.words)[number]

/** What a leg is part of. */
export const entryKinds = codeWords('entry_kind', { award: 1, move: 2, reversal: 3 })
/** One of the words of `entryKinds`. */
export type EntryKind = (typeof entryKinds.words)[number]

/** Where hours stand (glossary `bucket`); they come from `issued`, which is never above zero. */
export const buckets = codeWords('bucket', { issued: 1, counted: 2, excess: 3, pending: 4, voided: 5 })
/** One of the words of `buckets`. */
export type EntryBucket = (typeof buckets.words)[number]

/** Tiers of recognition; `none` where an award has no offering. */
export const levelWords = codeWords('level', {
  none: 0,
  school: 1,
  cluster: 2,
  district: 3,
  city: 4,
  province: 5,
  national: 6,
})

/** What a work item is about: a code of reconciliation.md §5, or a finding of the book itself. */
export const exceptionKinds = codeWords('exception_kind', {
  policy_silent: 1,
  late: 2,
  possible_duplicate: 3,
  offering_unknown: 4,
  offering_not_approved: 5,
  order_violation: 6,
  not_passed: 7,
  not_completed: 8,
  voided: 9,
  assertion_failed: 20,
  verification_failed: 21,
})
/** One of the words of `exceptionKinds`. */
export type ExceptionKind = (typeof exceptionKinds.words)[number]

/** What goes out after a posting. */
export const outboxTopics = codeWords('outbox_topic', { posted: 1 })

/** How far a row of the outbox has come. */
export const outboxStates = codeWords('outbox_state', { waiting: 1, sent: 2 })
