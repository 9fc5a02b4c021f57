import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0083-conversion-item'

/** Completions, and what keeps them from being claims. One item for each statement that opened a completion. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'conversion_item', (t) => {
    t.id('item_id').comment('derived from the statement that opened it')
    t.id('source_id')
    t.num('opened_seq')
    t.id('statement_id')
    t.num('opening').comment('1, or more when a withdrawn completion came to life again')
    t.hash('actor_key')
    t.hash('completion_key').comment('source, actor, canonical activity, attempt')
    t.code('open_flag').nullable().comment('1 while it holds its completion key; null once withdrawn')
    t.word('state', 12).comment('parked, quarantined, claimed, dismissed, withdrawn')
    t.word('reason', 30).nullable().comment('public code of what keeps it, xapi.md 5.6')
    t.text('detail', 500).nullable().comment('the failing condition with value and limit')
    t.word('rules', 60).comment('rule set and rule that read it')
    t.id('teacher_id').nullable()
    t.id('offering_id').nullable()
    t.id('training_class_id').nullable()
    t.id('claim_id')
    t.instant('claimed_at').nullable().comment('when the claim was handed to the ledger')
    t.text('evidence', 100).comment('kinds of evidence its claim was filed with, separated by blanks')
    t.num('kept_through').comment('withdrawals up to this seq were looked at by a person, who kept the claim')
    t.text('released', 200).comment('codes that a person let pass, separated by blanks')
    t.text('teacher_hint', 200)
    t.text('offering_hint', 200)
    t.instant('since').comment('when it began to wait for its present reason')
    t.primary(['item_id'])
    t.unique(['completion_key', 'open_flag'], 'conversion_item_open')
    t.index(['state', 'reason', 'opened_seq'], 'conversion_item_waiting')
    t.index(['state', 'reason', 'actor_key'], 'conversion_item_actor')
    t.index(['opened_seq'], 'conversion_item_opened')
  })
}
