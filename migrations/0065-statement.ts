import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0065-statement'

/** Statements as they came, numbered in the order in which they became visible. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'statement',
    (t) => {
      t.num('seq')
      t.id('store_id')
      t.id('statement_id')
      t.id('source_id')
      t.id('credential_id')
      t.id('receipt_id')
      t.bytes('raw').comment('the bytes received')
      t.hash('sha256')
      t.instant('occurred').comment('its timestamp; the value of stored where none was sent')
      t.instant('stored').comment('a whole millisecond, never smaller than that of a smaller seq')
      t.code('version').comment('the rules it was accepted under: 1 is 1.0.3, 2 is 2.0.0')
      t.code('flags').comment('bits: see flags.ts of the statements')
      t.primary(['seq'])
      t.unique(['store_id', 'statement_id'], 'statement_store_id')
      t.index(['store_id', 'stored'], 'statement_store_stored')
    },
    { journal: true },
  )
}
