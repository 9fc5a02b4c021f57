import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0019-outbox'

/** What must follow a posting, written in the same transaction. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'outbox',
    (t) => {
      t.id('outbox_id')
      t.id('account_id')
      t.num('seq')
      t.code('topic')
      t.bytes('content')
      t.code('state')
      t.num('attempts')
      t.instant('next_at')
      t.primary(['outbox_id'])
      t.unique(['account_id', 'seq', 'topic'], 'outbox_posting')
      t.index(['state', 'next_at'], 'outbox_waiting')
    },
    { transient: true },
  )
}
