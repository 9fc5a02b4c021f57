import { execFileSync } from 'node:child_process'
import { Agent, request } from 'node:http'
import { cpus } from 'node:os'
import { startPrivateServer } from '../test/support/server.ts'
import { type BridgeUnderTest, startBridge } from './bridge-under-test.ts'
import { pushLoad } from './http-load.ts'
import { prepareDatabase } from './prepare-database.ts'
import { nextSample } from './statement-of-record.ts'

/**
 * How long a page of statements takes to read where a million are stored: `npm run bench:query`. A private MariaDB, the
 * bridge and the reader share this machine; each page holds 50. `--json` prints one object, `--statements N` stores N,
 * `--quick` stores 20,000.
 */
const quick = process.argv.includes('--quick')
const asJson = process.argv.includes('--json')
const wanted = quick ? 20_000 : numberAfter('--statements', 1_000_000)
const reads = quick ? 100 : 1000
const batch = 50

const verbs = ['initialized', 'progressed', 'progressed', 'progressed', 'completed'].map(
  (verb) => `http://adlnet.gov/expapi/verbs/${verb}`,
)
const completed = verbs.at(-1) as string

/** What some stored statements can be found by. */
const known: { agent: string; verb: string; activity: string; registration: string }[] = []
let sent = 0

const queries = {
  agent_verb: (n: number) => pick(n, 'agent', 'verb'),
  activity: (n: number) => pick(n, 'activity'),
  registration: (n: number) => pick(n, 'registration'),
  newest: () => new URLSearchParams(),
}

const server = await startPrivateServer()
try {
  const url = server.urlOf('bench')
  const settings = await prepareDatabase(url)
  const bridge = await startBridge(url)
  try {
    const filledIn = await fill(bridge)
    const figures = { ...(await measure(bridge)), ...(await measureUnderLoad(bridge)) }
    report({ stored: sent, fill_seconds: filledIn, ...figures }, settings)
  } finally {
    await bridge.stop()
  }
} finally {
  await server.stop()
}

async function fill(bridge: BridgeUnderTest): Promise<number> {
  const began = performance.now()
  while (sent < wanted) {
    // In slices, since the generator stops by the clock and not by a count.
    await pushLoad({
      ...bridge,
      connections: 8,
      seconds: Math.min(20, Math.max(0.5, (wanted - sent) / 8000)),
      warmUpSeconds: 0,
      statements: batch,
      nextBody: () => Buffer.from(`[${Array.from({ length: batch }, nextStatement).join(',')}]`),
    })
    process.stderr.write(`${sent} stored\n`)
  }
  return Math.round((performance.now() - began) / 1000)
}

function nextStatement(): string {
  const { text } = nextSample()
  const verb = verbs[sent % verbs.length] as string
  const said = text.replace(completed, verb)
  if (sent % 997 === 0) {
    const { actor, object, context } = JSON.parse(said)
    known.push({
      agent: JSON.stringify(actor),
      verb,
      activity: object.id,
      registration: context.registration,
    })
  }
  sent++
  return said
}

function pick(n: number, ...names: ('agent' | 'verb' | 'activity' | 'registration')[]): URLSearchParams {
  // A prime step visits the samples in an order of its own.
  const sample = known[(n * 7919) % known.length] as (typeof known)[number]
  return new URLSearchParams(names.map((name) => [name, sample[name]]))
}

async function measure(bridge: BridgeUnderTest, suffix = ''): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const figures: Record<string, number> = {}
  for (const [name, queryOf] of Object.entries(queries)) {
    const times: number[] = []
    for (let n = 0; n < reads; n++) {
      const parameters = queryOf(n)
      parameters.set('limit', '50')
      const began = performance.now()
      const found = await get(bridge, agent, `/xapi/statements?${parameters}`)
      // The first ones pay for what only they need: compiling, opening tables.
      if (n >= reads / 10) times.push(performance.now() - began)
      if (!found.includes('"statements":[{')) throw new Error(`${name} found nothing: ${parameters}`)
    }
    times.sort((a, b) => a - b)
    figures[`${name}_p50_ms${suffix}`] = rounded(times[Math.floor(times.length * 0.5)] ?? 0)
    figures[`${name}_p95_ms${suffix}`] = rounded(times[Math.floor(times.length * 0.95)] ?? 0)
  }
  agent.destroy()
  return figures
}

/** The same while single statements come in over four connections. */
async function measureUnderLoad(bridge: BridgeUnderTest): Promise<Record<string, number>> {
  let done = false
  const load = (async () => {
    const rates: number[] = []
    while (!done) {
      const { perSecond } = await pushLoad({
        ...bridge,
        connections: 4,
        seconds: 2,
        warmUpSeconds: 0,
        statements: 1,
        nextBody: () => Buffer.from(nextStatement()),
      })
      rates.push(perSecond)
    }
    return rates
  })()
  try {
    const figures = await measure(bridge, '_under_load')
    done = true
    const rates = await load
    return { ...figures, load_per_second: rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0 }
  } finally {
    done = true
    await load
  }
}

function get({ port, authorization }: BridgeUnderTest, agent: Agent, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization, 'x-experience-api-version': '1.0.3' }
    const sending = request({ host: '127.0.0.1', port, path, agent, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (answer.statusCode === 200) resolve(text)
        else reject(new Error(`${answer.statusCode} ${text.slice(0, 500)}`))
      })
    })
    sending.on('error', reject)
    sending.end()
  })
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}

function numberAfter(option: string, otherwise: number): number {
  const at = process.argv.indexOf(option)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}

function report(figures: Record<string, number>, database: Record<string, unknown>): void {
  const answer = {
    ...figures,
    database,
    page: 50,
    reads,
    machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version },
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  }
  if (asJson) process.stdout.write(`${JSON.stringify(answer)}\n`)
  else
    for (const [key, value] of Object.entries(answer))
      process.stdout.write(`${key.padEnd(28)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`)
}
