import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0160-score-outbox'

/** What the gradebooks of platforms should say: the newest score for each line item and learner. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'score_outbox', (t) => {
    t.id('score_id')
    t.hash('lookup').comment(
      'SHA-256 of iss, client_id, line item and sub, which together are too long for a key',
    )
    t.text('iss', 255)
    t.text('client_id', 255)
    t.text('line_item_url', 2048)
    t.text('sub', 255)
    t.id('launch_id').comment('the newest launch that named the line item')
    t.id('offering_id')
    t.id('teacher_id').nullable().comment('whose hours the score tells of')
    t.milli('given_milli').comment('thousandths of a point')
    t.milli('maximum_milli')
    t.num('version').comment('grows with every newer score')
    t.word('state', 10).comment('waiting, sent, rejected')
    t.word('code', 40).nullable().comment('what the last attempt met')
    t.num('status').nullable().comment('HTTP status of the last answer')
    t.num('attempts').comment('failed ones in a row')
    t.instant('entered_at').comment('when this version came')
    t.instant('first_tried_at').nullable()
    t.instant('not_before')
    t.instant('last_timestamp').nullable().comment('what the platform may have on record; the next is later')
    t.instant('finished_at').nullable().comment('when it was sent or given up')
    t.id('lease_owner').nullable()
    t.instant('leased_until')
    t.primary(['score_id'])
    t.unique(['lookup'], 'score_outbox_lookup')
    t.index(['state', 'not_before'], 'score_outbox_due')
    t.index(['teacher_id', 'offering_id'], 'score_outbox_teacher')
    t.index(['iss', 'client_id', 'state', 'not_before'], 'score_outbox_lane')
  })
}
