import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0017-balance'

/** Projection of the entries, for dashboards and running balances; never the source of a document. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'balance', (t) => {
    t.id('account_id')
    t.num('period_no')
    t.code('bucket')
    t.code('category')
    t.code('level')
    t.code('form')
    t.milli('milli_hours')
    t.primary(['account_id', 'period_no', 'bucket', 'category', 'level', 'form'])
  })
}
