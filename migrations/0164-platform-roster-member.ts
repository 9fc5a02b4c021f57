import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0164-platform-roster-member'

/** Who is, or was, on the roster of a course. Nobody is deleted for being absent. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'platform_roster_member', (t) => {
    t.id('roster_id')
    t.hash('identifier_key').comment('of (iss, user_id), as identity links use it')
    t.text('sub', 255)
    t.text('shared_name', 255).nullable().comment('exactly as the platform shared it')
    t.text('sourced_id', 255).nullable().comment('what the platform calls her in its own records')
    t.word('launch_roles', 60).comment('by comma')
    t.word('status', 10).comment('active or inactive')
    t.instant('first_seen_at')
    t.instant('last_seen_at')
    t.instant('absent_since').nullable().comment('not on the roster since; null while she is')
    t.primary(['roster_id', 'identifier_key'])
    t.index(['identifier_key'], 'platform_roster_member_person')
  })
}
