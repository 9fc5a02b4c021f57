import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0098-lti-person'

/** A person as a platform knows her: issuer and subject. Who she is in the roster is an identity link. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'lti_person', (t) => {
    t.id('person_id')
    t.text('iss', 255)
    t.text('sub', 255)
    t.hash('identifier_key').comment('key of the identifier (account: iss, sub), as identity links use it')
    t.text('shared_name', 255).nullable().comment('exactly as the platform shared it')
    t.instant('first_seen_at')
    t.instant('last_seen_at')
    t.primary(['person_id'])
    t.unique(['identifier_key'], 'lti_person_identifier')
  })
}
