import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import type { Database as SqliteConnection } from 'better-sqlite3'
import knex, { type Knex } from 'knex'
import { InvalidInput } from '../errors.ts'
import { rememberUniqueKeys } from './unique-keys.ts'

/** One pool of connections to the book's database. */
export type Database = Knex
/** A transaction that is open. */
export type Trx = Knex.Transaction
/** Where a statement may run: in a transaction or outside any. */
export type Handle = Database | Trx

const noWord = () => undefined
/** Knex would tell the console; errors reach whoever asked, and the log is ours. */
const quiet = { warn: noWord, error: noWord, deprecate: noWord, debug: noWord }

const require = createRequire(import.meta.url)
const BetterSqlite = require('knex/lib/dialects/better-sqlite3/index.js')
const SqliteTransaction = require('knex/lib/dialects/sqlite3/execution/sqlite-transaction.js')

/**
 * Begins every transaction with BEGIN IMMEDIATE: a transaction that reads first and writes later is refused at once
 * with SQLITE_BUSY_SNAPSHOT, however long `busy_timeout` is (ledger.md §8.3, D17).
 */
class ImmediateTransaction extends SqliteTransaction {
  begin(connection: unknown) {
    return this.query(connection, 'BEGIN IMMEDIATE;')
  }

  /** A COMMIT that is refused leaves the transaction open, and the next one would meet it on the same connection. */
  commit(connection: SqliteConnection, value: unknown) {
    const reject = this._rejecter
    this._rejecter = (error: unknown) => {
      if (connection.inTransaction) connection.exec('ROLLBACK')
      reject(error)
    }
    return super.commit(connection, value)
  }
}

class EmbeddedClient extends BetterSqlite {
  transaction(...args: unknown[]) {
    return Reflect.construct(ImmediateTransaction, [this, ...args])
  }
}

/**
 * Opens a pool on `mysql://user:pass@host:3306/db` (a socket as `?socketPath=`) or `sqlite:path`. No connection is made
 * before the first statement. Each connection is set as ledger.md §8.1 says. Throws InvalidInput for other addresses.
 */
export function connect(url: string, options: { poolSize?: number } = {}): Database {
  if (url.startsWith('sqlite:')) return connectEmbedded(url.slice('sqlite:'.length))
  if (url.startsWith('mysql:')) return connectServer(new URL(url), options.poolSize ?? 10)
  throw new InvalidInput('config-invalid', 'a database address begins with mysql:// or sqlite:')
}

function connectEmbedded(path: string): Database {
  const filename = path === ':memory:' ? path : resolve(path)
  if (filename !== ':memory:') mkdirSync(dirname(filename), { recursive: true })
  return knex({
    client: EmbeddedClient as unknown as typeof Knex.Client,
    connection: { filename },
    useNullAsDefault: true,
    log: quiet,
    // One connection a process: SQLite has one writer, and a second connection would only wait for the first.
    pool: {
      min: 0,
      max: 1,
      idleTimeoutMillis: 2_147_483_647,
      acquireTimeoutMillis: 60_000,
      afterCreate(connection: SqliteConnection, done: (error: Error | null, connection: unknown) => void) {
        connection.pragma('busy_timeout = 5000')
        connection.pragma('journal_mode = WAL')
        connection.pragma('synchronous = FULL')
        connection.pragma('foreign_keys = ON')
        connection.pragma('recursive_triggers = ON')
        rememberUniqueKeys(connection)
        done(null, connection)
      },
    },
  })
}

interface ServerConnection {
  query(sql: string, done: (error: Error | null) => void): void
}

/** What every connection to a server is set to before its first statement. */
const sessionSettings = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  'SET NAMES utf8mb4 COLLATE utf8mb4_bin',
  "SET SESSION time_zone = '+00:00', SESSION innodb_lock_wait_timeout = 5, SESSION sql_mode = " +
    "'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
]

/** How the driver reaches the server that an address names. */
export function serverSettings(url: URL): Knex.MySql2ConnectionConfig {
  const socketPath = url.searchParams.get('socketPath')
  return {
    ...(socketPath ? { socketPath } : { host: url.hostname, port: Number(url.port || 3306) }),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4',
    supportBigNumbers: true,
    decimalNumbers: false,
    dateStrings: true,
    multipleStatements: false,
    timezone: 'Z',
    connectTimeout: 10_000,
  } as Knex.MySql2ConnectionConfig
}

/** Sets a fresh connection to a server as ledger.md §8.1 says. */
export function setSession(
  connection: ServerConnection,
  done: (error: Error | null, connection: unknown) => void,
): void {
  const next = (index: number, error: Error | null): void => {
    const sql = sessionSettings[index]
    if (error || !sql) done(error, connection)
    else connection.query(sql, (failure) => next(index + 1, failure))
  }
  next(0, null)
}

function connectServer(url: URL, poolSize: number): Database {
  return knex({
    client: 'mysql2',
    connection: serverSettings(url),
    log: quiet,
    pool: {
      min: 0,
      max: poolSize,
      acquireTimeoutMillis: 20_000,
      afterCreate: setSession,
    },
  })
}
