import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0080-conversion-cursor'

/** How far conversion has come: in the statements, and in each mark on which it looks at waiting items again. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'conversion_cursor', (t) => {
    t.word('name', 30).comment('statements, or mark: and the name of a mark')
    t.num('reached').comment('the last seq converted, or the mark as last seen')
    t.primary(['name'])
  })
  await db('conversion_cursor').insert({ name: 'statements', reached: 0 })
}
