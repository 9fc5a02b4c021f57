import { chunks } from '../../foundation/database/chunks.ts'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { activitiesOf } from '../../ledger/catalogue/activities-of.ts'
import {
  type ActivityTarget,
  activityHash,
  offeringsById,
  offeringsFor,
} from '../../ledger/catalogue/offering.ts'
import type { Source } from '../sources/source.ts'

/** What the activity ids of one source stand for. */
export type Targets = ReadonlyMap<string, ActivityTarget>

/**
 * What the activity ids of a source stand for: as the catalogue says it, else as an administrator mapped them. Ids are
 * compared exactly; what is only alike is suggested to people and never credited (xapi.md §5.4, 7).
 */
export async function targetsFor(
  handle: Handle,
  source: Pick<Source, 'id' | 'name'>,
  iriBase: string,
  activityIds: string[],
): Promise<Map<string, ActivityTarget>> {
  if (activityIds.length === 0) return new Map()
  const found = await offeringsFor(handle, { sourceName: source.name, activityIds, iriBase })
  const others = activityIds.filter((id) => !found.has(id))
  const offeringIdOf = new Map<string, Id>()
  for (const some of chunks([...new Set(others)], 400)) {
    const rows = await handle('activity_alias')
      .where({ source_id: idBytes(source.id) })
      .whereIn('activity_hash', some.map(activityHash))
      .whereNotNull('offering_id')
      .select('activity_hash', 'offering_id')
    for (const row of rows) offeringIdOf.set(row.activity_hash.toString('hex'), idText(row.offering_id))
  }
  if (offeringIdOf.size === 0) return found
  const offerings = await offeringsById(handle, [...offeringIdOf.values()])
  for (const id of others) {
    const offering = offerings.get(offeringIdOf.get(activityHash(id).toString('hex')) ?? '')
    const activity = { kind: 'offering' as const, trainingClassId: null, sessionId: null }
    if (offering) found.set(id, { ...offering, activity })
  }
  return found
}

/** Every id under which the source may speak of these offerings: the catalogue's, the aliases, and our own IRIs. */
export async function aliasNamesOf(
  handle: Handle,
  source: Pick<Source, 'id' | 'name'>,
  iriBase: string,
  targets: ReadonlyMap<string, ActivityTarget>,
): Promise<string[]> {
  const codes = new Map([...targets.values()].map(({ offeringId, code }) => [offeringId, code]))
  if (codes.size === 0) return []
  const offeringIds = [...codes.keys()]
  const mapped = await activitiesOf(handle, { sourceName: source.name, offeringIds })
  const own = [...codes.values()].map((code) => `${iriBase}activities/offering/${encodeURIComponent(code)}`)
  const aliases: string[] = []
  for (const some of chunks(offeringIds, 400)) {
    const rows = await handle('activity_alias')
      .where({ source_id: idBytes(source.id) })
      .whereIn('offering_id', some.map(idBytes))
      .select('activity_id')
    aliases.push(...rows.map((row) => row.activity_id as string))
  }
  return [...own, ...[...mapped.values()].flat(), ...aliases]
}
