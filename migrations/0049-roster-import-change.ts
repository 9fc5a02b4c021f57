import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0049-roster-import-change'

// What an import changed and what stood there before: an undo puts it back.
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'roster_import_change', (t) => {
    t.id('roster_import_id')
    t.word('subject_kind', 20).comment('school, teacher, employment')
    t.id('subject_id')
    t.bytes('before').nullable().comment('the row as it was, sealed; null: there was none')
    t.primary(['roster_import_id', 'subject_kind', 'subject_id'])
    t.index(['subject_kind', 'subject_id'], 'roster_import_change_subject')
  })
}
