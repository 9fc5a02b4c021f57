import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { connect, type Database } from '../../foundation/database/connect.ts'
import { migrate } from '../../foundation/database/migrate.ts'
import { migrations } from '../../migrations/index.ts'
import { emptyDatabaseUrl, onServer } from '../support/database.ts'
import { copyTemplate, makeEmbeddedTemplate, makeServerTemplate } from '../support/template.ts'

/** Everything that a database consists of: definitions of tables, indexes and triggers, and all rows. */
async function contentsOf(db: Database): Promise<Record<string, unknown>> {
  const rowsOf = async (sql: string) => {
    const answer = (await db.raw(sql)) as Record<string, string>[] | [Record<string, string>[]]
    return (onServer ? answer[0] : answer) as Record<string, string>[]
  }
  const contents: Record<string, unknown> = {}
  const tables = onServer
    ? (await rowsOf('SHOW TABLES')).map((row) => Object.values(row)[0] as string)
    : (await rowsOf("SELECT name FROM sqlite_master WHERE type = 'table'")).map(({ name }) => name as string)
  for (const table of tables) {
    if (onServer)
      contents[`table ${table}`] = (await rowsOf(`SHOW CREATE TABLE \`${table}\``))[0]?.['Create Table']
    const rows = await db(table).select()
    // The moments at which migrations were applied differ.
    contents[`rows of ${table}`] = rows.map(({ migration_time: _at, ...row }) => row)
  }
  const made = onServer
    ? await rowsOf('SHOW TRIGGERS')
    : await rowsOf('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name')
  contents.made = made.map(({ Created: _at, ...one }) => one)
  return contents
}

t.test('a database that is copied from the template is as one that was migrated', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-template-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [source, copied, migrated] = [
    await emptyDatabaseUrl(t),
    await emptyDatabaseUrl(t),
    await emptyDatabaseUrl(t),
  ]
  await (onServer ? makeServerTemplate(folder, source) : makeEmbeddedTemplate(folder))
  await copyTemplate(folder, copied)
  const dbs = [connect(copied), connect(migrated)] as const
  t.teardown(() => Promise.all(dbs.map((db) => db.destroy())))
  await migrate(dbs[1], migrations)

  const contents = await contentsOf(dbs[0])

  t.strictSame(contents, await contentsOf(dbs[1]))
  t.ok(Object.keys(contents).length > 100)
  t.strictSame(await migrate(dbs[0], migrations), [], 'nothing is left to migrate')
})
