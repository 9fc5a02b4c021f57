import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0141-activity-alias'

/** Further names that a source has for offerings, as an administrator mapped them: exact ids, never patterns. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'activity_alias', (t) => {
    t.id('source_id')
    t.hash('activity_hash').comment('SHA-256 of the activity id')
    t.text('activity_id', 2000)
    t.id('offering_id').nullable().comment('null: the alias was taken away')
    t.text('made_by', 200)
    t.text('reason', 500)
    t.instant('recorded_at')
    t.primary(['source_id', 'activity_hash'])
    t.index(['offering_id'], 'activity_alias_offering')
  })
}
