import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0125-attachment'

/** Bytes that came with statements, once in each store however many statements share them; cut into pieces. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'attachment',
    (t) => {
      t.id('store_id').comment('a store never sees the bytes of another, not even that they are here')
      t.key('sha2', 64).comment('SHA-2 of the whole: 28, 32, 48 or 64 bytes')
      t.code('piece').comment('counted from 0')
      t.num('length').comment('of the whole, in bytes')
      t.bytes('content').comment('of this piece')
      t.primary(['store_id', 'sha2', 'piece'])
    },
    { journal: true },
  )
}
