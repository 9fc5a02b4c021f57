import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0100-lti-handover'

/** Codes that carry a session from the launch to the page where the cookie does not come back. Rows live a minute. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'lti_handover',
    (t) => {
      t.hash('code_hash')
      t.id('launch_id')
      t.instant('expires_at')
      t.primary(['code_hash'])
      t.index(['launch_id'], 'lti_handover_launch')
      t.index(['expires_at'], 'lti_handover_expires')
    },
    { transient: true },
  )
}
