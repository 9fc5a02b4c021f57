import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0092-ltijs-platform'

/** The collection `platform` of ltijs. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'ltijs_platform', (t) => {
    t.text('platform_url', 255)
    t.text('client_id', 255)
    t.text('platform_name', 255)
    t.text('auth_endpoint', 2048)
    t.text('accesstoken_endpoint', 2048)
    t.text('authorization_server', 2048).nullable()
    t.word('kid', 64)
    t.text('auth_config', 4000).comment('JSON: method and key; parsed once, here and nowhere else')
    t.instant('created_at')
    t.primary(['platform_url', 'client_id'])
    t.unique(['kid'], 'ltijs_platform_kid')
  })
}
