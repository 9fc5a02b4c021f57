import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0051-offering'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'offering', (t) => {
    t.id('offering_id')
    t.text('code', 60)
    t.id('project_id')
    t.text('title', 200)
    t.text('package_code', 60).nullable()
    t.code('is_path').comment('1: it contains other offerings')
    t.num('version_no').comment('the version that holds')
    t.instant('recorded_at')
    t.primary(['offering_id'])
    t.unique(['code'], 'offering_code')
    t.index(['project_id'], 'offering_project')
    t.index(['package_code'], 'offering_package')
  })
}
