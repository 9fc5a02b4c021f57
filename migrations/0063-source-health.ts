import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0063-source-health'

/** What each source has pushed, summed in memory and added every second. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'source_health', (t) => {
    t.id('source_id')
    t.instant('last_push_at')
    t.num('accepted')
    t.num('duplicate')
    t.num('refused')
    t.num('conflict')
    t.primary(['source_id'])
  })
}
