import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0062-credential'

/** A key of a source. Several at once allow rotation; only a keyed hash of the secret is kept. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'credential', (t) => {
    t.id('credential_id')
    t.id('source_id')
    t.word('access_key', 40)
    t.hash('secret_hash')
    t.word('scopes', 200).comment('xAPI scopes, divided by blanks')
    t.instant('created_at')
    t.instant('revoked_at').nullable()
    t.primary(['credential_id'])
    t.unique(['access_key'], 'credential_access_key')
    t.index(['source_id'], 'credential_source')
  })
}
