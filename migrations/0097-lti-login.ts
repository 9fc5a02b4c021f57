import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0097-lti-login'

/** A login that a platform began and no launch has used yet. Rows live for ten minutes. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'lti_login',
    (t) => {
      t.word('state', 43)
      t.word('nonce', 43)
      t.hash('binding_hash').comment('SHA-256 of what the browser that began the login must bring back')
      t.id('registration_id')
      t.text('iss', 255)
      t.text('client_id', 255)
      t.text('target_link_uri', 2048)
      t.word('storage_target', 64).nullable().comment('the frame of the platform that keeps our binding')
      t.instant('expires_at')
      t.primary(['state'])
      t.index(['expires_at'], 'lti_login_expires')
    },
    { transient: true },
  )
}
