import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0040-school'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'school', (t) => {
    t.id('school_id')
    t.text('org_no', 40).comment('our own number; not every unit has an official one')
    t.text('moe_school_code', 10).nullable()
    t.text('name', 200)
    t.text('kind', 20)
    t.text('cluster', 100).nullable()
    t.code('rural').comment('1 yes, 0 no')
    t.code('weak').comment('1 yes, 0 no')
    t.text('parent_org_no', 40).nullable()
    t.instant('recorded_at')
    t.instant('removed_at').nullable().comment('set when the import that made the row was undone')
    t.primary(['school_id'])
    t.unique(['org_no'], 'school_org_no')
    t.index(['moe_school_code'], 'school_moe_code')
  })
}
