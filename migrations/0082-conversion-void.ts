import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0082-conversion-void'

/** Which statement was voided first by which, whether the target was read before or not. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'conversion_void', (t) => {
    t.id('store_id')
    t.id('target_id')
    t.num('seq').comment('the voiding statement')
    t.id('statement_id')
    t.primary(['store_id', 'target_id'])
  })
}
