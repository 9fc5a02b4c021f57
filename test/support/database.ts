import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knex from 'knex'
import type { Test } from 'tap'
import { connect, type Database, serverSettings } from '../../foundation/database/connect.ts'
import { migrate } from '../../foundation/database/migrate.ts'
import { migrations } from '../../migrations/index.ts'
import { copyTemplate, templateFolder } from './template.ts'

/** The engine under test: the runner sets it once for each lane; alone, a test file runs on the embedded one. */
export const laneUrl = process.env.XUESHI_TEST_MYSQL ?? ''

/** Whether this file runs against a MySQL-family server. */
export const onServer = laneUrl !== ''

/** A database of its own, migrated, and its address for programs of its own. Dropped when the test ends. */
export async function freshDatabaseUrl(t: Test): Promise<{ url: string; db: Database }> {
  const url = await emptyDatabaseUrl(t)
  if (templateFolder) await copyTemplate(templateFolder, url)
  const db = connect(url)
  t.teardown(() => db.destroy())
  if (!templateFolder) await migrate(db, migrations)
  return { url, db }
}

/** The address of a database without any table. Dropped when the test ends. */
export async function emptyDatabaseUrl(t: Test): Promise<string> {
  return onServer ? freshServerDatabase(t) : freshFile(t)
}

/** As `freshDatabaseUrl`, for a test that needs the handle alone. */
export async function freshDatabase(t: Test): Promise<Database> {
  return (await freshDatabaseUrl(t)).db
}

async function freshFile(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return `sqlite:${join(folder, 'book.sqlite')}`
}

async function freshServerDatabase(t: Test): Promise<string> {
  const { url, drop } = await emptyServerDatabase(laneUrl)
  t.teardown(drop)
  return url
}

/** Makes a database without any table on the server that an address names, whatever database it names. */
export async function emptyServerDatabase(
  serverUrl: string,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `t_${randomBytes(8).toString('hex')}`
  const url = new URL(serverUrl)
  const { database: _none, ...connection } = serverSettings(url)
  const admin = knex({ client: 'mysql2', connection, pool: { min: 0, max: 1 } })
  await admin.raw(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: async () => {
      await admin.raw(`DROP DATABASE \`${name}\``)
      await admin.destroy()
    },
  }
}

/**
 * The address of the same database for a user who may do what the application may and no more (server lane only): the
 * user is made here, its rights come from `xueshi migrate --grants --apply`.
 */
export async function applicationUrl(t: Test, url: string): Promise<string> {
  const admin = connect(url, { poolSize: 1 })
  t.teardown(() => admin.destroy())
  // An anonymous user of a bare installation would be taken before a user from anywhere.
  await admin.raw("DROP USER IF EXISTS ''@'localhost'")
  await admin.raw("CREATE USER IF NOT EXISTS 'xueshi_app'@'%' IDENTIFIED BY 'application-of-tests'")
  for (const user of ['reader', 'verifier']) {
    await admin.raw(`CREATE USER IF NOT EXISTS 'xueshi_${user}'@'%' IDENTIFIED BY 'application-of-tests'`)
  }
  const at = new URL(url)
  at.username = 'xueshi_app'
  at.password = 'application-of-tests'
  return at.href
}
