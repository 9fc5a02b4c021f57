import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0153-delivery'

/** What is to reach a destination, or did: one row for each statement or event and destination. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'delivery',
    (t) => {
      t.id('delivery_id').comment(
        'derived from destination and subject, so that entering it twice is harmless',
      )
      t.id('destination_id')
      t.word('event', 40).comment('statement, or the event of a webhook')
      t.num('seq').nullable().comment('of a statement')
      t.num('place').comment('order within the destination: the seq, or the instant of the event')
      t.bytes('content').nullable().comment('of an event: ids, codes and links as JSON')
      t.word('state', 10).comment('waiting, delivered, dead')
      t.word('code', 40).nullable().comment('what the last attempt met')
      t.num('status').nullable().comment('HTTP status of the last answer')
      t.num('attempts')
      t.code('alone').comment('1: it failed by itself and is sent in a request of its own')
      t.instant('queued_at')
      t.instant('next_at').comment('not to be sent before')
      t.instant('first_tried_at').nullable()
      t.instant('finished_at').nullable().comment('when it was delivered or given up')
      t.primary(['delivery_id'])
      t.index(['destination_id', 'state', 'place', 'delivery_id'], 'delivery_turn')
      t.index(['state', 'finished_at'], 'delivery_finished')
      t.index(['queued_at', 'delivery_id'], 'delivery_queued')
    },
    { transient: true },
  )
}
