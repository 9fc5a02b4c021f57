import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0165-registration-token'

/** One-time addresses at which a platform may register itself. Only the hash of the word in them is kept. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'registration_token',
    (t) => {
      t.hash('token_hash')
      t.text('host', 255).comment('host, with its port where it has one, that the platform is expected at')
      t.text('issuer', 255).nullable().comment('where it differs from that host')
      t.text('more_hosts', 2000).comment('JSON list: further hosts its endpoints may lie on')
      t.text('name', 255).nullable()
      t.code('manages_columns').comment('1: the scope that makes columns of the gradebook is asked for')
      t.id('registration_id').nullable().comment('the registration to update; null: a new one')
      t.text('invited_by', 200)
      t.instant('expires_at')
      t.instant('used_at').nullable()
      t.primary(['token_hash'])
      t.index(['expires_at'], 'registration_token_expires')
    },
    { transient: true },
  )
}
