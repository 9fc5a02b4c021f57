import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0064-rejected-input'

/** Requests whose content was refused, kept so that they can be looked at and mended. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'rejected_input',
    (t) => {
      t.id('rejected_id').comment('also the receipt of the request')
      t.id('source_id')
      t.instant('received_at')
      t.code('status')
      t.word('method', 8)
      t.text('content_type', 200)
      t.bytes('body').comment('as received, identity numbers starred out')
      t.bytes('errors').comment('JSON list of index, pointer and code')
      t.primary(['rejected_id'])
      t.index(['source_id', 'received_at'], 'rejected_input_source')
    },
    { transient: true },
  )
}
