import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'

/** An import of roster files that changed something. */
export interface RosterImportListed {
  importId: Id
  /** 1, 2, 3 …: the order of imports. */
  importNo: number
  actor: string
  /** Rows by what became of them: `schools`, `teachers`, `employments`, `unchanged`, `failed`. */
  counts: Record<string, number>
  recordedAt: Instant
  /** Null while it holds. */
  undoneAt: Instant | null
}

/** The newest imports of rosters, newest first. */
export async function rosterImportsOf(handle: Handle, size = 20): Promise<RosterImportListed[]> {
  const rows = await handle('roster_import')
    .orderBy('import_no', 'desc')
    .limit(size)
    .select('roster_import_id', 'import_no', 'actor', 'counts', 'recorded_at', 'undone_at')
  return rows.map((row) => ({
    importId: idText(row.roster_import_id),
    importNo: safeInteger(row.import_no),
    actor: row.actor,
    counts: JSON.parse(Buffer.from(row.counts).toString('utf8')),
    recordedAt: asInstant(safeInteger(row.recorded_at)),
    undoneAt: row.undone_at === null ? null : asInstant(safeInteger(row.undone_at)),
  }))
}
