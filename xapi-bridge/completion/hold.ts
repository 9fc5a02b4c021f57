import type { ActivityTarget } from '../../ledger/catalogue/offering.ts'
import type { HeldReading } from '../reading/reading.ts'
import { occasionKeyOf } from './attempt.ts'
import type { Item } from './item.ts'

/**
 * A decided completion whose statement is known by a name that means something else by now: what was claimed or
 * dismissed stays with the offering of that time, and so do its repeats, until a person decides.
 */
export interface Hold {
  item: Item
  /** The statement that opened it. */
  opener: HeldReading
  /** What it was claimed for. */
  offering: ActivityTarget
  /** The name that has moved. */
  activityId: string
}

/** The mark on an item whose claim a person let stand although its name means something else. */
export const keptMapping = 'MAPPING_CHANGED'

/** Whether an item stays with its offering, whatever its names come to mean: it is claimed, or was set aside. */
export function isDecided({ isOpen, claimedAt, state, offeringId }: Item): boolean {
  return isOpen && offeringId !== null && (claimedAt !== null || state === 'dismissed')
}

/**
 * The hold that this opening reading belongs to, if any; `activityId` is the name that says what it is about. Besides
 * the statement itself these are the same attempt under the same name: all of it while nobody decided, what had been
 * read until then where a person kept the claim, and what was there before it was dismissed.
 */
export function holdOn(
  reading: HeldReading,
  activityId: string | undefined,
  holds: readonly Hold[],
): Hold | undefined {
  return (
    holds.find(({ opener }) => opener.seq === reading.seq) ??
    holds.find((hold) => hold.activityId === activityId && reaches(hold, reading))
  )
}

function reaches({ item, opener, offering }: Hold, reading: HeldReading): boolean {
  if (occasionKeyOf(reading, offering) !== occasionKeyOf(opener, offering)) return false
  if (item.claimedAt === null) return reading.stored <= item.since
  return !item.released.includes(keptMapping) || reading.seq <= item.keptThrough
}
