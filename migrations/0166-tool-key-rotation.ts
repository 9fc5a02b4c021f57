import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0166-tool-key-rotation'

/** Changes of a tool key that are under way, one for each registration: both keys are published meanwhile. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'tool_key_rotation',
    (t) => {
      t.id('registration_id')
      t.word('old_kid', 64)
      t.word('new_kid', 64)
      t.instant('begun_at')
      t.instant('switched_at').nullable().comment('since then the new key signs')
      t.primary(['registration_id'])
    },
    { transient: true },
  )
}
