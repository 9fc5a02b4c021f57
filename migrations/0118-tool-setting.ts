import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0118-tool-setting'

/** What the tool keeps about itself: how it reaches the bridge, and since when it must not. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'tool_setting', (t) => {
    t.word('name', 60)
    t.bytes('content').comment('sealed where it holds a secret')
    t.instant('changed_at')
    t.primary(['name'])
  })
}
