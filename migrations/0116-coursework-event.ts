import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0116-coursework-event'

/** Ids of what pages reported, so that a report which comes twice counts once. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'coursework_event',
    (t) => {
      t.id('enrolment_id')
      t.id('event_id').comment('made by the page')
      t.instant('recorded_at')
      t.primary(['enrolment_id', 'event_id'])
      t.index(['recorded_at'], 'coursework_event_recorded')
    },
    { transient: true },
  )
}
