import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0150-outbox-order'

/** Rows of the outbox in the order in which a reader may go through them, and what each reader has passed. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'outbox_order',
    (t) => {
      t.num('relay_no').comment(
        '1, 2, 3 … in the order of commit: nothing below a visible number appears later',
      )
      t.id('account_id')
      t.num('seq')
      t.code('topic')
      t.instant('recorded_at')
      t.instant('relayed_at')
      t.primary(['relay_no'])
      t.unique(['account_id', 'seq', 'topic'], 'outbox_order_posting')
    },
    { transient: true },
  )
}
