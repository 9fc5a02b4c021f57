import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { type OfferingInfo, offeringFrom, offeringsById } from './offering.ts'

/**
 * What policy may read of these offerings, as it was recorded up to `asOf` (now, if absent). A version replaces the
 * one before for every day: a catalogue states what is right, and `approvedOn` says from which day hours may be
 * earned. Unknown ids are absent.
 */
export async function offeringFactsOf(
  handle: Handle,
  offeringIds: Id[],
  asOf?: Instant,
): Promise<Map<Id, OfferingInfo>> {
  if (asOf === undefined) return offeringsById(handle, offeringIds)
  const found = new Map<Id, OfferingInfo>()
  for (let from = 0; from < offeringIds.length; from += 400) {
    const rows = await handle('offering_version')
      .whereIn('offering_id', offeringIds.slice(from, from + 400).map(idBytes))
      .where('recorded_at', '<=', asOf)
      .orderBy('version_no')
      .select('offering_id', 'content')
    for (const row of rows) found.set(idText(row.offering_id), offeringFrom(row.content))
  }
  return found
}
