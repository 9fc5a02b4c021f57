import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0093-ltijs-platform-status'

/** The collection `platformStatus` of ltijs. A registration without a row is inactive. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'ltijs_platform_status', (t) => {
    t.word('id', 64).comment('the kid of the registration')
    t.code('active').comment('1 or 0')
    t.instant('created_at')
    t.primary(['id'])
  })
}
