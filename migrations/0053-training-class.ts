import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0053-training-class'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'training_class', (t) => {
    t.id('training_class_id')
    t.id('offering_id')
    t.text('code', 60).comment('unique within its offering')
    t.day('from_on').comment('the first day; belongs to the class')
    t.day('to_on').comment('the last day; belongs to the class')
    t.instant('recorded_at')
    t.instant('removed_at').nullable()
    t.primary(['training_class_id'])
    t.unique(['offering_id', 'code'], 'training_class_code')
  })
}
