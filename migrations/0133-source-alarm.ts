import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0133-source-alarm'

/** What is wrong with a source: each trouble once, from when it was seen to when it was over. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'source_alarm', (t) => {
    t.id('alarm_id')
    t.id('source_id')
    t.word('kind', 20).comment('silent, refusals, waiting, expiry')
    t.instant('since').comment('when the trouble began; for silence the last push')
    t.instant('raised_at')
    t.instant('ended_at').nullable()
    t.primary(['alarm_id'])
    t.unique(['source_id', 'kind', 'since'], 'source_alarm_once')
    t.index(['raised_at', 'alarm_id'], 'source_alarm_raised')
  })
}
