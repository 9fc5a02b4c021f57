import type { Knex } from 'knex'
import { createTable } from '../foundation/database/schema.ts'

/** The name under which this migration is recorded. */
export const name = '0028-verification'

/** When the book was verified, how much of it, and with how many findings. */
export async function up(db: Knex): Promise<void> {
  await createTable(db, 'verification', (t) => {
    t.num('verification_no')
    t.instant('started_at')
    t.instant('finished_at').nullable()
    t.num('accounts')
    t.num('postings')
    t.num('findings')
    t.primary(['verification_no'])
  })
}
