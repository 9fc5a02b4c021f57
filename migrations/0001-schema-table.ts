import type { Knex } from 'knex'

export const name = '0001-schema-table'

// Made by hand: createTable enters every other table here, from which grants and the probe are derived.
export async function up(db: Knex): Promise<void> {
  const onServer = db.client.config.client === 'mysql2'
  await db.raw(
    onServer
      ? `CREATE TABLE schema_table (name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
           kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL)
         ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`
      : 'CREATE TABLE schema_table (name TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL) STRICT',
  )
}
