import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { uuidText } from '../language/uuid.ts'

/**
 * Which statement each of these voiding ones names, by seq; also where what it says is sealed, for the id it names is
 * no secret. There are few of those, and they are looked for among the voids of their store.
 */
export async function voidTargets(
  handle: Handle,
  voiding: readonly { seq: number; storeId: Id }[],
): Promise<Map<number, Id>> {
  const found = new Map<number, Id>()
  for (const storeId of new Set(voiding.map((one) => one.storeId))) {
    const seqs = voiding.flatMap((one) => (one.storeId === storeId ? [one.seq] : []))
    for (let from = 0; from < seqs.length; from += 500) {
      const rows: { seq: unknown; target_id: Buffer }[] = await handle('statement_void')
        .select('seq', 'target_id')
        .where('store_id', idBytes(storeId))
        .whereIn('seq', seqs.slice(from, from + 500))
      for (const { seq, target_id } of rows) found.set(safeInteger(seq), uuidText(target_id))
    }
  }
  return found
}
