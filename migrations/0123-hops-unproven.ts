import type { Knex } from 'knex'

/** The name under which this migration is recorded. */
export const name = '0123-hops-unproven'

/** Forgets the hops that were noted while any sender could say them. A new installation has none, nor their table yet. */
export async function up(db: Knex): Promise<void> {
  if (await db.schema.hasTable('statement_hop')) await db('statement_hop').delete()
}
