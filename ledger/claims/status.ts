import type { ActKind } from './claim.ts'

/** How far a claim has come, as far as acts say (domain.md §4.2). A claim that policy recognised by itself has no act. */
export type ClaimStatus = 'awaiting_check' | 'school_checked' | 'recognised' | 'rejected' | 'withdrawn'

/** What acts have made of a claim. */
export interface Decided {
  status: ClaimStatus
  /** Whether the school has had its say, before the district's or after it. */
  isChecked: boolean
  isHeld: boolean
}

/** A claim on which nothing was decided yet. */
export const undecided: Decided = { status: 'awaiting_check', isChecked: false, isHeld: false }

/** What a claim is after one more act. */
export function afterAct(decided: Decided, kind: ActKind): Decided {
  switch (kind) {
    case 'school_check':
      return {
        ...decided,
        status: decided.status === 'recognised' ? 'recognised' : 'school_checked',
        isChecked: true,
      }
    case 'recognise':
      return { ...decided, status: 'recognised' }
    case 'reject':
      return { ...decided, status: 'rejected' }
    case 'void':
    case 'expire':
    case 'supersede':
      return { ...decided, status: 'withdrawn' }
    case 'hold':
      return { ...decided, isHeld: true }
    case 'release':
      return { ...decided, isHeld: false }
    case 'admit_late':
      return decided
  }
}

/** What the acts on one claim, in the order of their numbers, have made of it. */
export function decidedBy(kinds: readonly ActKind[]): Decided {
  return kinds.reduce(afterAct, undecided)
}

/**
 * Whether an act may still follow. A withdrawn claim takes none, a void cannot be voided, and a refusal is final:
 * who errs files a new claim. The school may check what the district recognised before it; else such a claim, whose
 * policy asks for both, would wait for ever.
 */
export function mayFollow(decided: Decided, kind: ActKind): boolean {
  const { status, isChecked, isHeld } = decided
  if (status === 'withdrawn') return false
  switch (kind) {
    case 'school_check':
      return !isChecked && (status === 'awaiting_check' || status === 'recognised')
    case 'recognise':
      return status === 'awaiting_check' || status === 'school_checked'
    case 'reject':
      return status !== 'rejected'
    case 'hold':
      return !isHeld
    case 'release':
      return isHeld
    default:
      return true
  }
}
