import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0014-claim-act'

/** What was decided about a claim, act by act. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'claim_act',
    (t) => {
      t.id('account_id')
      t.id('claim_id')
      t.num('act_no').comment('1, 2, 3 … on one claim: of two people who decide at once, the second is told')
      t.id('act_id')
      t.num('seq')
      t.code('kind')
      t.milli('value_milli_hours').nullable()
      t.code('reason')
      t.text('note', 500).nullable()
      t.id('evidence_id').nullable()
      t.id('maker_id')
      t.id('checker_id').nullable()
      t.id('authority_id').nullable()
      t.instant('recorded_at')
      t.hash('content_hash')
      t.primary(['account_id', 'claim_id', 'act_no'])
      t.unique(['act_id'], 'claim_act_id')
      t.check('checker_id IS NULL OR checker_id <> maker_id', 'claim_act_two_people')
    },
    { journal: true },
  )
}
