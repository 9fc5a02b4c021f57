import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0045-employment-fact'

// Of facts with the same school and first day the one recorded last holds.
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'employment_fact',
    (t) => {
      t.id('teacher_id')
      t.num('fact_no').comment('1, 2, 3 … within the teacher')
      t.id('school_id')
      t.day('from_on').comment('1000-01-01: since before the roster')
      t.day('to_on').nullable().comment('the last day; null: still; 1000-01-01: withdrawn')
      t.text('post', 100).nullable()
      t.id('roster_import_id')
      t.instant('recorded_at')
      t.primary(['teacher_id', 'fact_no'])
    },
    { journal: true },
  )
}
