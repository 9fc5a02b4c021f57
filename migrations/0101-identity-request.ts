import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0101-identity-request'

/** What a person who is not linked yet said about herself, for an administrator, and how often she tried. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'identity_request', (t) => {
    t.id('person_id')
    t.text('teacher_no', 64)
    t.text('teacher_name', 255)
    t.word('state', 12).comment('parked until someone decides; linked or dismissed')
    t.num('attempts').comment('tries since window_began_at')
    t.instant('window_began_at')
    t.instant('last_tried_at')
    t.primary(['person_id'])
    t.index(['state', 'last_tried_at'], 'identity_request_state')
  })
}
