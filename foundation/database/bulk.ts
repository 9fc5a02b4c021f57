import type { Trx } from './connect.ts'
import { engineOf, insertRows, type Row } from './dialect.ts'

interface ServerConnection {
  query(command: { sql: string; values: null }, done: (error: Error | null, rows: unknown) => void): void
}

/** How a column's values are given: whole numbers, bytes as hexadecimal digits, or bytes as the text they are in UTF-8. */
export type BulkColumn = 'number' | 'hex' | 'utf8'

/** How many characters one statement may have before its last row: with that, under the 16 MB a server takes by default. */
const largestText = 1024 * 1024

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
  rows: (string | number)[][],
): Promise<void> {
  if (rows.length === 0) return
  const names = Object.keys(columns)
  const kinds = Object.values(columns)
  if (engineOf(trx) === 'sqlite')
    return insertRows(
      trx,
      table,
      rows.map((row) => boundRow(names, kinds, row)),
    )
  const connection: ServerConnection = await trx.client.acquireConnection()
  const head = `INSERT INTO \`${table}\` (${names.map((name) => `\`${name}\``).join(',')}) VALUES `
  let text = ''
  for (const row of rows) {
    text += text === '' ? '(' : ',('
    for (let n = 0; n < row.length; n++) {
      if (n > 0) text += ','
      const kind = kinds[n]
      if (kind === 'number') text += row[n]
      else if (kind === 'hex') text += `X'${row[n]}'`
      else text += `_binary'${escaped(row[n] as string)}'`
    }
    text += ')'
    if (text.length < largestText) continue
    await run(connection, head + text)
    text = ''
  }
  if (text !== '') await run(connection, head + text)
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

function boundRow(names: string[], kinds: BulkColumn[], row: (string | number)[]): Row {
  return Object.fromEntries(
    row.map((value, n) => {
      if (typeof value === 'number') return [names[n], value]
      return [names[n], Buffer.from(value, kinds[n] === 'hex' ? 'hex' : 'utf8')]
    }),
  )
}

function escaped(text: string): string {
  return /['\\\0]/.test(text)
    ? text.replace(/['\\\0]/g, (char) => (char === '\0' ? '\\0' : `\\${char}`))
    : text
}
