import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0041-school-fact'

// What policy reads of a school, by effective day and recorded instant. Facts of an undone import do not count.
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'school_fact',
    (t) => {
      t.id('school_id')
      t.num('fact_no').comment('1, 2, 3 … within the school')
      t.word('attribute', 20)
      t.text('value', 200).nullable().comment('null: nothing holds from that day')
      t.day('from_on').nullable().comment('null: from the beginning')
      t.id('roster_import_id')
      t.instant('recorded_at')
      t.primary(['school_id', 'fact_no'])
    },
    { journal: true },
  )
}
