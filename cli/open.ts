import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Config, readConfig, type SecretName, secretNames } from '../foundation/config.ts'
import { connect } from '../foundation/database/connect.ts'
import { missingMigrations } from '../foundation/database/migrate.ts'
import { holdIriBase } from '../foundation/database/setting.ts'
import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { derivedId, type Id } from '../foundation/ids.ts'
import { createLog } from '../foundation/log.ts'
import { systemClock } from '../foundation/time.ts'
import { migrations } from '../migrations/index.ts'

/** Who acts when a command is typed: the operating system's user, as the audit says it. */
export function operator(): string {
  return `os:${userInfo().username}`
}

/** Reads the settings of a command. On the embedded database missing secrets are made and kept beside it. */
export function settings(env: NodeJS.ProcessEnv = process.env): Config {
  const url = env.DATABASE_URL || 'sqlite:./data/xueshi.sqlite'
  return readConfig(env, url.startsWith('sqlite:') ? secretsBeside(url.slice('sqlite:'.length)) : {})
}

/** Settings for `migrate`, which uses no secret: those that are missing are drawn and thrown away. */
export function settingsWithoutSecrets(env: NodeJS.ProcessEnv = process.env): Config {
  return readConfig(env, drawnSecrets())
}

function drawnSecrets(): Record<SecretName, string> {
  return Object.fromEntries(
    secretNames.map((name) => [name, randomBytes(32).toString('base64url')]),
  ) as Record<SecretName, string>
}

/** The secrets of a trial installation: a file only its owner can read, beside the embedded database. */
function secretsBeside(databasePath: string): Partial<Record<SecretName, string>> {
  if (databasePath === ':memory:') return drawnSecrets()
  const folder = dirname(resolve(databasePath))
  const file = join(folder, 'secrets.json')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    // Written aside and moved, so that a start that is cut off leaves no half a file behind.
    const draft = `${file}.${process.pid}`
    writeFileSync(draft, `${JSON.stringify(drawnSecrets(), null, 2)}\n`, { mode: 0o600 })
    renameSync(draft, file)
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Record<SecretName, string>
}

/** Opens what rooms stand on. Call `close` at the end of the command. */
export function openGround(config: Config): Ground & { close: () => Promise<void> } {
  const db = connect(config.databaseUrl, { poolSize: config.databasePool })
  return { db, config, log: createLog(config.logLevel), now: systemClock, close: () => db.destroy() }
}

/** Throws InvalidInput (`database-not-migrated`) for a book of another version, Conflict for one of other IRIs. */
export async function requireMigrated({ db, config }: Ground): Promise<void> {
  const missing = await missingMigrations(db, migrations)
  if (missing.length > 0) {
    throw new InvalidInput(
      'database-not-migrated',
      'the database lacks changes of this version: run `xueshi migrate`',
    )
  }
  await holdIriBase(db, config.xapiIriBase)
}

/** Runs one command over an opened, migrated book. Throws InvalidInput (`database-not-migrated`) otherwise. */
export async function withGround<T>(body: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = openGround(settings({ LOG_LEVEL: 'warn', ...process.env }))
  try {
    await requireMigrated(ground)
    return await body(ground)
  } finally {
    await ground.close()
  }
}

/** The id under which journals keep that operator as the maker of an act. */
export function operatorId(): Id {
  return derivedId('2f0c6a5e-7d5f-5b9e-9a41-4b0f6f4f5c11', operator())
}
