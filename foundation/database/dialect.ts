import type { Knex } from 'knex'
import type { Handle } from './connect.ts'
import { uniqueKeyOf } from './unique-keys.ts'

interface DriverError {
  errno?: number
  code?: string
  message?: string
  sqlMessage?: string
  fatal?: boolean
}

/** Which family answers. Only this folder and tests about engines may ask. */
export function engineOf(handle: Handle): 'mysql' | 'sqlite' {
  return handle.client.config.client === 'mysql2' ? 'mysql' : 'sqlite'
}

/**
 * Whether a statement failed because of a unique key. With `key`, only that one: the name of the index, or `PRIMARY`
 * (primary keys of several tables share that name, so the caller knows by the statement which it was).
 */
export function isDuplicateKey(error: unknown, key?: string): boolean {
  const { errno, code = '', message = '', sqlMessage } = error as DriverError
  if (errno === 1062 || errno === 1586) {
    if (!key) return true
    const named = /for key '(?:[^'.]*\.)?([^']+)'/.exec(sqlMessage ?? message)?.[1]
    return named === key
  }
  if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_ROWID')
    return !key || key === 'PRIMARY'
  if (code !== 'SQLITE_CONSTRAINT_UNIQUE') return false
  if (!key) return true
  return uniqueKeyOf(/UNIQUE constraint failed: (.+)$/.exec(message)?.[1] ?? '') === key
}

/** Whether a CHECK of the schema refused a row: our own validation let something through. */
export function isCheckViolation(error: unknown): boolean {
  const { errno, code } = error as DriverError
  return errno === 4025 || errno === 3819 || code === 'SQLITE_CONSTRAINT_CHECK'
}

/** 1213, 1205, 1020, cluster and read-only answers, and TiDB's write conflicts (ledger.md §4.7). */
const retryableNumbers = new Set([1213, 1205, 1020, 1047, 1290, 1836, 9007, 8147, 8002, 8022, 8028])
const lostNumbers = new Set([1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 4031])
const lostCodes =
  /^(PROTOCOL_CONNECTION_LOST|PROTOCOL_SEQUENCE_TIMEOUT|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOENT)$/

/** Whether the connection went away, so that the outcome of what was under way is unknown. */
export function isConnectionLost(error: unknown): boolean {
  const { errno = 0, code = '', message = '' } = error as DriverError
  return (
    lostNumbers.has(errno) ||
    lostCodes.test(code) ||
    /closed state|Connection lost|Timeout acquiring a connection/i.test(message)
  )
}

/** Whether the same transaction, run again from its top, may succeed. */
export function isRetryable(error: unknown): boolean {
  const { errno = 0, code = '' } = error as DriverError
  return retryableNumbers.has(errno) || /^SQLITE_BUSY/.test(code) || isConnectionLost(error)
}

/** Locks the rows a query finds until the transaction ends; on SQLite the transaction holds the only writer anyway. */
export function lockForUpdate<T extends Knex.QueryBuilder>(query: T): T {
  return (query.client.config.client === 'mysql2' ? query.forUpdate() : query) as T
}

/** What a driver can bind. */
export type Value = string | number | null | Buffer
/** A row by column name. */
export type Row = Record<string, Value>

/** SQLite takes at most 32,766 bound values a statement; servers care about packet size, so 500 rows is enough there. */
const largestInsert = 500
const largestBinding = 32_000

/**
 * Inserts plain rows, 500 a statement. All rows have the columns of the first. A duplicate throws; nothing is
 * ignored, since INSERT IGNORE would also swallow bad data.
 */
export async function insertRows(handle: Handle, table: string, rows: Row[]): Promise<void> {
  await eachChunk(rows, (chunk, columns) =>
    handle.raw(insertText(table, columns, chunk), valuesOf(chunk, columns)),
  )
}

/**
 * Inserts rows into a state table or, where `key` is taken, changes the row that is there: columns in `set` take the
 * new value, columns in `add` grow by it, those in `max` keep the larger. Never tells new from known; never for journals.
 */
export async function upsert(
  handle: Handle,
  table: string,
  rows: Row[],
  how: { key: string[]; set?: string[]; add?: string[]; max?: string[] },
): Promise<void> {
  const onServer = engineOf(handle) === 'mysql'
  const fresh = (column: string) => (onServer ? `VALUES(\`${column}\`)` : `excluded.\`${column}\``)
  const changes = [
    ...(how.set ?? []).map((column) => `\`${column}\` = ${fresh(column)}`),
    ...(how.add ?? []).map((column) => `\`${column}\` = \`${table}\`.\`${column}\` + ${fresh(column)}`),
    ...(how.max ?? []).map(
      (column) =>
        `\`${column}\` = ${onServer ? 'GREATEST' : 'MAX'}(\`${table}\`.\`${column}\`, ${fresh(column)})`,
    ),
  ]
  if (changes.length === 0) changes.push(`\`${how.key[0]}\` = \`${table}\`.\`${how.key[0]}\``)
  const tail = onServer
    ? ` ON DUPLICATE KEY UPDATE ${changes.join(', ')}`
    : ` ON CONFLICT (${how.key.map((column) => `\`${column}\``).join(', ')}) DO UPDATE SET ${changes.join(', ')}`
  await eachChunk(rows, (chunk, columns) =>
    handle.raw(insertText(table, columns, chunk) + tail, valuesOf(chunk, columns)),
  )
}

async function eachChunk(
  rows: Row[],
  run: (chunk: Row[], columns: string[]) => PromiseLike<unknown>,
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const size = Math.max(1, Math.min(largestInsert, Math.floor(largestBinding / Math.max(1, columns.length))))
  for (let from = 0; from < rows.length; from += size) await run(rows.slice(from, from + size), columns)
}

function insertText(table: string, columns: string[], rows: Row[]): string {
  const one = `(${columns.map(() => '?').join(',')})`
  const names = columns.map((column) => `\`${column}\``).join(',')
  return `INSERT INTO \`${table}\` (${names}) VALUES ${Array(rows.length).fill(one).join(',')}`
}

function valuesOf(rows: Row[], columns: string[]): Value[] {
  const values: Value[] = []
  for (const row of rows) for (const column of columns) values.push(row[column] ?? null)
  return values
}
