import { isUtf8 } from 'node:buffer'
import type { Trx } from './connect.ts'
import { engineOf, insertRows, type Row, type Value } from './dialect.ts'

interface ServerConnection {
  query(sql: string, done: (error: Error | null) => void): void
}

/** How much text one statement may have: well under the 16 MB that a server takes by default. */
const largestText = 4 * 1024 * 1024

/**
 * Inserts many plain rows as fast as the driver can, for journals that take thousands of rows a second. Each row has its
 * values in the order of `columns`. Same meaning as `insertRows`: a duplicate throws, nothing is ignored.
 *
 * On a server the statement is written as text here: binding values one by one costs more than all else together.
 */
export async function insertBulk(trx: Trx, table: string, columns: string[], rows: Value[][]): Promise<void> {
  if (rows.length === 0) return
  if (engineOf(trx) === 'sqlite') {
    await insertRows(
      trx,
      table,
      rows.map((row) => Object.fromEntries(row.map((value, n) => [columns[n], value])) as Row),
    )
    return
  }
  const connection: ServerConnection = await trx.client.acquireConnection()
  const head = `INSERT INTO \`${table}\` (${columns.map((column) => `\`${column}\``).join(',')}) VALUES `
  let text = ''
  for (const row of rows) {
    text += text === '' ? '(' : ',('
    for (let n = 0; n < row.length; n++) text += (n === 0 ? '' : ',') + literalOf(row[n] as Value)
    text += ')'
    if (text.length < largestText) continue
    await run(connection, head + text)
    text = ''
  }
  if (text !== '') await run(connection, head + text)
}

function run(connection: ServerConnection, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error) => (error ? reject(error) : resolve()))
  })
}

/** Short bytes are written as hexadecimal, which doubles them; long ones as text where they are text. */
const longBytes = 64

function literalOf(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `'${escaped(value)}'`
  if (value.length <= longBytes || !isUtf8(value)) return `X'${value.toString('hex')}'`
  return `_binary'${escaped(value.toString())}'`
}

function escaped(text: string): string {
  return /['\\\0]/.test(text)
    ? text.replace(/['\\\0]/g, (char) => (char === '\0' ? '\\0' : `\\${char}`))
    : text
}
