import type { Knex } from 'knex'
import { addColumns } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0168-platform-columns'

/** How a platform came to be registered, and what it calls itself. */
export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'platform_registration', (t) => {
    t.word('registered_by', 10).defaultTo('hand').comment('hand, or link: by dynamic registration')
    t.text('family', 100).nullable().comment('product_family_code of its configuration')
  })
}
