import { execFile, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPrivateServer } from '../test/support/server.ts'
import { type Backlog, fillInbox, type Subject } from './ledger-backlog.ts'
import { connectTo, makeRawTables, writtenTables } from './ledger-raw.ts'
import type { Order, Word } from './ledger-worker.ts'

/**
 * How many claims a second are posted, beside what the same database takes raw: `npm run bench:ledger`. A private MariaDB
 * with full durability (or an empty database at DATABASE_URL), worker processes under the policy of the example district,
 * on this machine. `--json` prints one object; `--quick` runs each case small and once; `--rounds=N` takes medians of N.
 */
const quick = process.argv.includes('--quick')
const asJson = process.argv.includes('--json')
const rounds = quick ? 1 : Number(/--rounds=(\d+)/.exec(process.argv.join(' '))?.[1] ?? 5)
const claims = quick ? 600 : 24_000
const inSource = import.meta.url.endsWith('.ts')
const run = promisify(execFile)

const secrets = Object.fromEntries(
  ['SESSION_SECRET', 'TOKEN_SECRET', 'TOOL_KEY_SECRET', 'IDENTITY_KEY', 'IDENTITY_HASH_KEY'].map((name) => [
    name,
    `bench-only-${name.toLowerCase()}-0123456789-abcdef`,
  ]),
)

const shapes = [
  { key: 'post_100_per_account', claimsPerAccount: 100 },
  { key: 'post_1_per_account', claimsPerAccount: 1 },
] as const
const workerCounts = quick ? [2] : [1, 2, 4]
const claimsPerRawTransaction = quick ? [500] : [500, 2_000]

const loadBefore = loadavg()[0]
const figures = new Map<string, number[]>()
const folder = await mkdtemp(join(tmpdir(), 'xueshi-bench-'))
const server = process.env.DATABASE_URL ? null : await startPrivateServer()
const url = process.env.DATABASE_URL ?? (server?.urlOf('bench') as string)
let settings: unknown
try {
  if (server) await createDatabase()
  settings = await databaseSettings()
  const env = { ...process.env, ...secrets, DATABASE_URL: url, ALLOW_HTTP: '1', LOG_LEVEL: 'error' }
  const subjects = await prepareBook(env)
  for (let round = 0; round < rounds; round++) {
    for (const { key, claimsPerAccount } of shapes) {
      for (const workers of workerCounts) {
        await emptyBook()
        const backlog = { accounts: Math.ceil(claims / claimsPerAccount), claimsPerAccount }
        note(`${key}_w${workers}`, await posting(backlog, subjects, workers, env))
      }
      for (const workers of workerCounts) note(`ceiling_${key}_c${workers}`, await ceiling(workers, env))
    }
    const posts = quick ? 40 : 2_000
    note(
      'hot_account',
      await oneByOne({ accounts: 1, claimsPerAccount: Math.min(posts, 400) }, subjects, env),
    )
    note('distinct_accounts', await oneByOne({ accounts: posts, claimsPerAccount: 1 }, subjects, env))
  }
} finally {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
}
report()

