import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0030-policy-document'

/** Every policy document that was ever added, by its id and the number of its revision. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'policy_document',
    (t) => {
      t.text('policy_id', 120)
      t.num('version').comment('1, 2, 3 … of this document')
      t.bytes('content').comment('canonical JSON of the document as written, parents not layered in')
      t.hash('content_hash')
      t.id('maker_id')
      t.instant('recorded_at')
      t.num('hash_version')
      t.hash('prev_hash').comment('of the revision before; the revisions of one document are a chain')
      t.hash('hash')
      t.primary(['policy_id', 'version'])
      t.unique(['policy_id', 'content_hash'], 'policy_document_content')
    },
    { journal: true },
  )
}
