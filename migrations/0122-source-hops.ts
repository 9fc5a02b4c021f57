import type { Knex } from 'knex'
import { addColumns } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0122-source-hops'

/** Whether a source is believed when it says by which installations its statements came. */
export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'source', (t) => {
    t.word('hops', 10).defaultTo('ignore').comment('ignore or honour: the header X-Xueshi-Hop')
  })
}
