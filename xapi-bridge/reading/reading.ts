import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Role } from '../../ledger/claims/claim.ts'
import type { PersonIdentifier } from '../../ledger/roster/identity.ts'
import type { MoveOn } from '../rules/document.ts'

/** What a statement was read as. The first four may open a completion. */
export type ReadingKind =
  | 'completed'
  | 'passed'
  | 'satisfied'
  | 'waived'
  | 'attended'
  | 'failed'
  | 'assessed'
  | 'move_on'
  | 'withdrawn'

/** Who acted, before anybody asks which teacher that is. */
export interface ActorReading {
  /** 32 bytes in hexadecimal: what readings of one person in one source share. */
  key: string
  /** Null for a group: it names several people, or nobody. */
  identifier: PersonIdentifier | null
}

/** Our reading of one statement: pure, and the same for ever under the same rule set. */
export interface Reading {
  kind: ReadingKind
  /** Name of the rule that matched. */
  rule: string
  /** Whether it may be a completion, or only supports one. */
  opens: boolean
  actor: ActorReading
  /**
   * Ids of the activities it is about. Of an opening reading: names of one thing, the first that is mapped counts;
   * of evidence: everything it supports.
   */
  activities: string[]
  /** Activities it belongs to: where one of these is mapped, an unmapped object is evidence. */
  parents: string[]
  /** The name the source gives the object, for people to read. */
  activityName: string | null
  /**
   * Lower-case UUID of the attempt: the registration or, where the rules look for it elsewhere, one made of the id of
   * the attempt or session; null when absent or ignored.
   */
  registration: string | null
  /** Code of the training class, where the source says it. */
  classCode: string | null
  session: { classCode: string; no: number } | null
  role: Role
  success: boolean | null
  /** Decimal text of percent, cut to six places; null without a score. */
  percent: string | null
  /** Plausibility only, whole seconds. */
  durationSeconds: number | null
  sourceAmount: { value: string; unit: string | null } | null
  moveOn: MoveOn | null
  /** SHA-256 in hexadecimal of what makes two statements without ids the same; null where an id was sent. */
  contentKey: string | null
  /** Present where an activity that nobody mapped makes this evidence instead of something that waits. */
  onlyMapped?: true
}

/** A reading as it is kept, with what is known about its statement. */
export interface HeldReading extends Reading {
  seq: number
  sourceId: Id
  statementId: Id
  occurred: Instant
  stored: Instant
  /** SHA-256 of the bytes received. */
  rawHash: Buffer
  /** The statement that voided it first; null while none did. */
  voided: { seq: number; statementId: Id } | null
}

/** Why a statement says nothing to us. */
export type NotForUs = 'no_rule' | 'not_an_activity' | 'not_in_category' | 'no_rule_set'

/** What one statement means under a rule set. */
export type Classification =
  | { outcome: 'not_for_us'; why: NotForUs }
  | { outcome: 'void'; target: string }
  /** `reading` is null for evidence of the process, which attaches to nothing. */
  | { outcome: 'evidence'; rule: string; reading: Reading | null }
  | { outcome: 'completion' | 'withdrawal' | 'attended' | 'assessment'; rule: string; reading: Reading }
