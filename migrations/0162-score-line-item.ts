import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0162-score-line-item'

/** Which line item an offering has on a resource link whose launches name only the list of all. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'score_line_item', (t) => {
    t.id('line_item_id')
    t.hash('lookup').comment('SHA-256 of iss, client_id, list, resource link and offering')
    t.text('iss', 255)
    t.text('client_id', 255)
    t.text('line_items_url', 2048)
    t.text('resource_link_id', 255)
    t.id('offering_id')
    t.id('launch_id').comment('the newest launch of the link')
    t.word('state', 10).comment('waiting, found, choose, absent')
    t.text('line_item_url', 2048).nullable()
    t.bytes('candidates').nullable().comment('JSON list of id and label: a person chooses')
    t.code('created').comment('1: made by us')
    t.word('code', 40).nullable()
    t.num('status').nullable()
    t.num('attempts')
    t.instant('not_before')
    t.instant('settled_at').nullable()
    t.id('lease_owner').nullable()
    t.instant('leased_until')
    t.primary(['line_item_id'])
    t.unique(['lookup'], 'score_line_item_lookup')
    t.index(['state', 'not_before'], 'score_line_item_due')
  })
}
