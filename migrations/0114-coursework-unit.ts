import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

export const name = '0114-coursework-unit'

/** How far one enrolment has come in one unit. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'coursework_unit', (t) => {
    t.id('enrolment_id')
    t.word('unit_id', 40)
    t.instant('opened_at')
    t.instant('heard_at').comment('last word from the page; watched time is granted by the clock since then')
    t.instant('done_at').nullable()
    t.num('progress').comment('0–100, the last step that was said: 0, 25, 50, 75, 100')
    t.num('studied_ms')
    t.num('granted_ms').comment('time of media that may still be claimed, by the clock')
    t.bytes('watched').comment('JSON: merged ranges in milliseconds')
    t.bytes('draft').nullable().comment('what was typed and not handed in')
    t.num('attempts')
    t.primary(['enrolment_id', 'unit_id'])
  })
}
