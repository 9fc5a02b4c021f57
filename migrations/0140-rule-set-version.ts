import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0140-rule-set-version'

/** Conversion rules of a source that replace its preset for events from a day on; made by one person, approved by another. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'rule_set_version', (t) => {
    t.id('source_id')
    t.num('version_no').comment('1, 2, 3 … within the source')
    t.day('valid_from').comment('the first civil day of events that it reads')
    t.bytes('document').comment('the whole rule set as JSON')
    t.hash('content_hash').comment('SHA-256 of the document')
    t.word('state', 10).comment('proposed, active, rejected')
    t.text('reason', 500)
    t.id('maker_id')
    t.text('made_by', 200)
    t.instant('made_at')
    t.id('checker_id').nullable()
    t.text('checked_by', 200).nullable()
    t.instant('checked_at').nullable()
    t.num('reached').comment('statements up to this seq were read again by it')
    t.num('through').nullable().comment('up to where statements had been read before it was approved')
    t.instant('applied_at').nullable().comment('when all of them had been read again')
    t.primary(['source_id', 'version_no'])
    t.index(['state', 'applied_at'], 'rule_set_version_work')
    t.check('checker_id IS NULL OR checker_id <> maker_id', 'rule_set_version_two_people')
  })
}
