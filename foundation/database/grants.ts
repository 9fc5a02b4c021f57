import type { Database } from './connect.ts'
import type { TableKind } from './schema.ts'

const applicationRights: Record<TableKind, string> = {
  journal: 'SELECT, INSERT',
  state: 'SELECT, INSERT, UPDATE',
  transient: 'SELECT, INSERT, UPDATE, DELETE',
}

/**
 * The GRANT statements for the separate users of ledger.md §8.4: application, reader and verifier. Names of users and
 * hosts are the ones to put in; the statements create nobody.
 */
export async function grantsFor(
  db: Database,
  database: string,
  users: { application: string; reader: string; verifier: string } = {
    application: "'xueshi_app'@'%'",
    reader: "'xueshi_reader'@'%'",
    verifier: "'xueshi_verifier'@'%'",
  },
): Promise<string[]> {
  const tables: { name: string; kind: TableKind }[] = await db('schema_table')
    .select('name', 'kind')
    .orderBy('name')
  const on = (table: string) => `\`${database}\`.\`${table}\``
  const lines = tables.map(
    ({ name, kind }) => `GRANT ${applicationRights[kind]} ON ${on(name)} TO ${users.application};`,
  )
  lines.push(`GRANT SELECT ON ${on('schema_table')} TO ${users.application};`)
  lines.push(`GRANT SELECT ON ${on('knex_migrations')} TO ${users.application};`)
  for (const user of [users.reader, users.verifier])
    lines.push(`GRANT SELECT ON \`${database}\`.* TO ${user};`)
  return lines
}
