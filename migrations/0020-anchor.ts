import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0020-anchor'

/** Published roots of the hash chains of all accounts. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'anchor',
    (t) => {
      t.num('anchor_no')
      t.instant('taken_at')
      t.num('accounts')
      t.hash('root')
      t.hash('prev_root')
      t.primary(['anchor_no'])
    },
    { journal: true },
  )
}
