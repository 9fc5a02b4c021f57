import type { Config } from './config.ts'
import type { Database } from './database/connect.ts'
import type { Logger } from './log.ts'
import type { Clock } from './time.ts'

/** What every room stands on. Passed in, never imported as a global. */
export interface Ground {
  db: Database
  config: Config
  log: Logger
  now: Clock
}
