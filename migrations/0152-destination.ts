import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0152-destination'

/** Where statements and events are sent on to: other LRSs and webhooks. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'destination', (t) => {
    t.id('destination_id')
    t.num('shard').comment('the part of the lease `forwarding` under which one process at a time sends')
    t.text('name', 120)
    t.code('open_flag').nullable().comment('1 while it holds its name; null once removed')
    t.word('kind', 10).comment('lrs or webhook')
    t.text('url', 1000)
    t.word('version', 10).comment('xAPI version spoken to an LRS')
    t.bytes('filter').comment('JSON: what is sent; an empty object is everything')
    t.bytes('redaction').comment('JSON: what is taken out before sending')
    t.word('events', 300).comment('events of a webhook, separated by blanks')
    t.id('source_id').nullable().comment('the source that this receiver is: nothing of its own returns to it')
    t.bytes('credential').nullable().comment('sealed: Basic, OAuth or the secrets of signatures')
    t.word('state', 10).comment('active, paused, removed')
    t.word('pause_code', 40).nullable().comment('why it was paused; `by_hand` where a person did')
    t.num('cursor_seq').comment('statements up to this seq were looked at')
    t.num('failures').comment('failed attempts in a row')
    t.instant('next_try_at')
    t.num('last_status').nullable()
    t.word('last_code', 40).nullable()
    t.instant('last_attempt_at').nullable()
    t.instant('last_success_at').nullable()
    t.instant('created_at')
    t.instant('changed_at')
    t.primary(['destination_id'])
    t.unique(['shard'], 'destination_shard')
    t.unique(['name', 'open_flag'], 'destination_name')
  })
}
