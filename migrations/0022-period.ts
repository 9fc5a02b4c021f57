import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0022-period'

/** The years that are closed as one; a year without a row is a calendar year and open. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'period', (t) => {
    t.num('period_no')
    t.day('from_day')
    t.day('to_day')
    t.word('state', 16)
    t.num('version')
    t.primary(['period_no'])
  })
}
