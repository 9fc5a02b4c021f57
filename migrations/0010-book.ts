import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0010-book'

/** The one book: locked when an account is opened, a period closed or a policy activated, never by posting. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'book', (t) => {
    t.code('book_id')
    t.num('closed_through').comment('newest period that is closing or closed; 0 for none')
    t.num('accounts')
    t.num('policy_version').comment(
      'the version on which new accounts start; 0 before the first is activated',
    )
    t.num('version')
    t.primary(['book_id'])
  })
  await db('book').insert({ book_id: 1, closed_through: 0, accounts: 0, policy_version: 0, version: 0 })
}
