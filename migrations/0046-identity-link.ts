import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0046-identity-link'

export async function up(db: Knex): Promise<void> {
  await createTable(db, 'identity_link', (t) => {
    t.id('identity_link_id')
    t.hash('identifier_key').comment('SHA-256 of the canonical identifier')
    t.word('kind', 20).comment('account, mbox, mbox_sha1sum, openid')
    t.text('home_page', 1000).nullable()
    t.text('value', 1000).comment('for people to read, perhaps cut; only the key is compared')
    t.id('teacher_id')
    t.code('active_flag').nullable().comment('1 while the link holds, null once revoked')
    t.text('made_by', 200)
    t.text('reason', 500)
    t.instant('made_at')
    t.text('revoked_by', 200).nullable()
    t.text('revoke_reason', 500).nullable()
    t.instant('revoked_at').nullable()
    t.primary(['identity_link_id'])
    t.unique(['identifier_key', 'active_flag'], 'identity_link_active')
    t.index(['teacher_id'], 'identity_link_teacher')
  })
}
