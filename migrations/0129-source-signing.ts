import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0129-source-signing'

/** Secrets with which platforms sign what their webhooks send. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'source_signing',
    (t) => {
      t.id('source_id')
      t.bytes('secret').comment('sealed under TOKEN_SECRET, for this source alone')
      t.instant('set_at')
      t.primary(['source_id'])
    },
    { transient: true },
  )
}
