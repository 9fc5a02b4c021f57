import type { Test } from 'tap'
import { type Config, readConfig } from '../../foundation/config.ts'
import type { Ground } from '../../foundation/ground.ts'
import { createLog } from '../../foundation/log.ts'
import { systemClock } from '../../foundation/time.ts'
import { freshDatabaseUrl } from './database.ts'

/** Secrets of tests: five that differ, and nothing that is used elsewhere. */
export const testSecrets = {
  SESSION_SECRET: 'test-session-secret-0123456789-abcdef',
  TOKEN_SECRET: 'test-token-secret-0123456789-abcdefgh',
  TOOL_KEY_SECRET: 'test-tool-key-secret-0123456789-abcde',
  IDENTITY_KEY: 'test-identity-key-0123456789-abcdefgh',
  IDENTITY_HASH_KEY: 'test-identity-hash-key-0123456789-abc',
}

/** A configuration of tests on a database; plain http is allowed. */
export function testConfig(databaseUrl: string, changes: NodeJS.ProcessEnv = {}): Config {
  return readConfig(
    { DATABASE_URL: databaseUrl, ALLOW_HTTP: '1', LOG_LEVEL: 'silent', ...changes },
    testSecrets,
  )
}

/** Everything a room stands on, over a fresh database. */
export async function freshGround(t: Test, changes: NodeJS.ProcessEnv = {}): Promise<Ground> {
  const { url, db } = await freshDatabaseUrl(t)
  const config = testConfig(url, changes)
  return { db, config, log: createLog(config.logLevel), now: systemClock }
}
