import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0023-period-act'

/** Who closed or reopened a period, when and why. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'period_act',
    (t) => {
      t.num('period_no')
      t.num('act_no')
      t.word('kind', 20)
      t.id('maker_id')
      t.id('checker_id').nullable()
      t.text('reason', 500).nullable()
      t.hash('totals_digest').nullable()
      t.num('anchor_no').nullable()
      t.id('recon_run_id').nullable()
      t.instant('expires_at').nullable()
      t.instant('recorded_at')
      t.primary(['period_no', 'act_no'])
      t.check('checker_id IS NULL OR checker_id <> maker_id', 'period_act_two_people')
    },
    { journal: true },
  )
}
