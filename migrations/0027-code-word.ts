import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0027-code-word'

/** The words behind stored numbers: of code, for readers of SQL; of policies and catalogue, as they appear. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'code_word', (t) => {
    t.word('list', 30)
    t.code('code')
    t.text('word', 120)
    t.primary(['list', 'code'])
    t.unique(['list', 'word'], 'code_word_word')
  })
}
