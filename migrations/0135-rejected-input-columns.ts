import type { Knex } from 'knex'
import { addColumns } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0135-rejected-input-columns'

/** What mending rejected input needs to know of it, and what became of it. */
export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'rejected_input', (t) => {
    t.code('version').defaultTo(1).comment('the rules it was refused under: 1 is 1.0.3, 2 is 2.0.0')
    t.word('via', 20).defaultTo('push').comment('push, or the adapter that it came through')
    t.id('address_id').nullable().comment('the statementId in the address of a PUT')
    t.bytes('headers').nullable().comment('JSON of the headers that matter, none of them secret')
    t.num('body_length').defaultTo(0).comment('bytes received; more than are kept where it was cut')
    t.code('masked').defaultTo(0).comment('1 where identity numbers were starred out')
    t.word('codes', 600).defaultTo('').comment('each fault once, with a blank before and after')
    t.code('state').defaultTo(0).comment('0 open, 1 mended, 2 dismissed')
    t.instant('settled_at').nullable()
    t.text('settled_by', 200).nullable()
    t.text('settled_reason', 500).nullable()
  })
}
