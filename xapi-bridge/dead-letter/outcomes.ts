import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import type { Draft } from './draft.ts'
import type { RejectedInput } from './input.ts'

/** What a replay made of one statement of a rejected input. */
export interface Outcome {
  /** Its place in the request, from 0. */
  position: number
  /** Under which it is stored, by this replay or before it; null where it was left out. */
  statementId: Id | null
  /** The answer that the request got. */
  status: number
  settledAt: Instant
}

/** Notes what a replay made of each statement, in its transaction; of a later replay the last counts. */
export async function noteOutcomes(
  trx: Trx,
  { id, sourceId, status }: Pick<RejectedInput, 'id' | 'sourceId' | 'status'>,
  { statements }: Draft,
  at: Instant,
): Promise<void> {
  const rows = statements.map(({ index, isLeftOut, checked }) => ({
    rejected_id: idBytes(id),
    position: index,
    source_id: idBytes(sourceId),
    statement_id: isLeftOut || !checked?.prepared ? null : uuidBytes(checked.prepared.id),
    status,
    settled_at: at,
  }))
  const how = { key: ['rejected_id', 'position'], set: ['statement_id', 'settled_at'] }
  if (rows.length > 0) await upsert(trx, 'rejected_statement', rows, how)
}

/** What became of the statements of a rejected input, by position; empty until it is replayed. It outlives the input. */
export async function outcomesOf(
  handle: Handle,
  sourceId: Id,
  rejectedId: Id,
): Promise<Map<number, Outcome>> {
  const rows: Record<string, unknown>[] = await handle('rejected_statement')
    .where({ rejected_id: idBytes(rejectedId), source_id: idBytes(sourceId) })
    .orderBy('position')
  return new Map(
    rows.map((row) => [
      safeInteger(row.position),
      {
        position: safeInteger(row.position),
        statementId: row.statement_id ? uuidText(row.statement_id as Buffer) : null,
        status: row.status as number,
        settledAt: asInstant(safeInteger(row.settled_at)),
      },
    ]),
  )
}
