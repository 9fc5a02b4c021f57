import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0016-entry'

/** The legs of postings. The unique key lets an award be reversed once, and finds the legs of a claim. */
export async function up(db: Knex): Promise<void> {
  await createTable(
    db,
    'entry',
    (t) => {
      t.id('account_id')
      t.num('seq')
      t.num('leg')
      t.code('kind')
      t.id('claim_id')
      t.num('award_seq').comment('the posting that made the award')
      t.num('reverses_seq').nullable().comment('on the voided leg of a reversal: the award it takes back')
      t.code('bucket')
      t.num('period_no')
      t.day('effective_on').comment('the civil day to which policy attributes the hours')
      t.code('category')
      t.code('level')
      t.code('form')
      t.milli('milli_hours').comment(
        'thousandths of a credit hour; the legs of one claim in one posting sum to zero',
      )
      t.milli('balance_after')
      t.milli('claimed_milli_hours')
        .nullable()
        .comment('on the issued leg of an award: what the source asked for, converted')
      t.code('why')
      t.primary(['account_id', 'seq', 'leg'])
      t.unique(['account_id', 'claim_id', 'reverses_seq'], 'entry_reverses')
      t.check('milli_hours <> 0', 'entry_not_zero')
    },
    { journal: true },
  )
}
