import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { type PrivateServer, startPrivateServer } from '../test/support/server.ts'
import { exchange } from './exchange.ts'
import { at } from './http-load.ts'
import { type LaunchPlatform, startLaunchPlatform } from './launch-platform.ts'
import { prepareDatabase } from './prepare-database.ts'
import { usageOf } from './processor-time.ts'
import { type Door, startTool } from './tool-under-test.ts'

/**
 * How many launches a second the compiled tool lets in, beside a bare door on the same database:
 * `npm run bench:launch`. A private MariaDB with full durability, the tool (`serve --door tool`), the bare door and the
 * generator share this machine. `--json` prints one object, `--quick` posts 300 launches once, `--rounds=N` makes N
 * rounds, `--profile=FOLDER` leaves a processor profile of the tool there.
 *
 * What is timed is the POST of the launch, from the first request sent to the last redirect received, over 16 connections
 * that stay open: verifying the token, the browser's cookie, the checks, the transaction, the session cookie. Before the
 * clock starts, each launch's login was begun at the tool over HTTP and its token signed; so both doors consume logins
 * of the same making, and neither pays for making them. Each launch has a login of its own and all are let in: any other
 * answer ends the run.
 *
 * The bare door (bare-door.ts) does the same reads and writes that a launch cannot do without, into the same tables, with
 * a pool of the same size. It is measured in two ways, statement by statement and in as few waits as possible, and
 * `bare_per_s` is the better. Rounds are interleaved, each begins with another case, and figures are medians of rounds.
 */
const quick = process.argv.includes('--quick')
const asJson = process.argv.includes('--json')
const profile = argument('profile')
const rounds = quick ? 1 : Number(argument('rounds') ?? 5)
const launches = quick ? 300 : 2000
const connections = 16
const database = 'bench'

/** What one case of one round came to. */
interface Run {
  perSecond: number
  p50Ms: number
  p95Ms: number
  /** Processor time of a launch, in microseconds. */
  door: number
  database: number
}

const runs = new Map<string, Run[]>()
const server = await startPrivateServer()
let settings: Record<string, unknown>
try {
  const url = server.urlOf(database)
  settings = await prepareDatabase(url)
  const tool = await startTool(url, { profile })
  try {
    const platform = await startLaunchPlatform(tool.publicUrl)
    try {
      const bare = await tool.meet(platform.url)
      try {
        await measure(platform, tool, bare)
      } finally {
        await bare.stop()
      }
    } finally {
      platform.stop()
    }
  } finally {
    await tool.stop()
  }
} finally {
  await server.stop()
}
report()

async function measure(platform: LaunchPlatform, tool: Door, bare: Door): Promise<void> {
  const cases = [
    { key: 'launch', door: tool, path: '/lti/launch' },
    { key: 'one_by_one', door: bare, path: '/one-by-one' },
    { key: 'fewest_waits', door: bare, path: '/fewest-waits' },
  ]
  for (let round = -1; round < rounds; round++) {
    const first = (round + 1) % cases.length
    for (const { key, door, path } of [...cases.slice(first), ...cases.slice(0, first)]) {
      // The first round is not counted: a process that has just started still compiles what it runs.
      const requests = await platform.launches(tool.port, path, round < 0 ? launches / 2 : launches)
      const run = await post(door, requests, server)
      if (round >= 0) runs.set(key, [...(runs.get(key) ?? []), run])
    }
  }
}

async function post(door: Door, requests: Buffer[], { pid }: PrivateServer): Promise<Run> {
  const used = () => ({ door: usageOf(door.pid).seconds, database: usageOf(pid()).seconds })
  const before = used()
  const { seconds, times } = await exchange(door.port, requests, { connections, expected: 303 })
  const after = used()
  const each = (total: number) => Math.round((total * 1e6) / requests.length)
  return {
    perSecond: Math.round(requests.length / seconds),
    p50Ms: at(times, 0.5),
    p95Ms: at(times, 0.95),
    door: each(after.door - before.door),
    database: each(after.database - before.database),
  }
}

function report(): void {
  const medians = new Map([...runs].map(([key, some]) => [key, medianOf(some)]))
  const rate = (key: string) => medians.get(key)?.perSecond ?? 0
  const bare = { one_by_one: rate('one_by_one'), fewest_waits: rate('fewest_waits') }
  const best = Math.max(bare.one_by_one, bare.fewest_waits)
  const answer = {
    launch_per_s: rate('launch'),
    bare_per_s: best,
    ratio: Math.round((rate('launch') / best) * 1000) / 1000,
    bare,
    latency: Object.fromEntries(
      [...medians].map(([key, { p50Ms, p95Ms }]) => [key, { p50_ms: p50Ms, p95_ms: p95Ms }]),
    ),
    processor_us: Object.fromEntries(
      [...medians].map(([key, { door, database }]) => [key, { door, database }]),
    ),
    unit: 'launches per second, let in',
    launches,
    connections,
    rounds,
    per_round: Object.fromEntries([...runs].map(([key, some]) => [key, some.map((run) => run.perSecond)])),
    database: settings,
    machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version },
    commit: commit(),
  }
  if (asJson) process.stdout.write(`${JSON.stringify(answer)}\n`)
  else
    for (const [key, value] of Object.entries(answer))
      process.stdout.write(`${key.padEnd(14)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`)
}

function medianOf(some: Run[]): Run {
  const of = (part: keyof Run) =>
    some.map((run) => run[part]).sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0
  return {
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p95Ms: of('p95Ms'),
    door: of('door'),
    database: of('database'),
  }
}

/** The value of `--name=value`. */
function argument(name: string): string | undefined {
  return process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
