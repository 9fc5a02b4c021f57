import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0099-lti-launch'

/** What one accepted launch said. Raw tokens are not kept; the strings are compared byte by byte. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'lti_launch', (t) => {
    t.id('launch_id')
    t.instant('launched_at')
    t.word('message_type', 40)
    t.id('registration_id')
    t.id('person_id')
    t.text('iss', 255)
    t.text('client_id', 255)
    t.text('deployment_id', 255)
    t.text('sub', 255)
    t.text('course_id', 255).nullable()
    t.text('course_label', 255).nullable()
    t.text('course_title', 500).nullable()
    t.text('course_type', 500).nullable()
    t.text('course_sourcedid', 255).nullable()
    t.text('resource_link_id', 255).nullable()
    t.text('resource_link_title', 500).nullable()
    t.id('offering_id').nullable().comment('what the launch asks for; a request, not a right')
    t.bytes('roles').comment('JSON list, as they came')
    t.word('launch_roles', 60).comment('the roles they stand for, by comma')
    t.code('is_test').comment('1: nothing of this launch reaches the ledger')
    t.text('line_item_url', 2048).nullable()
    t.text('line_items_url', 2048).nullable()
    t.text('ags_scopes', 1000).nullable()
    t.text('memberships_url', 2048).nullable()
    t.bytes('deep_linking').nullable().comment('settings, until they are answered')
    t.word('document_target', 10).nullable()
    t.word('locale', 35).nullable()
    t.text('return_url', 2048)
      .nullable()
      .comment('may hold a session key of the platform: goes with the session')
    t.text('platform_family', 100).nullable()
    t.text('platform_version', 100).nullable()
    t.primary(['launch_id'])
    t.index(['person_id', 'launched_at'], 'lti_launch_person')
    t.index(['launched_at'], 'lti_launch_launched')
  })
}
