import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0025-eval-run'

/** One evaluation of all accounts under another policy version, resumable by its cursor. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'eval_run', (t) => {
    t.id('run_id')
    t.num('from_version')
    t.num('to_version')
    t.code('dry_run')
    t.code('retroactive')
    t.word('state', 16)
    t.id('maker_id')
    t.id('checker_id').nullable()
    t.id('cursor_id').nullable().comment('the last account that is done')
    t.num('accounts_done')
    t.num('accounts_changed')
    t.instant('started_at')
    t.instant('finished_at').nullable()
    t.primary(['run_id'])
    t.index(['to_version', 'dry_run', 'state'], 'eval_run_version')
  })
}
