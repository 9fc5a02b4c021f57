import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0151-outbox-place'

/** How far the outbox is numbered (`relay`), and how far each reader of it has come. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'outbox_place', (t) => {
    t.word('reader', 40)
    t.num('relay_no').comment('the last number that was dealt, or passed')
    t.instant('moved_at')
    t.primary(['reader'])
  })
}
