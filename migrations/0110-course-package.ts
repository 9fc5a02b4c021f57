import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0110-course-package'

/** Every version of a course package that was imported; who began with one finishes with it. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'course_package', (t) => {
    t.id('package_id')
    t.text('code', 60)
    t.num('version_no').comment('1, 2, 3 … within the code; the greatest is given to who begins now')
    t.text('title', 200)
    t.hash('content_hash').comment('of the document: the same folder again is not a new version')
    t.bytes('content').comment('JSON: units with their texts and questions, and the hashes of their media')
    t.text('imported_by', 100)
    t.instant('imported_at')
    t.primary(['package_id'])
    t.unique(['code', 'version_no'], 'course_package_version')
  })
}
