import { createHash } from 'node:crypto'
import { createConnection } from 'mysql2'
import { nextSample } from './statement-of-record.ts'

type Connection = ReturnType<typeof createConnection>

/** One way to write raw: rows an insert, and connections at once. */
export interface RawCase {
  rows: number
  connections: number
}

/**
 * How many statements a second the database takes through the same driver, without HTTP, parsing or validation: the same
 * statement and reference rows into tables with the same indexes, one transaction a batch. Nothing orders the writers here,
 * which the product must.
 */
export async function rawCeiling(
  socketPath: string,
  database: string,
  one: RawCase,
  seconds: number,
): Promise<number> {
  const connections = await Promise.all(
    Array.from({ length: one.connections }, () => opened(socketPath, database)),
  )
  try {
    let written = 0
    const start = performance.now() + 300
    const end = start + seconds * 1000
    await Promise.all(
      connections.map(async (connection) => {
        for (;;) {
          const began = performance.now()
          if (began >= end) return
          await writeBatch(connection, one.rows)
          if (began >= start && performance.now() <= end) written += one.rows
        }
      }),
    )
    return Math.round(written / seconds)
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

/** Makes the tables of the raw runs, empty, with the keys of the product's. */
export async function makeRawTables(socketPath: string, database: string): Promise<void> {
  const connection = await opened(socketPath, database)
  for (const table of ['statement', 'statement_ref']) {
    await query(connection, `DROP TABLE IF EXISTS raw_${table}`)
    await query(connection, `CREATE TABLE raw_${table} LIKE ${table}`)
  }
  connection.destroy()
}

async function opened(socketPath: string, database: string): Promise<Connection> {
  const options = { socketPath, user: 'root', database, charset: 'utf8mb4_bin', multipleStatements: true }
  const connection = createConnection(options)
  await query(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  return connection
}

function query(connection: Connection, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Without `values: null` the driver searches the whole text for places to bind at.
    connection.query({ sql, values: null }, (error) => (error ? reject(error) : resolve()))
  })
}

const store = `X'${'01'.repeat(16)}'`
const stored = 1_772_000_000_000_000
let seq = 0

async function writeBatch(connection: Connection, rows: number): Promise<void> {
  const statements: string[] = []
  const references: { key: string; text: string }[] = []
  for (let n = 0; n < rows; n++) {
    const row = nextRow()
    const number = ++seq
    statements.push(
      `(${number},${store},X'${row.id}',${store},${store},${store},X'${row.raw}',X'${row.sha256}',${stored},${stored + number},1,8)`,
    )
    for (const key of row.keys) references.push({ key, text: `(X'${key}',${number})` })
  }
  // Sorted, so that neighbours in the index are written together.
  references.sort((a, b) => (a.key < b.key ? -1 : 1))
  const keys = references.map(({ text }) => text).join(',')
  // One text, as the product sends it: the server is waited for once.
  await query(
    connection,
    `BEGIN;INSERT INTO raw_statement VALUES ${statements.join(',')};INSERT INTO raw_statement_ref VALUES ${keys};COMMIT`,
  )
}

interface RawRow {
  id: string
  /** In hexadecimal digits, as the other two. */
  raw: string
  sha256: string
  keys: string[]
}

// Made before the clock starts: the raw writer pays for writing alone.
const pool: RawRow[] = []
const poolSize = 40_000
let next = 0

/** Prepares the rows that raw runs write again and again, each time under a new id. */
export function fillPool(): void {
  while (pool.length < poolSize) {
    const { text, references } = nextSample()
    const hash = (value: string) => createHash('sha256').update(value).digest('hex')
    pool.push({
      id: '',
      raw: Buffer.from(text).toString('hex'),
      sha256: hash(text),
      keys: references.map((reference) => hash(reference).slice(0, 32)),
    })
  }
}

function nextRow(): RawRow {
  const row = pool[next++ % poolSize] as RawRow
  return { ...row, id: randomHex() }
}

function randomHex(): string {
  let hex = ''
  for (let n = 0; n < 4; n++)
    hex += Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return hex
}
