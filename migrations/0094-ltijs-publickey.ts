import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0094-ltijs-publickey'

/** The collection `publickey` of ltijs. One row a kid, since a rotation keeps two pairs of one registration for a while. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'ltijs_publickey', (t) => {
    t.word('kid', 64)
    t.text('platform_url', 255)
    t.text('client_id', 255)
    t.key('iv', 12)
    t.bytes('data').comment('AES-256-GCM with its tag behind')
    t.instant('created_at')
    t.primary(['kid'])
    t.index(['platform_url', 'client_id'], 'ltijs_publickey_pair')
  })
}
