import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0111-course-media'

/** A file of a course package, kept once under the hash of its bytes, so that every node of the tool can serve it. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'course_media', (t) => {
    t.hash('media_hash')
    t.word('media_type', 60)
    t.num('size').comment('bytes')
    t.num('part_size').comment('bytes of each part but the last')
    t.instant('imported_at')
    t.primary(['media_hash'])
  })
}
