import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0048-roster-import-file'

// The file as it came. It may hold identity numbers, therefore it is sealed like them.
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'roster_import_file', (t) => {
    t.id('roster_import_id')
    t.num('file_no')
    t.num('part_no').comment('a large file is kept in parts')
    t.text('file_name', 255)
    t.hash('sha256').comment('of the whole file')
    t.bytes('sealed').comment('gzip, then AES-256-GCM')
    t.primary(['roster_import_id', 'file_no', 'part_no'])
  })
}
