import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { ReasonCode } from './guard.ts'

/** Where a completion stands (glossary, `conversion_item`). */
export type ItemState = 'parked' | 'quarantined' | 'claimed' | 'dismissed' | 'withdrawn'

/** A completion, and what keeps it from being a claim. */
export interface Item {
  itemId: Id
  sourceId: Id
  /** The statement that opened it. */
  openedSeq: number
  statementId: Id
  /** 1, or more when a withdrawn completion came to life again. */
  opening: number
  actorKey: string
  completionKey: string
  /** Holds its completion key; false once withdrawn. */
  isOpen: boolean
  state: ItemState
  reason: ReasonCode | null
  detail: string | null
  rules: string
  teacherId: Id | null
  offeringId: Id | null
  trainingClassId: Id | null
  claimId: Id
  /** When its claim was handed to the ledger; null while it was not. */
  claimedAt: Instant | null
  /** Kinds of evidence its claim was filed with, in the words of policies. */
  evidence: string[]
  /** Withdrawals up to this seq were looked at by a person, who kept the claim. */
  keptThrough: number
  /** Codes that a person let pass. */
  released: string[]
  teacherHint: string
  offeringHint: string
  since: Instant
}

/** Whether an item waits for somebody or something. */
export function isWaiting({ state }: Item): boolean {
  return state === 'parked' || state === 'quarantined'
}

/** How an item waits for a reason: parked where something will release it by itself, else set apart for a person. */
export function stateFor(reason: ReasonCode): ItemState {
  return reason === 'ACTOR_UNKNOWN' || reason === 'SOURCE_NOT_LIVE' ? 'parked' : 'quarantined'
}
