import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0117-statement-outbox'

/** Statements of our own coursework until the bridge has them: written with the act itself, sent byte for byte the same. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'statement_outbox', (t) => {
    t.id('statement_id')
    t.id('enrolment_id')
    t.instant('born_at').comment('the timestamp in the statement')
    t.num('place').comment('order among the statements of one act')
    t.bytes('content').comment('the statement as it is sent')
    t.word('state', 10).comment('waiting, sent or refused')
    t.num('attempts')
    t.instant('due_at').comment('not to be sent before')
    t.instant('sent_at').nullable()
    t.text('receipt', 100).nullable().comment('X-Xueshi-Receipt of the batch that brought it in')
    t.num('answer_status').nullable().comment('HTTP status of the last answer')
    t.text('fault', 500).nullable().comment('what the bridge said against it')
    t.primary(['statement_id'])
    t.index(['state', 'due_at', 'born_at', 'place'], 'statement_outbox_due')
    t.index(['enrolment_id', 'born_at'], 'statement_outbox_enrolment')
  })
}
