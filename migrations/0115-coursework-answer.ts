import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0115-coursework-answer'

/** What was handed in: attempts at a quiz, reflections, evaluations. Never changed afterwards. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'coursework_answer',
    (t) => {
      t.id('enrolment_id')
      t.word('unit_id', 40)
      t.num('attempt').comment('1, 2, 3 …')
      t.instant('answered_at')
      t.bytes('content').comment('JSON: answers by question, or the text')
      t.num('points').nullable()
      t.num('points_max').nullable()
      t.code('passed').nullable()
      t.primary(['enrolment_id', 'unit_id', 'attempt'])
    },
    { journal: true },
  )
}
