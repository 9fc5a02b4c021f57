import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0142-teacher-time'

/** When a teacher was where, by the completions that were claimed: what two sources together say about one day. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'teacher_time', (t) => {
    t.id('item_id').comment('the completion')
    t.id('teacher_id')
    t.id('offering_id')
    t.id('session_id').nullable().comment('the session attended; null for a completion of the whole')
    t.instant('begins_at').nullable()
    t.instant('ends_at')
    t.code('standing').comment('1 while its claim stands, else 0')
    t.primary(['item_id'])
    t.index(['teacher_id', 'ends_at'], 'teacher_time_day')
  })
}
