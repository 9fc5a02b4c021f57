import type { Knex } from 'knex'
import type { Database } from './connect.ts'

/** One change of the schema, with the name under which it is recorded for ever. */
export interface Migration {
  name: string
  up(db: Knex): Promise<void>
}

function sourceOf(migrations: Migration[]): Knex.MigrationSource<Migration> {
  return {
    getMigrations: async () => migrations,
    getMigrationName: (migration) => migration.name,
    getMigration: async (migration) => ({
      up: (db) => migration.up(db),
      down: async () => {
        throw new Error('a migration of the book is not taken back: restore a backup')
      },
    }),
  }
}

/** Applies what the database lacks, in order, and returns the names of what was applied. */
export async function migrate(db: Database, migrations: Migration[]): Promise<string[]> {
  const [, applied] = (await db.migrate.latest({
    migrationSource: sourceOf(migrations),
    // MySQL commits each DDL statement by itself; a transaction around several would only look like one.
    disableTransactions: true,
  })) as [number, (string | Migration)[]]
  return applied.map((one) => (typeof one === 'string' ? one : one.name))
}

/** Names of migrations that this program has and the database lacks; all of them for an empty database. */
export async function missingMigrations(db: Database, migrations: Migration[]): Promise<string[]> {
  if (!(await db.schema.hasTable('knex_migrations'))) return migrations.map(({ name }) => name)
  const rows: { name: string }[] = await db('knex_migrations').select('name')
  const done = new Set(rows.map(({ name }) => name))
  return migrations.map(({ name }) => name).filter((name) => !done.has(name))
}
