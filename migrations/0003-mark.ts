import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0003-mark'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'mark', (t) => {
    t.word('name', 40)
    t.num('version').comment('raised by changes that may release what waits')
    t.primary(['name'])
  })
}
