import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0050-project'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'project', (t) => {
    t.id('project_id')
    t.text('project_no', 60)
    t.text('title', 200)
    t.bytes('organisers').comment('JSON list of names; several organisers, one recognition level')
    t.text('recognition_level', 20)
    t.day('approved_on').nullable().comment('null: not approved yet')
    t.instant('recorded_at')
    t.primary(['project_id'])
    t.unique(['project_no'], 'project_no')
  })
}
