import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0096-ltijs-accesstoken'

/** The collection `accesstoken` of ltijs: one token a registration and list of scopes. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'ltijs_accesstoken',
    (t) => {
      t.hash('lookup').comment(
        'SHA-256 of platform_url, client_id and scopes, which together are too long for a key',
      )
      t.text('platform_url', 255)
      t.text('client_id', 255)
      t.text('scopes', 2000)
      t.key('iv', 12)
      t.bytes('data').comment('AES-256-GCM with its tag behind')
      t.instant('created_at')
      t.primary(['lookup'])
    },
    { transient: true },
  )
}
