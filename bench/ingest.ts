import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { type PrivateServer, startPrivateServer } from '../test/support/server.ts'
import { makeBodies } from './bodies.ts'
import { type BridgeUnderTest, startBridge } from './bridge-under-test.ts'
import { type LoadResult, pushLoad } from './http-load.ts'
import { prepareDatabase } from './prepare-database.ts'
import { usageOf } from './processor-time.ts'
import { fillPool, makeRawTables, type RawCase, rawCeiling } from './raw-ceiling.ts'
import { soak } from './soak.ts'
import { nextSample } from './statement-of-record.ts'

/**
 * How many statements a second the bridge takes, beside what the same database takes raw: `npm run bench:ingest`.
 * A private MariaDB with full durability, the bridge and the generator share this machine. `--json` prints one object,
 * `--quick` runs each case for a second, once. `--only=single_c32,batch50_c8` runs these cases without the raw ceiling,
 * `--profile=FOLDER` leaves a processor profile of the bridge there.
 *
 * `--soak MINUTES` sends 2,000 statements a second for so long instead and prints a line a minute, to see that nothing
 * grows; `--rate N` sends N.
 */
const quick = process.argv.includes('--quick')
const asJson = process.argv.includes('--json')
const only = argument('only')?.split(',')
const soakMinutes = Number(argument('soak') ?? 0)
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
].filter(({ key }) => !only || only.includes(key))

const rawCases: RawCase[] = [
  ...[1, 8, 32].map((connections) => ({ rows: 1, connections })),
  ...[1, 2, 8, 32].map((connections) => ({ rows: 50, connections })),
  ...[1, 2, 4, 8].map((connections) => ({ rows: 500, connections })),
]

/** Processor time of one case, in microseconds a statement. */
interface Processor {
  generator: number
  bridge: number
  database: number
}

const results = new Map<string, LoadResult[]>()
const processor = new Map<string, Processor[]>()
const ceilings = new Map<string, number[]>()
let settings: Record<string, unknown> = {}
let peak = 0

const server = await startPrivateServer()
try {
  const url = server.urlOf(database)
  settings = await prepareDatabase(url)
  const bridge = await startBridge(url, { profile: argument('profile') })
  try {
    if (soakMinutes > 0)
      await soak({ bridge, server, minutes: soakMinutes, rate: Number(argument('rate') ?? 2000), asJson })
    else await measure(bridge, new URL(url).searchParams.get('socketPath') as string)
    peak = usageOf(bridge.pid).peak
  } finally {
    await bridge.stop()
  }
} finally {
  await server.stop()
}
if (soakMinutes === 0) report()

async function measure(bridge: BridgeUnderTest, socketPath: string): Promise<void> {
  const bodies = new Map([1, 50].map((statements) => [statements, makeBodies(statements)]))
  await makeRawTables(socketPath, database)
  fillPool()
  // Not counted: a process that has just started still compiles what it runs.
  for (const statements of new Set(cases.map((one) => one.statements)))
    await pushLoad({ ...bridge, ...warmUp, statements, nextBody: nextBodyOf(statements) })
  for (let round = 0; round < rounds; round++) {
    for (const { key, statements, connections } of cases) {
      const load = { ...bridge, connections, seconds, statements, warmUpSeconds: quick ? 0.5 : 1 }
      let before = times(bridge, server)
      const onStart = () => {
        before = times(bridge, server)
      }
      const result = await pushLoad({ ...load, nextBody: nextBodyOf(statements), onStart })
      note(results, key, result)
      note(processor, key, perStatement(before, times(bridge, server), result.requests * statements))
    }
    for (const one of only ? [] : rawCases) {
      const ceiling = await rawCeiling(socketPath, database, one, quick ? 1 : 3)
      note(ceilings, `rows${one.rows}_c${one.connections}`, ceiling)
    }
  }

  function nextBodyOf(statements: number): () => Buffer {
    return bodies.get(statements)?.nextBody as () => Buffer
  }
}

function times(bridge: BridgeUnderTest, { pid }: PrivateServer): Processor {
  const { user, system } = process.cpuUsage()
  return {
    generator: (user + system) / 1e6,
    bridge: usageOf(bridge.pid).seconds,
    database: usageOf(pid()).seconds,
  }
}

function perStatement(from: Processor, to: Processor, statements: number): Processor {
  const of = (part: keyof Processor) => Math.round(((to[part] - from[part]) * 1e6) / statements)
  return { generator: of('generator'), bridge: of('bridge'), database: of('database') }
}

/** The value of `--name=value` or `--name value`. */
function argument(name: string): string | undefined {
  const at = process.argv.findIndex((one) => one === `--${name}` || one.startsWith(`--${name}=`))
  if (at < 0) return undefined
  return process.argv[at]?.split('=', 2)[1] ?? process.argv[at + 1]
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
  const rawBest = Math.max(0, ...Object.values(raw))
  const ratios = Object.fromEntries(
    Object.entries(rates).map(([key, rate]) => [
      key,
      rawBest ? Math.round((rate / rawBest) * 1000) / 1000 : null,
    ]),
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
    processor_us: Object.fromEntries(
      [...processor].map(([key, runs]) => [
        key,
        {
          generator: median(runs.map(({ generator }) => generator)),
          bridge: median(runs.map(({ bridge }) => bridge)),
          database: median(runs.map(({ database }) => database)),
        },
      ]),
    ),
    bridge_peak_mb: Math.round(peak / 1024 / 1024),
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
