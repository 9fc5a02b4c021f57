import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0011-account'

/** One account a teacher; its row is the lock under which the account is posted to. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'account', (t) => {
    t.id('account_id')
    t.id('teacher_id')
    t.num('version').comment('seq of the newest posting')
    t.hash('head_hash').comment('hash of the newest posting')
    t.num('closed_through').comment('stamp of the newest closed period; 0 for none')
    t.num('policy_version')
    t.instant('last_recorded_at')
    t.id('merged_into').nullable()
    t.primary(['account_id'])
    t.unique(['teacher_id'], 'account_teacher')
  })
}
