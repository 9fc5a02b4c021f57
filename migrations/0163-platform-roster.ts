import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0163-platform-roster'

/** The roster of one course of a platform: where it is read, when it was, and what the last try met. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'platform_roster', (t) => {
    t.id('roster_id')
    t.hash('lookup').comment(
      'SHA-256 of iss, client_id, deployment and course, or the address where there is no course',
    )
    t.text('iss', 255)
    t.text('client_id', 255)
    t.text('memberships_url', 2048)
    t.text('course_id', 255).nullable()
    t.text('course_title', 500).nullable()
    t.id('launch_id').comment('the newest launch that named the roster')
    t.instant('launched_at')
    t.word('state', 10).comment('waiting: never read; good; failed: an earlier one is kept')
    t.word('code', 40).nullable().comment('what the last try met')
    t.num('status').nullable()
    t.num('attempts').comment('failed ones in a row')
    t.instant('next_at')
    t.instant('tried_at').nullable()
    t.instant('read_at').nullable().comment('when the roster that is kept was read')
    t.num('members').comment('of the roster that is kept')
    t.id('lease_owner').nullable()
    t.instant('leased_until')
    t.primary(['roster_id'])
    t.unique(['lookup'], 'platform_roster_lookup')
    t.index(['next_at'], 'platform_roster_due')
    t.index(['launched_at'], 'platform_roster_launched')
  })
}
