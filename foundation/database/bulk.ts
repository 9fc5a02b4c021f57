import type { Trx } from './connect.ts'
import { engineOf, insertRows, type Row } from './dialect.ts'

interface ServerConnection {
  query(command: { sql: string; values: null }, done: (error: Error | null, rows: unknown) => void): void
}

/** How a column's values are given: whole numbers, bytes as hexadecimal digits, or bytes. */
export type BulkColumn = 'number' | 'hex' | 'bytes'

/** A value of such a column. */
export type BulkValue = string | number | Buffer

/** How many characters one statement may have before its last row: with that, under the 16 MB a server takes by default. */
const largestText = 2 * 1024 * 1024

/**
 * Inserts many plain rows as fast as the driver can, for journals that take thousands of rows a second. Each row has its
 * values in the order of `columns`. Same meaning as `insertRows`: a duplicate throws, nothing is ignored.
 *
 * On a server the statement is written as text here: binding values one by one costs more than all else together, and so
 * does a Buffer for each id or hash, hence the hexadecimal digits.
 */
export async function insertBulk(
  trx: Trx,
  table: string,
  columns: Record<string, BulkColumn>,
  rows: BulkValue[][],
): Promise<void> {
  if (rows.length === 0) return
  if (engineOf(trx) === 'sqlite') return insertRows(trx, table, boundRows(columns, rows))
  const connection: ServerConnection = await trx.client.acquireConnection()
  for (const text of bulkTexts(table, columns, rows)) await run(connection, text)
}

/**
 * The INSERTs that `insertBulk` runs on a server, one unless they would be too long for it. Numbers and hexadecimal digits
 * are all they hold, whatever was sent: nothing in them can end a literal.
 */
export function bulkTexts(table: string, columns: Record<string, BulkColumn>, rows: BulkValue[][]): string[] {
  const kinds = Object.values(columns)
  return insertTexts(
    table,
    Object.keys(columns),
    rows.map((row) => rowText(kinds, row)),
  )
}

/**
 * The INSERTs of rows that are text already, `(…),(…)`, one unless they would be too long for it. The caller answers for
 * what is in them: numbers and hexadecimal digits only.
 */
export function insertTexts(table: string, names: string[], rows: Iterable<string>): string[] {
  const head = `INSERT INTO \`${table}\` (${names.map((name) => `\`${name}\``).join(',')}) VALUES `
  const texts: string[] = []
  let done: string[] = []
  let length = 0
  for (const text of rows) {
    done.push(text)
    length += text.length
    if (length < largestText) continue
    texts.push(head + done.join(','))
    done = []
    length = 0
  }
  if (done.length > 0) texts.push(head + done.join(','))
  return texts
}

function rowText(kinds: BulkColumn[], row: BulkValue[]): string {
  let text = '('
  for (let n = 0; n < row.length; n++) {
    const value = row[n] as BulkValue
    if (n > 0) text += ','
    if (kinds[n] === 'number') text += value
    else text += `X'${kinds[n] === 'hex' ? value : (value as Buffer).toString('hex')}'`
  }
  return `${text})`
}

/**
 * The rows of a query that is text throughout, without anything bound: bytes are written as X'…', which every engine
 * reads. For lists of hundreds of ids on the hot path.
 */
export async function selectText<Found>(trx: Trx, sql: string): Promise<Found[]> {
  if (engineOf(trx) === 'sqlite') return (await trx.raw(sql)) as unknown as Found[]
  return (await run(await trx.client.acquireConnection(), sql)) as Found[]
}

function run(connection: ServerConnection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Without `values: null` the driver searches the whole text for places to bind at.
    connection.query({ sql, values: null }, (error, rows) => (error ? reject(error) : resolve(rows)))
  })
}

function boundRows(columns: Record<string, BulkColumn>, rows: BulkValue[][]): Row[] {
  const names = Object.keys(columns)
  const kinds = Object.values(columns)
  return rows.map((row) =>
    Object.fromEntries(
      row.map((value, n) => [names[n], kinds[n] === 'hex' ? Buffer.from(value as string, 'hex') : value]),
    ),
  )
}
