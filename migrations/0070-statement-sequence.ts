import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0070-statement-sequence'

/** One row that every flush locks to its commit, so that the order of seq is the order of becoming visible. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'statement_sequence', (t) => {
    t.num('id')
    t.num('next_seq')
    t.instant('last_stored').comment('the watermark: nothing later can carry an earlier stored')
    t.num('targets').comment('statements so far whose object is another statement')
    t.primary(['id'])
  })
  await db('statement_sequence').insert({ id: 1, next_seq: 1, last_stored: 0, targets: 0 })
}
