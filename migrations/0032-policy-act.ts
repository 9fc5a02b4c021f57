import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0032-policy-act'

/** What was decided about a policy version, act by act; chained within the version. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'policy_act',
    (t) => {
      t.num('version_no')
      t.num('act_no').comment('1, 2, 3 … on one version')
      t.code('kind')
      t.id('maker_id')
      t.id('checker_id').nullable()
      t.text('reason', 500).nullable()
      t.instant('recorded_at')
      t.num('hash_version')
      t.hash('prev_hash')
      t.hash('hash')
      t.primary(['version_no', 'act_no'])
      t.check('checker_id IS NULL OR checker_id <> maker_id', 'policy_act_two_people')
    },
    { journal: true },
  )
}
