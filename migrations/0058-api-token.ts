import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0058-api-token'

// The token itself is a signed JWT and is not kept; this row is what can be revoked.
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'api_token', (t) => {
    t.id('api_token_id')
    t.id('login_id')
    t.text('scopes', 500).comment('separated by a blank')
    t.instant('made_at')
    t.instant('ends_at')
    t.instant('revoked_at').nullable()
    t.primary(['api_token_id'])
    t.index(['login_id'], 'api_token_login')
  })
}
