import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0134-receipt-line'

/** Statements of a request that were not stored under its receipt: repeats and conflicts among new ones. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'receipt_line',
    (t) => {
      t.id('receipt_id')
      t.num('position').comment('in the request, counted from 0')
      t.id('source_id')
      t.id('statement_id')
      t.word('outcome', 10).comment('duplicate or conflict')
      t.instant('received_at')
      t.primary(['receipt_id', 'position'])
      t.index(['received_at'], 'receipt_line_received')
    },
    { transient: true },
  )
}
