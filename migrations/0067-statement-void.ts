import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0067-statement-void'

/** Which statement a voiding statement names, whether that is here yet or not. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'statement_void',
    (t) => {
      t.id('store_id')
      t.id('target_id')
      t.num('seq').comment('the voiding statement')
      t.primary(['store_id', 'target_id', 'seq'])
    },
    { journal: true },
  )
}
