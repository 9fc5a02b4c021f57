import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0052-offering-version'

// All that policy may read of an offering, as the district recorded it: a correction is a further version.
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'offering_version',
    (t) => {
      t.id('offering_id')
      t.num('version_no').comment('1, 2, 3 … within the offering')
      t.bytes('content').comment('canonical JSON with project, classes and sessions')
      t.hash('content_hash')
      t.text('actor', 200)
      t.instant('recorded_at')
      t.primary(['offering_id', 'version_no'])
    },
    { journal: true },
  )
}
