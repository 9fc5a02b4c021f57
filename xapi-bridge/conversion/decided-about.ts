import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'

/**
 * Seqs of what was read about these activities of a source, in order and after one of them, and opened a completion that
 * is claimed or set aside for something else than the catalogue says now. An alias may say the same as before: who
 * looks finds nothing to do then.
 */
export async function decidedAbout(
  handle: Handle,
  ask: { sourceId: Id; hashes: readonly Buffer[]; after: number; limit: number },
): Promise<number[]> {
  const asBefore = handle('offering_activity as o')
    .join('source as s', 's.name', 'o.source_name')
    .whereRaw('s.source_id = r.source_id')
    .whereRaw('o.activity_hash = r.activity_key')
    .whereRaw('o.offering_id = i.offering_id')
    .select(handle.raw('1'))
  const rows = await handle('conversion_reading as r')
    .join('conversion_item as i', 'i.opened_seq', 'r.seq')
    .where('r.source_id', idBytes(ask.sourceId))
    .whereIn('r.activity_key', [...ask.hashes])
    .andWhere('r.seq', '>', ask.after)
    .whereNotNull('i.open_flag')
    .whereIn('i.state', ['claimed', 'dismissed'])
    .whereNotExists(asBefore)
    .distinct('r.seq')
    .orderBy('r.seq')
    .limit(ask.limit)
  return rows.map((row) => safeInteger(row.seq))
}
