import { idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import type { ReasonCode } from '../completion/guard.ts'

/** What waits of one source under one code. */
export interface WaitingOf {
  sourceId: Id
  code: ReasonCode
  completions: number
  /** Different people they are about. */
  people: number
  /** Since when the oldest waits for this. */
  since: Instant
}

/** What waits, by source and code. */
export async function waitingBySource(handle: Handle): Promise<WaitingOf[]> {
  const rows = await handle('conversion_item')
    .whereIn('state', ['parked', 'quarantined'])
    .groupBy('source_id', 'reason')
    .orderBy(['source_id', 'reason'])
    .select('source_id', 'reason')
    .count({ completions: '*' })
    .countDistinct({ people: 'actor_key' })
    .min({ since: 'since' })
  return rows.map((row: Record<string, unknown>) => ({
    sourceId: idText(row.source_id as Buffer),
    code: row.reason as ReasonCode,
    completions: sumOf(row.completions),
    people: sumOf(row.people),
    since: asInstant(safeInteger(row.since)),
  }))
}
