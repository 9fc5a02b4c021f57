import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0004-setting'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'setting', (t) => {
    t.word('name', 60)
    t.bytes('content').comment('what this installation keeps for life: its namespace, its IRI base')
    t.primary(['name'])
  })
}
