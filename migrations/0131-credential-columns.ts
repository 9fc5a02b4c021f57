import type { Knex } from 'knex'
import { addColumns } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0131-credential-columns'

/** Until when a credential is good, and when it was used last. */
export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'credential', (t) => {
    t.instant('expires_at').nullable().comment('from then on it is refused; null: never')
    t.instant('last_used_at').nullable().comment('summed in memory, written every second')
  })
}
