import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0042-teacher'

// The only table with names and identity numbers: no journal holds either, so journals never need erasing.
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'teacher', (t) => {
    t.id('teacher_id')
    t.text('teacher_no', 40)
    t.text('name', 200).comment('as written in the roster')
    t.text('name_key', 200).comment('equality of names, domain.md §6.5')
    t.text('former_names', 1000).nullable().comment('separated by ；')
    t.text('id_type', 20).nullable()
    t.bytes('id_number_sealed').nullable().comment('AES-256-GCM; the key is outside the database')
    t.hash('id_number_hash').nullable().comment('keyed, for equality')
    t.text('id_number_last4', 4).nullable()
    t.day('entered_on').nullable()
    t.day('registered_on').nullable()
    t.text('title', 100).nullable()
    t.text('tier', 100).nullable()
    t.text('stage', 100).nullable()
    t.text('subject', 100).nullable()
    t.text('status', 20)
    t.instant('recorded_at')
    t.instant('removed_at').nullable().comment('set when the import that made the row was undone')
    t.primary(['teacher_id'])
    t.unique(['teacher_no'], 'teacher_no')
    t.unique(['id_number_hash'], 'teacher_id_number')
    t.index(['name_key'], 'teacher_name_key')
  })
}
