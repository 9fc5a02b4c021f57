import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0136-statement-replay'

/** Where statements come from that an administrator mended: which rejected input, who, and why. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'statement_replay',
    (t) => {
      t.num('seq').comment('of the statement')
      t.id('store_id')
      t.id('statement_id')
      t.id('rejected_id')
      t.num('position').comment('of the statement in the rejected input, from 0')
      t.text('operator', 200).comment('as the audit names whoever replayed it')
      t.id('operator_id').comment('the account that the statement names as authority')
      t.text('reason', 500)
      t.text('changes', 500).comment('names of the mendings, and `edited` where it was changed by hand')
      t.instant('replayed_at')
      t.primary(['seq'])
      t.index(['rejected_id'], 'statement_replay_rejected')
    },
    { journal: true },
  )
}
