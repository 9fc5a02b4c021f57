import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0128-rejected-statement'

/** What the replay of a rejected input made of each of its statements; it outlives the input, for receipts. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'rejected_statement', (t) => {
    t.id('rejected_id').comment('also the receipt of the request that was refused')
    t.num('position').comment('of the statement in the request, from 0')
    t.id('source_id')
    t.id('statement_id').nullable().comment('under which it is stored; null where it was left out')
    t.code('status').comment('the answer that the request got: 400, 403 or 409')
    t.instant('settled_at')
    t.primary(['rejected_id', 'position'])
  })
}
