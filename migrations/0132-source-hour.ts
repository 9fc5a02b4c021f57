import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0132-source-hour'

/** What each source pushed hour by hour, for its rate and its rhythm; old hours go. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'source_hour',
    (t) => {
      t.id('source_id')
      t.instant('hour').comment('its beginning')
      t.num('requests')
      t.num('accepted')
      t.num('duplicate')
      t.num('refused')
      t.num('conflict')
      t.num('limited').comment('requests that were answered 429')
      t.primary(['source_id', 'hour'])
    },
    { transient: true },
  )
}
