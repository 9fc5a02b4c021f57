import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { convertedThrough } from '../reading/cursor.ts'

/**
 * Since when the oldest statement of each of these stores waits to be read by its rules, whatever the time it speaks of;
 * a store of which everything is read is absent. Seconds of it are usual, minutes mean that the worker is behind or away.
 */
export async function unreadSince(handle: Handle, storeIds: readonly Id[]): Promise<Map<Id, Instant>> {
  const since = new Map<Id, Instant>()
  const reached = await convertedThrough(handle)
  const next = await handle('statement').where('seq', '>', reached).orderBy('seq').first('stored')
  if (!next) return since
  for (const storeId of storeIds) {
    // Never earlier than the first unread of all, which keeps this to the end of the index.
    const row = await handle('statement')
      .where({ store_id: idBytes(storeId) })
      .andWhere('stored', '>=', next.stored)
      .andWhere('seq', '>', reached)
      .orderBy('stored')
      .first('stored')
    if (row) since.set(storeId, asInstant(safeInteger(row.stored)))
  }
  return since
}
