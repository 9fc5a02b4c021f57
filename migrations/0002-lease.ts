import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0002-lease'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'lease', (t) => {
    t.word('kind', 40)
    t.num('shard')
    t.id('owner')
    t.num('fence').comment('grows with every new owner')
    t.instant('until')
    t.primary(['kind', 'shard'])
  })
}
