import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0069-activity-definition'

/** Every different definition that statements gave an activity; merged when asked. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'activity_definition',
    (t) => {
      t.id('activity_key').comment('16 bytes of a SHA-256 over store and activity id')
      t.id('definition_key').comment('16 bytes of a SHA-256 over the definition')
      t.num('first_seq')
      t.bytes('definition')
      t.primary(['activity_key', 'definition_key'])
    },
    { journal: true },
  )
}
