import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0068-statement-target'

/** Which statement the object of another names, whether that is here yet or not. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'statement_target',
    (t) => {
      t.id('store_id')
      t.id('target_id')
      t.num('seq').comment('the referring statement')
      t.primary(['store_id', 'target_id', 'seq'])
    },
    { journal: true },
  )
}
