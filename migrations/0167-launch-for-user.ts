import type { Knex } from 'knex'
import { addColumns } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0167-launch-for-user'

/** Of a launch from a gradebook: whose work is to be looked at. */
export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'lti_launch', (t) => {
    t.text('for_sub', 255).nullable().comment('sub of the learner; compared byte by byte')
  })
}
