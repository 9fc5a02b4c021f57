import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0026-eval-diff'

/** What a dry run would change on one account. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'eval_diff', (t) => {
    t.id('run_id')
    t.id('account_id')
    t.num('base_version').comment('the version of the account that was evaluated')
    t.hash('want_digest')
    t.bytes('content')
    t.primary(['run_id', 'account_id'])
  })
}
