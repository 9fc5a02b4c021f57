import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0013-claim'

/** What somebody says a teacher did, admitted to an account. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'claim',
    (t) => {
      t.id('account_id')
      t.id('claim_id')
      t.num('seq').comment('the posting that admitted the claim')
      t.id('source_id')
      t.code('kind')
      t.hash('award_key')
      t.id('offering_id').nullable()
      t.id('training_class_id').nullable()
      t.id('session_id').nullable()
      t.code('role')
      t.instant('began_at').nullable()
      t.instant('ended_at')
      t.day('ended_on')
      t.text('source_amount', 40).nullable()
      t.text('source_unit', 20).nullable()
      t.bytes('content').comment('all that evaluation may read, as filed')
      t.hash('content_hash')
      t.text('raw_ref', 200)
      t.id('supersedes_claim_id').nullable()
      t.primary(['account_id', 'claim_id'])
      t.unique(['claim_id'], 'claim_id')
      t.index(['account_id', 'award_key'], 'claim_award_key')
      t.index(['offering_id', 'account_id'], 'claim_offering')
    },
    { journal: true },
  )
}
