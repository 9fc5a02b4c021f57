import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0113-coursework-enrolment'

/** One person in one training class, as the course room knows her: the registration of every statement about it. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'coursework_enrolment', (t) => {
    t.id('enrolment_id').comment('derived from iss, sub and class: the same on every node and every launch')
    t.text('iss', 255)
    t.text('sub', 255)
    t.id('offering_id')
    t.text('offering_code', 60)
    t.id('training_class_id')
    t.text('training_class_code', 60)
    t.id('package_id')
    t.bytes('lti').comment('JSON: deployment, context and resource link of the launch it began with')
    t.instant('began_at')
    t.instant('finished_at').nullable()
    t.id('completed_statement_id').nullable()
    t.num('studied_ms')
    t.primary(['enrolment_id'])
    t.index(['offering_id', 'began_at'], 'coursework_enrolment_offering')
    t.index(['iss', 'sub', 'finished_at'], 'coursework_enrolment_person')
  })
}
