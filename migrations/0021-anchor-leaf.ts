import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0021-anchor-leaf'

/** The accounts that moved since the anchor before, with their version and head. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'anchor_leaf',
    (t) => {
      t.num('anchor_no')
      t.id('account_id')
      t.num('version')
      t.hash('head_hash')
      t.primary(['anchor_no', 'account_id'])
      t.index(['account_id', 'anchor_no'], 'anchor_leaf_account')
    },
    { journal: true },
  )
}
