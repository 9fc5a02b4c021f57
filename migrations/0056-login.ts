import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0056-login'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'login', (t) => {
    t.id('login_id')
    t.text('login', 100)
    t.text('password_hash', 300).comment('scrypt, with its parameters and salt')
    t.code('one_time').comment('1 until its owner has chosen a password')
    t.instant('one_time_until').nullable()
    t.id('teacher_id').nullable().comment('whose own record it opens')
    t.num('failures').comment('since the last success')
    t.instant('locked_until').nullable()
    t.num('version').comment('raised by a new password: older sessions end')
    t.instant('made_at')
    t.instant('disabled_at').nullable()
    t.primary(['login_id'])
    t.unique(['login'], 'login_name')
  })
}
