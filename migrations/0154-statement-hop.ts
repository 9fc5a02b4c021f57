import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0154-statement-hop'

/** Through which installations a statement that was forwarded to us has come. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'statement_hop', (t) => {
    t.id('store_id')
    t.id('statement_id')
    t.word('hops', 400).comment('ids of installations, separated by commas')
    t.primary(['store_id', 'statement_id'])
  })
}
