import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0120-document'

/** Documents of content: states of an activity, profiles of an agent or an activity. They change and go. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'document',
    (t) => {
      t.id('store_id')
      t.code('kind').comment('1 state, 2 agent profile, 3 activity profile')
      t.hash('scope_key').comment('SHA-256 over activity and agent: what is listed together')
      t.hash('document_key').comment('SHA-256 over registration and id')
      t.bytes('document_id').comment('the stateId or profileId as sent')
      t.id('registration').nullable()
      t.id('agent_key').nullable().comment('by which statements of the same agent are found too')
      t.bytes('scope').comment('agent, activity and registration as last sent, as JSON')
      t.text('content_type', 255).comment('as sent')
      t.word('etag', 40).comment('SHA-1 of the contents, hexadecimal')
      t.instant('updated')
      t.bytes('contents').comment('the bytes sent, or merged from what was sent')
      t.primary(['store_id', 'kind', 'scope_key', 'document_key'])
      t.index(['agent_key', 'updated'], 'document_agent')
    },
    { transient: true },
  )
}
