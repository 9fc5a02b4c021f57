import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'

/** Every name that one source has for these offerings, by offering: all that the catalogue maps to it. */
export async function activitiesOf(
  handle: Handle,
  ask: { sourceName: string; offeringIds: Id[] },
): Promise<Map<Id, string[]>> {
  const names = new Map<Id, string[]>()
  for (let from = 0; from < ask.offeringIds.length; from += 400) {
    const rows = await handle('offering_activity')
      .where('source_name', ask.sourceName)
      .whereIn('offering_id', ask.offeringIds.slice(from, from + 400).map(idBytes))
      .orderBy('activity_hash')
      .select('offering_id', 'activity_id')
    for (const row of rows) {
      const offeringId = idText(row.offering_id)
      names.set(offeringId, [...(names.get(offeringId) ?? []), row.activity_id])
    }
  }
  return names
}
