import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0047-roster-import'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'roster_import', (t) => {
    t.id('roster_import_id')
    t.num('import_no').comment('1, 2, 3 …: the order of imports')
    t.text('actor', 200)
    t.bytes('counts').comment('JSON, as answered')
    t.instant('recorded_at')
    t.text('undone_by', 200).nullable()
    t.instant('undone_at').nullable()
    t.primary(['roster_import_id'])
    t.unique(['import_no'], 'roster_import_no')
  })
}
