import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0066-statement-ref'

/** By what a statement is found: one row for each agent, verb, activity and registration in it. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'statement_ref',
    (t) => {
      t.id('ref_key').comment('16 bytes of a SHA-256 over store, kind of reference and identifier')
      t.num('seq')
      t.primary(['ref_key', 'seq'])
    },
    { journal: true },
  )
}
