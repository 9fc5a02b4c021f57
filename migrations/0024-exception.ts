import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0024-exception'

/** Work items for people, from postings and from reconciliation. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'exception', (t) => {
    t.id('exception_id')
    t.code('kind')
    t.id('subject_id').comment('the claim, account or pair that needs a person')
    t.code('open_flag')
      .nullable()
      .comment('1 while open, so that one subject has one open exception of a kind')
    t.id('account_id').nullable()
    t.num('period_no').nullable()
    t.text('detail', 500).nullable()
    t.word('state', 20)
    t.id('assigned_to').nullable()
    t.instant('opened_at')
    t.instant('resolved_at').nullable()
    t.id('resolved_by').nullable()
    t.text('resolution', 500).nullable()
    t.primary(['exception_id'])
    t.unique(['kind', 'subject_id', 'open_flag'], 'exception_open')
    t.index(['account_id', 'open_flag'], 'exception_account')
    t.index(['open_flag', 'opened_at'], 'exception_age')
  })
}
