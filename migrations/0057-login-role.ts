import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0057-login-role'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'login_role', (t) => {
    t.id('login_role_id')
    t.id('login_id')
    t.word('role', 20)
    t.id('school_id').nullable().comment('null where the role has no school')
    t.text('granted_by', 200)
    t.instant('granted_at')
    t.instant('revoked_at').nullable()
    t.primary(['login_role_id'])
    t.index(['login_id'], 'login_role_login')
  })
}
