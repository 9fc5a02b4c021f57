import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0018-inbox'

/** Every fact ever handed to the ledger: the record that makes handing it in again harmless. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'inbox', (t) => {
    t.id('inbox_id')
    t.id('source_id')
    t.key('input_key', 200)
    t.hash('input_hash')
    t.code('kind')
    t.bytes('content')
    t.id('claim_id').nullable()
    t.id('account_id').nullable()
    t.code('shard').nullable()
    t.code('state')
    t.code('reason').nullable()
    t.num('attempts')
    t.instant('next_at')
    t.num('seq').nullable().comment('the posting that took the fact')
    t.instant('received_at')
    t.primary(['inbox_id'])
    t.unique(['source_id', 'input_key'], 'inbox_source_input')
    t.index(['state', 'shard', 'next_at', 'inbox_id', 'account_id'], 'inbox_ready')
  })
}