async function createDatabase(): Promise<void> {
  const connection = await connectTo((server as NonNullable<typeof server>).urlOf('mysql'))
  await connection.query('CREATE DATABASE bench CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
  await connection.end()
}

async function databaseSettings(): Promise<unknown> {
  const connection = await connectTo(url)
  const [rows] = await connection.query(
    'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS innodb_flush_log_at_trx_commit, @@sync_binlog AS sync_binlog, @@log_bin AS log_bin, @@innodb_buffer_pool_size AS innodb_buffer_pool_size',
  )
  await connection.end()
  return (rows as unknown[])[0]
}

/** Migrates, imports a catalogue with offerings under every cap, and lets the example district govern. */
async function prepareBook(env: NodeJS.ProcessEnv): Promise<Subject[]> {
  const file = join(folder, 'catalogue.yaml')
  await writeFile(file, catalogue())
  await xueshi(['migrate', '--json'], env)
  await xueshi(['policy', 'activate', 'example.district.2026', '--from', '2026-01-01', '--json'], env)
  await xueshi(['catalogue', 'import', file, '--json'], env)
  const connection = await connectTo(url)
  const [rows] = await connection.query('SELECT HEX(offering_id) AS hex FROM offering ORDER BY code')
  await connection.end()
  return (rows as { hex: string }[]).map(({ hex }) => ({
    offeringId: hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  }))
}

function catalogue(): string {
  const offering = (no: number) => {
    const form = ['集中培训', '网络研修', '校本研修'][no % 3]
    return `      - {code: KC-${String(no).padStart(3, '0')}, title: 课程 ${no}, category: 知识与技能, form: ${form}, hours: "${2 + (no % 5)}", award_basis: fixed_on_pass, approval_mode: auto, pass_mark: 60}`
  }
  const project = (level: string, from: number) =>
    `  - project_no: XM-${level}\n    title: 项目 ${level}\n    organisers: [示例区教师发展中心]\n    recognition_level: ${level}\n    approved_on: 2026-01-05\n    offerings:\n${Array.from({ length: 60 }, (_, n) => offering(from + n)).join('\n')}`
  return `schema: xueshi-catalogue/1\nprojects:\n${project('district', 0)}\n${project('school', 60)}\n`
}

async function xueshi(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const main = fileURLToPath(new URL(inSource ? '../cli/main.ts' : '../cli/main.js', import.meta.url))
  await run(process.execPath, [...(inSource ? ['--import', 'tsx', main] : [main]), ...args], { env })
}

/** Every case begins with no accounts, so that rounds compare. */
async function emptyBook(): Promise<void> {
  const connection = await connectTo(url)
  for (const table of [...writtenTables, 'inbox', 'exception', 'claim_act']) {
    await connection.query(`TRUNCATE TABLE ${table}`)
  }
  await connection.query('UPDATE book SET accounts = 0')
  await connection.end()
}

async function posting(
  backlog: Backlog,
  subjects: Subject[],
  workers: number,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const ids = await fillInbox(url, backlog, subjects)
  const seconds = await timed(Array(workers).fill({ kind: 'drain' }), env)
  await mustBePosted(ids.length)
  return Math.round(ids.length / seconds)
}

/** The same new rows, with the same indexes, by plain multi-row INSERT: the better of two sizes of transaction. */
async function ceiling(workers: number, env: NodeJS.ProcessEnv): Promise<number> {
  const written = await posted()
  const rates: number[] = []
  for (const claimsPerTransaction of claimsPerRawTransaction) {
    await makeRawTables(url)
    const orders = Array.from({ length: workers }, (_, worker) => ({
      kind: 'raw' as const,
      share: { url, worker, workers, claimsPerTransaction },
    }))
    rates.push(written / (await timed(orders, env)))
  }
  return Math.round(Math.max(...rates))
}

/** One fact a transaction by 32 posters at once, as people's decisions come. */
async function oneByOne(backlog: Backlog, subjects: Subject[], env: NodeJS.ProcessEnv): Promise<number> {
  await emptyBook()
  const inboxIds = await fillInbox(url, backlog, subjects)
  const [first, ...rest] = inboxIds
  await timed([{ kind: 'each', inboxIds: [first as string], posters: 1 }], env)
  const seconds = await timed([{ kind: 'each', inboxIds: rest, posters: 32 }], {
    ...env,
    DATABASE_POOL: '32',
  })
  await mustBePosted(inboxIds.length)
  return Math.round(rest.length / seconds)
}

/** Seconds from the word to the last of the workers, which were ready before. */
async function timed(orders: Order[], env: NodeJS.ProcessEnv): Promise<number> {
  const program = fileURLToPath(
    new URL(inSource ? './ledger-worker.ts' : './ledger-worker.js', import.meta.url),
  )
  const children = orders.map((order) => {
    const child = fork(program, [], { env, execArgv: inSource ? ['--import', 'tsx'] : [] })
    child.send(order)
    return child
  })
  await Promise.all(children.map((child) => once(child, 'message')))
  const began = performance.now()
  const words = children.map(async (child) => {
    const gone = once(child, 'exit')
    const [word] = (await once(child, 'message')) as [Word]
    if (word.say === 'done' && word.error) throw new Error(word.error)
    const seconds = (performance.now() - began) / 1000
    await gone
    return seconds
  })
  for (const child of children) child.send('go')
  return Math.max(...(await Promise.all(words)))
}

async function posted(): Promise<number> {
  const connection = await connectTo(url)
  const [rows] = await connection.query('SELECT COUNT(*) AS n FROM claim')
  await connection.end()
  return Number((rows as { n: number }[])[0]?.n)
}

async function mustBePosted(count: number): Promise<void> {
  const there = await posted()
  if (there !== count) throw new Error(`${count} claims were handed in and ${there} are in the book`)
}

function note(key: string, figure: number): void {
  figures.set(key, [...(figures.get(key) ?? []), figure])
  if (!asJson) process.stdout.write(`${key} ${figure}\n`)
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function report(): void {
  const medians = Object.fromEntries([...figures].map(([key, values]) => [key, median(values)]))
  const best = (prefix: string) =>
    Math.max(...Object.entries(medians).flatMap(([key, value]) => (key.startsWith(prefix) ? [value] : [])))
  const share = (a: number, b: number) => Math.round((a / b) * 1000) / 1000
  const [full, single] = [best('post_100_per_account_w'), best('post_1_per_account_w')]
  const answer = {
    post_100_per_account: full,
    post_1_per_account: single,
    ceiling: best('ceiling_post_100_per_account_c'),
    ceiling_1_per_account: best('ceiling_post_1_per_account_c'),
    ratio_100_per_account: share(full, best('ceiling_post_100_per_account_c')),
    ratio_1_per_account: share(single, best('ceiling_post_1_per_account_c')),
    hot_account: medians.hot_account,
    distinct_accounts: medians.distinct_accounts,
    ratio_hot_account: share(medians.hot_account ?? 0, medians.distinct_accounts ?? 1),
    unit: 'claims per second',
    by_workers: medians,
    claims,
    rounds,
    database: settings,
    machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, load_before: loadBefore },
    commit: commit(),
  }
  process.stdout.write(`${JSON.stringify(answer, null, asJson ? undefined : 2)}\n`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
