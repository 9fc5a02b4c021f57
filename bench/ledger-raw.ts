import { createConnection } from 'mysql2/promise'

/** Which rows one raw writer takes: those of every n-th account. */
export interface RawShare {
  url: string
  /** Accounts whose last byte gives this remainder. */
  worker: number
  workers: number
  claimsPerTransaction: number
}

/** What a posted claim leaves behind, in the order in which a posting writes it. */
export const writtenTables = [
  'account',
  'claim_key',
  'claim',
  'posting',
  'entry',
  'balance',
  'outbox',
] as const

/**
 * Prepares the ceiling: the rows that posting wrote, as finished INSERT texts grouped into transactions, so that the
 * clock runs over writing alone. Answers what writes them.
 */
export async function openRaw(share: RawShare): Promise<() => Promise<void>> {
  const connection = await connectTo(share.url)
  const texts = await textsOf(connection, share)
  return async () => {
    for (const transaction of texts) {
      await connection.query('BEGIN')
      for (const text of transaction) await connection.query(text)
      await connection.query('COMMIT')
    }
    await connection.end()
  }
}

/** A connection as the product opens its own. */
export async function connectTo(url: string) {
  const { socketPath, database, user, password, host, port } = partsOf(url)
  const connection = await createConnection({
    ...(socketPath ? { socketPath } : { host, port }),
    user,
    password,
    database,
    charset: 'utf8mb4_bin',
    supportBigNumbers: true,
    dateStrings: true,
  })
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  return connection
}

function partsOf(text: string) {
  const url = new URL(text)
  return {
    socketPath: url.searchParams.get('socketPath'),
    database: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    host: url.hostname,
    port: Number(url.port || 3306),
  }
}

type Connection = Awaited<ReturnType<typeof connectTo>>

async function textsOf(connection: Connection, share: RawShare): Promise<string[][]> {
  const mine = `MOD(CONV(HEX(RIGHT(account_id, 1)), 16, 10), ${share.workers}) = ${share.worker}`
  const [accounts] = await connection.query(
    `SELECT account_id, COUNT(*) AS claims FROM claim WHERE ${mine} GROUP BY account_id ORDER BY account_id`,
  )
  const groups: Buffer[][] = []
  let room = 0
  for (const { account_id, claims } of accounts as { account_id: Buffer; claims: number }[]) {
    if (room < claims) {
      groups.push([])
      room = share.claimsPerTransaction
    }
    groups.at(-1)?.push(account_id)
    room -= claims
  }
  const transactions: string[][] = []
  for (const ids of groups) transactions.push(await transactionOf(connection, ids))
  return transactions
}

/** One INSERT a table: larger statements were no faster, smaller ones were slower. */
async function transactionOf(connection: Connection, ids: Buffer[]): Promise<string[]> {
  const texts: string[] = []
  for (const table of writtenTables) {
    const [rows, fields] = await connection.query({
      sql: `SELECT * FROM ${table} WHERE account_id IN (?) ORDER BY 1, 2`,
      values: [ids],
      rowsAsArray: true,
    })
    const lines = (rows as unknown[][]).map(
      (row) => `(${row.map((value) => connection.escape(value)).join(',')})`,
    )
    const names = fields.map(({ name }) => `\`${name}\``).join(',')
    if (lines.length > 0) texts.push(`INSERT INTO raw_${table} (${names}) VALUES ${lines.join(',')}`)
  }
  return texts
}

/** Makes the raw tables anew, empty, with every index of the product's. */
export async function makeRawTables(url: string): Promise<void> {
  const connection = await connectTo(url)
  for (const table of writtenTables) {
    await connection.query(`DROP TABLE IF EXISTS raw_${table}`)
    await connection.query(`CREATE TABLE raw_${table} LIKE ${table}`)
  }
  await connection.end()
}
