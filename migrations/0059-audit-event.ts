import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0059-audit-event'

// Several chains, chosen by the actor, so that people who look at the same time do not wait for each other.
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'audit_event',
    (t) => {
      t.num('chain_no')
      t.num('event_no').comment('1, 2, 3 … within the chain, without gaps')
      t.text('actor', 200)
      t.word('action', 60)
      t.word('subject_kind', 40)
      t.text('subject_id', 200)
      t.bytes('detail').nullable().comment('JSON; identifiers, never people')
      t.instant('recorded_at')
      t.hash('prev_hash')
      t.hash('hash')
      t.primary(['chain_no', 'event_no'])
      t.index(['recorded_at', 'chain_no', 'event_no'], 'audit_event_time')
      t.index(['subject_kind', 'subject_id'], 'audit_event_subject')
    },
    { journal: true },
  )
}
