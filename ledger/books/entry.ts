import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import type { Why } from '../policy/evaluation.ts'
import type { EntryBucket, EntryKind } from './words.ts'

/** What hours are counted under: their year, day and the three words of the offering; empty words for none. */
export interface Dimensions {
  periodNo: number
  effectiveOn: Day
  category: string
  level: string
  form: string
}

/** One leg of a posting (分录). */
export interface Entry extends Dimensions {
  seq: number
  leg: number
  kind: EntryKind
  claimId: Id
  /** The posting that made the award of which this leg is part. */
  awardSeq: number
  /** On the voided leg of a reversal: the award it takes back. */
  reversesSeq: number | null
  bucket: EntryBucket
  /** Signed, never zero. */
  milliHours: number
  /** What stands in the bucket under these dimensions (without the day) after this leg. */
  balanceAfter: number
  /** On the issued leg of an award: what the source asked for; null where its unit has no ratio. */
  claimedMilliHours: number | null
  why: Why
}

/** Under what a running balance is kept; the day is no part of it. */
export function balanceKey(entry: Omit<Dimensions, 'effectiveOn'> & { bucket: EntryBucket }): string {
  return `${entry.periodNo}\t${entry.bucket}\t${entry.category}\t${entry.level}\t${entry.form}`
}
