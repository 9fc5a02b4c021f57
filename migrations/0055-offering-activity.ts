import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0055-offering-activity'

// What sources call an offering. The source may be registered later, so it stands here by its name.
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'offering_activity', (t) => {
    t.text('source_name', 100)
    t.hash('activity_hash').comment('SHA-256 of the activity id')
    t.text('activity_id', 2000)
    t.id('offering_id').nullable().comment('null: the mapping was taken away')
    t.instant('recorded_at')
    t.primary(['source_name', 'activity_hash'])
    t.index(['offering_id'], 'offering_activity_offering')
  })
}
