import { chunks } from '../../foundation/database/chunks.ts'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import {
  firstWithin,
  type StatementRow,
  type StoredStatement,
  seqsOf,
  statementColumns,
  storedOf,
} from '../statements/read.ts'

/**
 * Statements of one source in the order of their seq, after one of them and up to another, at most `limit` and fewer
 * where they are large. Walks the table by its key, since a source is most of it or is read rarely.
 */
export async function statementsOfSource(
  handle: Handle,
  ask: { sourceId: Id; after: number; through: number; limit: number },
): Promise<StoredStatement[]> {
  const next = handle('statement')
    .where('seq', '>', ask.after)
    .andWhere('seq', '<=', ask.through)
    .andWhere('source_id', idBytes(ask.sourceId))
    .orderBy('seq')
    .limit(ask.limit)
  const rows: StatementRow[] = await handle('statement')
    .select(statementColumns)
    .whereIn('seq', await firstWithin(handle, await seqsOf(next)))
    .orderBy('seq')
  return rows.map(storedOf)
}

/** The statements at these seqs, in their order. */
export async function statementsAt(handle: Handle, seqs: readonly number[]): Promise<StoredStatement[]> {
  const found: StoredStatement[] = []
  for (const some of chunks(
    [...new Set(seqs)].sort((a, b) => a - b),
    400,
  )) {
    const rows: StatementRow[] = await handle('statement')
      .select(statementColumns)
      .whereIn('seq', some)
      .orderBy('seq')
    found.push(...rows.map(storedOf))
  }
  return found
}
