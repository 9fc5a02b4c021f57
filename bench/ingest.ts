import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import knex from 'knex'
import { startPrivateServer } from '../test/support/server.ts'
import { startBridge } from './bridge-under-test.ts'
import { type LoadResult, pushLoad } from './http-load.ts'
import { fillPool, makeRawTables, type RawCase, rawCeiling } from './raw-ceiling.ts'
import { nextSample } from './statement-of-record.ts'

/**
 * How many statements a second the bridge takes, beside what the same database takes raw: `npm run bench:ingest`.
 * A private MariaDB with full durability, the bridge and the generator share this machine. `--json` prints one object,
 * `--quick` runs each case for a second, once.
 */
const quick = process.argv.includes('--quick')
const asJson = process.argv.includes('--json')
const rounds = quick ? 1 : 3
const seconds = quick ? 1.5 : 5
const database = 'bench'
const warmUp = { connections: 8, seconds: 4, warmUpSeconds: 0 }

const cases = [
  { key: 'single_c1', statements: 1, connections: 1 },
  { key: 'single_c8', statements: 1, connections: 8 },
  { key: 'single_c32', statements: 1, connections: 32 },
  { key: 'batch50_c1', statements: 50, connections: 1 },
  { key: 'batch50_c8', statements: 50, connections: 8 },
  { key: 'batch50_c32', statements: 50, connections: 32 },
] as const

const rawCases: RawCase[] = [
  ...[1, 8, 32].map((connections) => ({ rows: 1, connections })),
  ...[1, 2, 8, 32].map((connections) => ({ rows: 50, connections })),
  ...[1, 2, 4, 8].map((connections) => ({ rows: 500, connections })),
]

const server = await startPrivateServer()
const results = new Map<string, LoadResult[]>()
const ceilings = new Map<string, number[]>()
let settings: Record<string, unknown> = {}
try {
  const url = server.urlOf(database)
  const socketPath = new URL(url).searchParams.get('socketPath') as string
  settings = await prepareDatabase(socketPath)
  const bridge = await startBridge(url)
  try {
    await makeRawTables(socketPath, database)
    fillPool()
    // Not counted: a process that has just started still compiles what it runs.
    for (const statements of [1, 50])
      await pushLoad({ ...bridge, ...warmUp, statements, nextBody: () => bodyOf(statements) })
    for (let round = 0; round < rounds; round++) {
      for (const { key, statements, connections } of cases) {
        const load = { ...bridge, connections, seconds, statements, warmUpSeconds: quick ? 0.5 : 1 }
        note(results, key, await pushLoad({ ...load, nextBody: () => bodyOf(statements) }))
      }
      for (const one of rawCases) {
        const ceiling = await rawCeiling(socketPath, database, one, quick ? 1 : 3)
        note(ceilings, `rows${one.rows}_c${one.connections}`, ceiling)
      }
    }
  } finally {
    await bridge.stop()
  }
} finally {
  await server.stop()
}
report()

async function prepareDatabase(socketPath: string): Promise<Record<string, unknown>> {
  const db = knex({ client: 'mysql2', connection: { socketPath, user: 'root' }, pool: { min: 0, max: 1 } })
  try {
    await db.raw(`CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
    const [[row]] = await db.raw(
      'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS innodb_flush_log_at_trx_commit, @@sync_binlog AS sync_binlog, @@log_bin AS log_bin, @@innodb_buffer_pool_size AS innodb_buffer_pool_size',
    )
    return { ...row }
  } finally {
    await db.destroy()
  }
}

function bodyOf(statements: number): Buffer {
  if (statements === 1) return Buffer.from(nextSample().text)
  return Buffer.from(`[${Array.from({ length: statements }, () => nextSample().text).join(',')}]`)
}

function note<T>(into: Map<string, T[]>, key: string, value: T): void {
  into.set(key, [...(into.get(key) ?? []), value])
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function report(): void {
  const rates = Object.fromEntries(
    [...results].map(([key, runs]) => [key, median(runs.map(({ perSecond }) => perSecond))]),
  )
  const raw = Object.fromEntries([...ceilings].map(([key, runs]) => [key, median(runs)]))
  const rawBest = Math.max(...Object.values(raw))
  const ratios = Object.fromEntries(
    Object.entries(rates).map(([key, rate]) => [key, Math.round((rate / rawBest) * 1000) / 1000]),
  )
  const latency = Object.fromEntries(
    [...results].map(([key, runs]) => [
      key,
      { p50_ms: median(runs.map(({ p50Ms }) => p50Ms)), p95_ms: median(runs.map(({ p95Ms }) => p95Ms)) },
    ]),
  )
  const answer = {
    ...rates,
    raw_best: rawBest,
    ratios,
    raw,
    latency,
    unit: 'statements per second, acknowledged',
    statement_bytes: Buffer.byteLength(nextSample().text),
    seconds,
    rounds,
    database: settings,
    machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version },
    commit: commit(),
  }
  if (asJson) process.stdout.write(`${JSON.stringify(answer)}\n`)
  else
    for (const [key, value] of Object.entries(answer))
      process.stdout.write(`${key.padEnd(18)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
