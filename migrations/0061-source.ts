import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0061-source'

/** Who pushes (来源), by which rules it is read, and what it may do. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'source', (t) => {
    t.id('source_id')
    t.id('store_id')
    t.text('name', 120)
    t.word('preset', 40)
    t.bytes('rule_set').nullable().comment('what this source overrides in its preset, as JSON')
    t.bytes('actor_home_pages').comment('JSON list of namespaces whose actors it may report; * is any')
    t.word('profile', 20).comment('standard or conformance')
    t.word('on_void', 10).comment('review or auto')
    t.word('on_conflict', 10).comment('refuse or quiet')
    t.word('on_overload', 10).comment('refuse or wait')
    t.word('guard', 10).comment('block or off: what an identity number in a statement does')
    t.word('state', 10).comment('trial, live, paused, revoked')
    t.instant('created_at')
    t.primary(['source_id'])
    t.unique(['name'], 'source_name')
  })
}
