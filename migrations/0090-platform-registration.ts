import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0090-platform-registration'

/** One (issuer, client_id) pair: what Xueshi itself keeps about it. Keys and endpoints stand in the ltijs tables. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'platform_registration', (t) => {
    t.id('registration_id')
    t.text('iss', 255)
    t.text('client_id', 255)
    t.text('name', 255)
    t.text('frame_origins', 2000).comment('JSON list: origins that may show our pages in a frame')
    t.text('service_origins', 2000).comment('JSON list: origins on which service URLs of a launch may lie')
    t.instant('registered_at')
    t.primary(['registration_id'])
    t.unique(['iss', 'client_id'], 'platform_registration_pair')
  })
}
