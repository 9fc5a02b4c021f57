import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0084-conversion-tally'

/** How many statements of each source were read as what: what no rule matched is counted here and nowhere else. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'conversion_tally', (t) => {
    t.id('source_id')
    t.word('outcome', 20)
    t.num('statements')
    t.primary(['source_id', 'outcome'])
  })
}
