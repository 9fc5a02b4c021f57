import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { lockForUpdate, upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'

/**
 * Takes the one lock of conversion and says how far the statements are converted. Everything that changes readings or
 * items begins with it, so that two workers whose leases overlapped, a command and a page never work on the same
 * completion at once.
 */
export async function lockConversion(trx: Trx): Promise<number> {
  const row = await lockForUpdate(trx('conversion_cursor').where({ name: 'statements' })).first()
  return safeInteger(row.reached)
}

/** How far conversion has come in the statements. */
export async function convertedThrough(handle: Handle): Promise<number> {
  const row = await handle('conversion_cursor').where({ name: 'statements' }).first('reached')
  return row ? safeInteger(row.reached) : 0
}

/** Moves the cursor. */
export async function moveCursor(trx: Trx, seq: number): Promise<void> {
  await trx('conversion_cursor').where({ name: 'statements' }).update({ reached: seq })
}

/** The marks as they were when waiting items were last looked at, by name. */
export async function seenMarks(handle: Handle): Promise<Map<string, number>> {
  const rows = await handle('conversion_cursor').where('name', 'like', 'mark:%')
  return new Map(rows.map((row) => [row.name.slice('mark:'.length), safeInteger(row.reached)]))
}

/** Notes marks as seen. */
export async function noteMarks(trx: Trx, marks: Record<string, number>): Promise<void> {
  const rows = Object.entries(marks).map(([name, reached]) => ({ name: `mark:${name}`, reached }))
  if (rows.length > 0) await upsert(trx, 'conversion_cursor', rows, { key: ['name'], set: ['reached'] })
}

/** Adds to the counts of what statements of a source were read as. */
export async function addTally(trx: Trx, counts: Map<string, number>): Promise<void> {
  const rows = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, statements]) => {
      const [sourceId = '', outcome = ''] = key.split(' ')
      return { source_id: idBytes(sourceId), outcome, statements }
    })
  if (rows.length > 0) {
    await upsert(trx, 'conversion_tally', rows, { key: ['source_id', 'outcome'], add: ['statements'] })
  }
}

/** As what the statements of a source were read when they came, and how many of each, by name of the outcome. */
export async function tallyOf(
  handle: Handle,
  sourceId: Id,
): Promise<{ outcome: string; statements: number }[]> {
  const rows = await handle('conversion_tally')
    .where({ source_id: idBytes(sourceId) })
    .orderBy('outcome')
  return rows.map((row) => ({ outcome: row.outcome as string, statements: safeInteger(row.statements) }))
}
