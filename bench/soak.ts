import { setTimeout as sleep } from 'node:timers/promises'
import type { PrivateServer } from '../test/support/server.ts'
import { makeBodies } from './bodies.ts'
import type { BridgeUnderTest } from './bridge-under-test.ts'
import { at, pushLoad } from './http-load.ts'
import { usageOf } from './processor-time.ts'

/** What is run for long, and how. */
export interface Soak {
  bridge: BridgeUnderTest
  server: PrivateServer
  minutes: number
  /** Statements a second. */
  rate: number
  asJson: boolean
}

/** What one minute looked like. */
interface Minute {
  minute: number
  per_second: number
  p95_ms: number
  /** Resident memory of the bridge. */
  rss_mb: number
  /** What its heap holds. */
  heap_mb: number
  files: number
  /** Processor time of bridge and database a statement, in microseconds. */
  bridge_us: number
  database_us: number
}

const connections = 8
/** Half of the statements come in requests of ten, the other half alone, as queues of platforms and tools send them. */
const batch = 10

/**
 * Sends at a fixed rate for long and prints a line a minute. Flat means: the last minutes within 5 % of the first ones,
 * and memory, heap and open files level.
 */
export async function soak({ bridge, server, minutes, rate, asJson }: Soak): Promise<void> {
  const told: Minute[] = []
  let times: number[] = []
  let acknowledged = 0
  const load = (statements: number) => {
    const onAnswer = (milliseconds: number) => {
      times.push(milliseconds)
      acknowledged += statements
    }
    const { nextBody } = makeBodies(statements)
    const pace = { connections, seconds: minutes * 60, warmUpSeconds: 0, perSecond: rate / 2 }
    return pushLoad({ ...bridge, ...pace, statements, nextBody, onAnswer })
  }
  const sent = Promise.all([load(1), load(batch)])
  const began = performance.now()
  for (let minute = 1; minute <= minutes; minute++) {
    const before = { bridge: usageOf(bridge.pid), database: usageOf(server.pid()) }
    await sleep(Math.max(0, began + minute * 60_000 - performance.now()))
    const after = { bridge: usageOf(bridge.pid), database: usageOf(server.pid()) }
    const sorted = times.sort((a, b) => a - b)
    const line: Minute = {
      minute,
      per_second: Math.round(acknowledged / 60),
      p95_ms: at(sorted, 0.95),
      rss_mb: Math.round(after.bridge.resident / 1024 / 1024),
      heap_mb: await heapOf(bridge),
      files: after.bridge.files,
      bridge_us: Math.round(((after.bridge.seconds - before.bridge.seconds) * 1e6) / acknowledged),
      database_us: Math.round(((after.database.seconds - before.database.seconds) * 1e6) / acknowledged),
    }
    times = []
    acknowledged = 0
    told.push(line)
    if (!asJson) process.stdout.write(`${lineOf(line)}\n`)
  }
  await sent
  if (asJson)
    process.stdout.write(`${JSON.stringify({ rate, minutes: told, bridge_peak_mb: peakOf(bridge) })}\n`)
  else process.stdout.write(`bridge_peak_mb ${peakOf(bridge)}\n`)
}

function lineOf(line: Minute): string {
  return Object.entries(line)
    .map(([name, value]) => `${name} ${value}`)
    .join('  ')
}

function peakOf({ pid }: BridgeUnderTest): number {
  return Math.round(usageOf(pid).peak / 1024 / 1024)
}

/** From the bridge's own figures, where Prometheus reads them. */
async function heapOf({ port }: BridgeUnderTest): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const bytes = Number(/^xueshi_nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1] ?? 0)
  return Math.round(bytes / 1024 / 1024)
}
