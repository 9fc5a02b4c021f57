import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Day, Instant } from '../../foundation/time.ts'
import { codeWords } from './code-words.ts'

/** Where a claim comes from. */
export const claimKinds = codeWords('claim_kind', {
  completion: 1,
  self_claim: 2,
  import: 3,
  manual: 4,
  transfer_in: 5,
  resolution: 6,
})
/** One of the words of `claimKinds`. */
export type ClaimKind = (typeof claimKinds.words)[number]

/** A teacher's part in an offering (domain.md §11, `role`). */
export const roles = codeWords('role', { participant: 1, listener: 2, presenter: 3, mentor: 4, convenor: 5 })
/** One of the words of `roles`. */
export type Role = (typeof roles.words)[number]

/** What may happen to a claim after it was filed. */
export const actKinds = codeWords('claim_act_kind', {
  school_check: 1,
  recognise: 2,
  reject: 3,
  hold: 4,
  release: 5,
  void: 6,
  admit_late: 7,
  expire: 8,
  supersede: 9,
})
/** One of the words of `actKinds`. */
export type ActKind = (typeof actKinds.words)[number]

/** Why an act was made; what a person adds in words stands in its note. */
export const actReasons = codeWords('claim_act_reason', {
  checked: 1,
  recognised: 2,
  evidence_missing: 3,
  not_eligible: 4,
  duplicate: 5,
  wrong_data: 6,
  withdrawn_by_source: 7,
  withdrawn_by_person: 8,
  spot_check: 9,
  dispute: 10,
  cleared: 11,
  late_posting: 12,
  superseded: 13,
  expired: 14,
  implausible: 15,
  other: 16,
})
/** One of the words of `actReasons`. */
export type ActReason = (typeof actReasons.words)[number]

/** The source of a claim as evaluation may read it: policies name sources and presets. */
export interface ClaimSource {
  id: Id
  name: string
  preset: string
}

/**
 * All that evaluation may read of a claim; stored as it was filed.
 *
 * Amounts of the source stay its own text and unit; nothing here is
 * converted or rounded (domain.md §6.4).
 */
export interface ClaimContent {
  kind: ClaimKind
  source: ClaimSource
  offeringId: Id | null
  trainingClassId: Id | null
  /** Set where one session was attended; the award is then decided over the sessions of the class. */
  sessionId: Id | null
  /** xAPI registration or another name of one attempt; null when the source has none. */
  attempt: string | null
  role: Role
  beganAt: Instant | null
  endedAt: Instant
  /** The civil day of `endedAt` in the district's zone. */
  endedOn: Day
  receivedAt: Instant
  sourceAmount: string | null
  sourceUnit: string | null
  /** True when the source says that the whole offering was finished. */
  completion: boolean
  /** Null: the source does not say. */
  passed: boolean | null
  /** Decimal text of 0–100; null without a score. */
  scorePercent: string | null
  /** Kinds of evidence in policy's words: 完成, 测评, 签到 … */
  evidence: string[]
  durationSeconds: number | null
  /** Where the source's own words are kept, such as `statement:<uuid>`. */
  rawRef: string
  /** What a person has to look at, such as `waived` or `IMPLAUSIBLE_SPEED`. */
  flags: string[]
}

/** A claim as the book holds it. */
export interface Claim {
  claimId: Id
  content: ClaimContent
}

/** An act on a claim; `actNo` counts 1, 2, 3 … on its claim. */
export interface ClaimAct {
  actId: Id
  claimId: Id
  actNo: number
  kind: ActKind
  reason: ActReason
  note: string | null
  makerId: Id
  checkerId: Id | null
  /** The approved late posting, resolution, finding or run that allows a change in a closed period. */
  authorityId: Id | null
  /** The value that a person decided, in thousandths of an hour; null where policy decides. */
  valueMilliHours: number | null
  recordedAt: Instant
}

/** What the input of a fact is known by: the same key with the same hash is the same input (ledger.md R8). */
export interface InputKey {
  sourceId: Id
  inputKey: string
  /** SHA-256 of what came in, never of what was made of it. */
  inputHash: Buffer
}

/** Files a claim for a teacher. */
export interface ClaimFact extends InputKey {
  kind: 'claim'
  claimId: Id
  teacherId: Id
  content: ClaimContent
}

/** An act as it is filed, before it has a number. */
export interface FiledAct {
  actId: Id
  kind: ActKind
  reason: ActReason
  note?: string | null
  makerId: Id
  checkerId?: Id | null
  authorityId?: Id | null
  valueMilliHours?: number | null
}

/** Files an act on a claim. A void may come before its claim. */
export interface ActFact extends InputKey {
  kind: 'act'
  claimId: Id
  act: FiledAct
}

/** Asks that accounts be evaluated again, because something that policy reads has changed. */
export interface EvaluateFact extends InputKey {
  kind: 'evaluate'
  /** Ids of accounts, or of the teachers who own them; one of the two. */
  accountIds?: Id[]
  teacherIds?: Id[]
}

/** Something handed to the ledger through `submit`. */
export type Fact = ClaimFact | ActFact | EvaluateFact

/** What becomes of a fact in the inbox. */
export const inboxStates = codeWords('inbox_state', {
  ready: 1,
  parked: 2,
  quarantined: 3,
  posted: 4,
  refused: 5,
})
/** One of the words of `inboxStates`. */
export type InboxState = (typeof inboxStates.words)[number]

/** Kinds of fact as the inbox stores them. */
export const factKinds = codeWords('fact_kind', { claim: 1, act: 2, evaluate: 3 })
/** One of the words of `factKinds`. */
export type FactKind = (typeof factKinds.words)[number]

/** Why a fact in the inbox is not posted; public, therefore UPPER_CASE (domain.md §11). */
export const inboxReasons = codeWords('inbox_reason', {
  ACTOR_UNKNOWN: 1,
  CLAIM_UNKNOWN: 2,
  CLAIM_CONFLICT: 3,
  VOID_NOT_ALLOWED: 4,
  ALREADY_DECIDED: 5,
  SAME_PERSON: 6,
  RETRY_EXHAUSTED: 7,
  DATA_REFUSED: 8,
  DEFECT: 9,
  CLAIM_WITHDRAWN: 10,
})
/** One of the words of `inboxReasons`. */
export type InboxReason = (typeof inboxReasons.words)[number]

/**
 * The business key of an award inside a teacher's account: of all claims with one key at most one counts.
 *
 * Offering, training class or else the attempt, and role (domain.md §4.4).
 * A claim without an offering shares its key with no other.
 */
export function awardKeyOf(claim: Claim): Buffer {
  const { offeringId, trainingClassId, attempt, role } = claim.content
  if (offeringId === null) return sha256('award-key/1\nclaim\n', claim.claimId)
  const occasion =
    trainingClassId !== null ? `class:${trainingClassId}` : attempt !== null ? `attempt:${attempt}` : ''
  return sha256(`award-key/1\noffering\n${offeringId}\n${role}\n${occasion}`)
}
