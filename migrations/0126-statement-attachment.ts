import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0126-statement-attachment'

/** Which statement came with which bytes. An attachment that has an address alone is not here. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'statement_attachment',
    (t) => {
      t.num('seq')
      t.code('n').comment('counted from 0: attachments of the statement, then those of its SubStatement')
      t.key('sha2', 64)
      t.primary(['seq', 'n'])
    },
    { journal: true },
  )
}
