import type { Knex } from 'knex'
import { addColumns } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0130-source-columns'

/** What a source may report of people outside its namespaces, and how fast it may push. */
export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'source', (t) => {
    t.word('outside', 10).defaultTo('keep').comment('keep or refuse: actors outside its namespaces')
    t.num('rate_statements').nullable().comment('statements a second, in each process; null is without limit')
    t.num('rate_bytes').nullable().comment('bytes a second, in each process; null is without limit')
  })
}
