import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0112-course-media-part'

/** The bytes of a media file in parts, so that a range is read without the rest. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'course_media_part', (t) => {
    t.hash('media_hash')
    t.num('part_no').comment('0, 1, 2 …')
    t.bytes('content')
    t.primary(['media_hash', 'part_no'])
  })
}
