import type { DeskSay } from './frame.tsx'

/** Codes for which a completion waits (xapi.md §5.6), in the order in which people work through them. */
export const waitingCodes = [
  'ACTOR_UNKNOWN',
  'ACTIVITY_UNKNOWN',
  'OFFERING_NOT_APPROVED',
  'VOIDED_AFTER_POSTING',
  'MAPPING_CHANGED',
  'CONFLICT',
  'BEFORE_APPROVAL',
  'IMPLAUSIBLE_SPEED',
  'CLOCK_SKEW',
  'UNIT_MISSING',
  'NOT_PASSED',
  'ACTOR_AMBIGUOUS',
  'ACTOR_OUT_OF_NAMESPACE',
  'SOURCE_NOT_LIVE',
  'RULE_FAULT',
  'OVERLAP',
  'PII_IN_STATEMENT',
] as const
/** One of `waitingCodes`. */
export type WaitingCode = (typeof waitingCodes)[number]

/** Kinds of work items of the book. */
const exceptionWords = [
  'policy_silent',
  'late',
  'possible_duplicate',
  'offering_unknown',
  'offering_not_approved',
  'order_violation',
  'not_passed',
  'not_completed',
  'voided',
  'assertion_failed',
  'verification_failed',
] as const

const releasable: readonly string[] = [
  'BEFORE_APPROVAL',
  'UNIT_MISSING',
  'IMPLAUSIBLE_SPEED',
  'CLOCK_SKEW',
  'CONFLICT',
  'RULE_FAULT',
]

/** Whether a person may let completions pass that wait for this code; the bridge has the last word. */
export function isReleasable(code: string): boolean {
  return releasable.includes(code)
}

/** A code in words, and in one sentence what to do. A code that these pages do not know yet shows as it is. */
export function explained(say: DeskSay, code: string): { title: string; advice: string } {
  const known = [...waitingCodes, ...exceptionWords].find((one) => one === code)
  if (!known) return { title: code, advice: say('otherReason_do') }
  return { title: say(known), advice: say(`${known}_do`) }
}
