import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0015-posting'

/** One numbered change of an account; its primary key is the guard against two posters. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'posting',
    (t) => {
      t.id('account_id')
      t.num('seq').comment('1, 2, 3 … within the account, without gaps')
      t.code('kind')
      t.code('cause_kind')
      t.id('cause_id')
      t.id('authority_id').nullable()
      t.id('actor_id')
      t.num('policy_version')
      t.num('engine')
      t.hash('input_digest').comment('what evaluation read')
      t.instant('recorded_at')
      t.num('hash_version')
      t.hash('prev_hash')
      t.hash('hash')
      t.primary(['account_id', 'seq'])
      t.unique(['account_id', 'cause_kind', 'cause_id'], 'posting_cause')
    },
    { journal: true },
  )
}
