import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knex from 'knex'
import type { Test } from 'tap'
import { connect, type Database } from '../../foundation/database/connect.ts'
import { migrate } from '../../foundation/database/migrate.ts'
import { migrations } from '../../migrations/index.ts'

/** The engine under test: the runner sets it once for each lane; alone, a test file runs on the embedded one. */
export const laneUrl = process.env.XUESHI_TEST_MYSQL ?? ''

/** Whether this file runs against a MySQL-family server. */
export const onServer = laneUrl !== ''

/** A database of its own, migrated, and its address for programs of its own. Dropped when the test ends. */
export async function freshDatabaseUrl(t: Test): Promise<{ url: string; db: Database }> {
  const url = onServer ? await freshServerDatabase(t) : await freshFile(t)
  const db = connect(url)
  t.teardown(() => db.destroy())
  await migrate(db, migrations)
  return { url, db }
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
  const name = `t_${randomBytes(8).toString('hex')}`
  const url = new URL(laneUrl)
  const socketPath = url.searchParams.get('socketPath')
  const admin = knex({
    client: 'mysql2',
    connection: {
      ...(socketPath ? { socketPath } : { host: url.hostname, port: Number(url.port || 3306) }),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    },
    pool: { min: 0, max: 1 },
  })
  await admin.raw(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  t.teardown(async () => {
    await admin.raw(`DROP DATABASE \`${name}\``)
    await admin.destroy()
  })
  url.pathname = `/${name}`
  return url.href
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
