import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0054-session'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'session', (t) => {
    t.id('session_id')
    t.id('offering_id')
    t.id('training_class_id')
    t.text('training_class_code', 60).comment('stands in the IRI of a session')
    t.num('no').comment('1, 2, 3 … within the class')
    t.instant('starts_at')
    t.num('minutes')
    t.text('place', 200).nullable()
    t.text('content', 500).nullable()
    t.text('presenter', 200).nullable()
    t.instant('recorded_at')
    t.instant('removed_at').nullable()
    t.primary(['session_id'])
    t.unique(['training_class_id', 'no'], 'session_no')
    t.index(['training_class_code', 'no'], 'session_iri')
  })
}
