import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0081-conversion-reading'

/** What statements were read as, by person and activity: from these rows each completion is derived, in any order. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'conversion_reading', (t) => {
    t.num('seq').comment('the statement')
    t.num('part').comment('0, 1, 2 …: one row for each activity that the reading is about')
    t.id('source_id')
    t.id('statement_id')
    t.hash('actor_key')
    t.hash('activity_key').comment('SHA-256 of the activity id')
    t.word('kind', 12)
    t.instant('occurred')
    t.instant('stored')
    t.hash('raw_hash').comment('SHA-256 of the bytes received')
    t.bytes('content').comment('the reading as JSON')
    t.primary(['seq', 'part'])
    t.index(['source_id', 'actor_key', 'activity_key'], 'conversion_reading_topic')
    t.index(['statement_id'], 'conversion_reading_statement')
  })
}
