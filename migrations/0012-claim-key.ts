import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0012-claim-key'

/** Where a claim and its void meet, whichever comes first. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'claim_key', (t) => {
    t.id('claim_id')
    t.id('account_id').nullable()
    t.id('void_act_id').nullable().comment('a void that came before its claim: the inbox row that holds it')
    t.primary(['claim_id'])
  })
}
