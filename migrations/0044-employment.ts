import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0044-employment'

// The present reading of employment_fact, for lists and for the scope of a school.
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'employment', (t) => {
    t.id('teacher_id')
    t.id('school_id')
    t.day('from_on').comment('1000-01-01: since before the roster')
    t.day('to_on').nullable().comment('the last day; null: still')
    t.text('post', 100).nullable()
    t.instant('recorded_at')
    t.instant('removed_at').nullable()
    t.primary(['teacher_id', 'school_id', 'from_on'])
    t.index(['school_id', 'teacher_id'], 'employment_school')
  })
}
