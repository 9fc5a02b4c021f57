import { chunks } from '../../foundation/database/chunks.ts'
import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'

/**
 * Activities mapped, or taken from their offering, at or after an instant: by source and at most a thousand at a time, and
 * the last such instant.
 */
export interface Mapped {
  bySource: { sourceId: Id; hashes: Buffer[] }[]
  until: number
}

/** What the catalogue or an administrator mapped or unmapped since then. A mapping of a source that is not registered is left out. */
export async function mappedSince(handle: Handle, since: number): Promise<Mapped> {
  const named = await handle('offering_activity as a')
    .join('source as s', 's.name', 'a.source_name')
    .where('a.recorded_at', '>=', since)
    .select('s.source_id', 'a.activity_hash', 'a.recorded_at')
  const entered = await handle('activity_alias')
    .where('recorded_at', '>=', since)
    .select('source_id', 'activity_hash', 'recorded_at')
  const bySource = new Map<Id, Buffer[]>()
  let until = since
  for (const row of [...named, ...entered]) {
    const sourceId = idText(row.source_id)
    bySource.set(sourceId, [...(bySource.get(sourceId) ?? []), row.activity_hash])
    until = Math.max(until, safeInteger(row.recorded_at))
  }
  return {
    bySource: [...bySource].flatMap(([sourceId, hashes]) =>
      [...chunks(hashes, 1000)].map((some) => ({ sourceId, hashes: some })),
    ),
    until,
  }
}
