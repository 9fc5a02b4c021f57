import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'

/** When a teacher was where, as one claim that stands says it. */
export interface TeacherTime {
  itemId: Id
  teacherId: Id
  offeringId: Id
  /** The session attended; null for a completion of the whole. */
  sessionId: Id | null
  beginsAt: Instant | null
  endsAt: Instant
}

/** A teacher's time with the offering it was spent on; null where that is not in the catalogue any more. */
export interface SpentTime extends TeacherTime {
  offering: OfferingInfo | null
}
