import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0060-store'

/** A closed set of statements and documents: ids, queries and voids never leave it. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'store', (t) => {
    t.id('store_id')
    t.instant('created_at')
    t.primary(['store_id'])
  })
}
