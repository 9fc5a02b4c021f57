import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import knex from 'knex'
import { connect, type Database, serverSettings } from '../../foundation/database/connect.ts'
import { migrate } from '../../foundation/database/migrate.ts'
import { migrations } from '../../migrations/index.ts'

/**
 * A folder with a migrated database of each engine to copy from, or empty. Migrating is a hundred small steps; the
 * runner takes them once, and each test begins with what they come to.
 */
export const templateFolder = process.env.XUESHI_TEST_TEMPLATE ?? ''

const embeddedFile = (folder: string) => join(folder, 'book.sqlite')
const serverFile = (folder: string) => join(folder, 'book.sql')

/** Migrates an embedded database into the folder. */
export async function makeEmbeddedTemplate(folder: string): Promise<void> {
  const db = connect(`sqlite:${embeddedFile(folder)}`)
  try {
    await migrate(db, migrations)
  } finally {
    await db.destroy()
  }
}

/** Migrates an empty database of a server and writes into the folder what makes another one like it. */
export async function makeServerTemplate(folder: string, url: string): Promise<void> {
  const db = connect(url)
  try {
    await migrate(db, migrations)
    await writeFile(serverFile(folder), (await schemaStatements(db)).join(';\n'))
  } finally {
    await db.destroy()
  }
}

/** Makes an empty database like the template of its engine, as `migrate` would. */
export async function copyTemplate(folder: string, url: string): Promise<void> {
  if (url.startsWith('sqlite:')) {
    await copyFile(embeddedFile(folder), url.slice('sqlite:'.length))
    return
  }
  const connection = { ...serverSettings(new URL(url)), multipleStatements: true }
  const db = knex({ client: 'mysql2', connection, pool: { min: 0, max: 1 } })
  try {
    await db.raw(await readFile(serverFile(folder), 'utf8'))
  } finally {
    await db.destroy()
  }
}

/** Statements that make a server's tables as they are: their definitions, triggers and rows. */
async function schemaStatements(db: Database): Promise<string[]> {
  const rowsOf = async (sql: string) => ((await db.raw(sql)) as [Record<string, string>[]])[0]
  const mode = (await rowsOf('SELECT @@sql_mode AS mode'))[0]?.mode
  const statements = ['SET NAMES utf8mb4 COLLATE utf8mb4_bin', `SET SESSION sql_mode = '${mode}'`]
  const tables = (await rowsOf('SHOW TABLES')).map((row) => Object.values(row)[0] as string)
  for (const table of tables) {
    statements.push((await rowsOf(`SHOW CREATE TABLE \`${table}\``))[0]?.['Create Table'] ?? '')
    const rows = await db(table).select()
    if (rows.length > 0) statements.push(db(table).insert(rows).toQuery())
  }
  for (const { Trigger: trigger } of await rowsOf('SHOW TRIGGERS'))
    statements.push((await rowsOf(`SHOW CREATE TRIGGER \`${trigger}\``))[0]?.['SQL Original Statement'] ?? '')
  return statements
}
