import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0031-policy-version'

/** The whole timeline of policies under one number, parents layered in; chained row to row. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'policy_version',
    (t) => {
      t.num('version_no')
      t.bytes('content').comment('canonical JSON: the flattened documents and the days each governs')
      t.hash('content_hash')
      t.num('engine')
      t.instant('recorded_at')
      t.num('hash_version')
      t.hash('prev_hash')
      t.hash('hash')
      t.primary(['version_no'])
      t.unique(['content_hash'], 'policy_version_content')
    },
    { journal: true },
  )
}
