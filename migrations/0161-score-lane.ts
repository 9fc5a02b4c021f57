import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0161-score-lane'

/** How scores go to one platform: what is set, what stops them, and how far its launches were looked at. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'score_lane', (t) => {
    t.id('registration_id')
    t.word('line_items', 10).comment('use: only what is there; create: make what is missing')
    t.word('paused_code', 40).nullable().comment('why it waits for a person; null while scores go')
    t.instant('paused_at').nullable()
    t.word('alarm_code', 40).nullable().comment('what somebody should look at; null when it is over')
    t.instant('alarm_since').nullable()
    t.num('failures').comment('of the platform as a whole, in a row')
    t.instant('not_before').comment('nothing is sent before')
    t.instant('looked_at').comment('launches up to here were looked at')
    t.primary(['registration_id'])
  })
}
