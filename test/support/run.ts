import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumProgram } from './browser.ts'
import { type PrivateServer, serverProgram, startPrivateServer } from './server.ts'

/**
 * The gate: runs tap over each lane and ends with `N passed, N failed`. Lanes are the embedded engine, a real server
 * (XUESHI_TEST_MYSQL, or a private one where a program is installed) and the browser. In CI a lane that cannot start
 * is a failure, never a skip.
 */
const mode = process.argv[2] === 'long' ? 'long' : 'daily'
const only = process.argv.slice(3)
const compulsory = process.env.CI === 'true' || process.env.CI === '1'

const tapProgram = 'node_modules/tap/dist/esm/run.mjs'

interface Lane {
  name: string
  files: string[]
  env: Record<string, string>
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.tsx?$/.test(file))
    .map((file) => join(folder, file))
    .sort()
}

const all = filesBelow('test').filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
const isLong = (file: string) => file.startsWith(join('test', 'long'))
const isJourney = (file: string) => file.startsWith(join('test', 'journeys'))
const usesDatabase = (file: string) => /support\/(database|ground|house)\.ts/.test(readFileSync(file, 'utf8'))
const usesEmbeddedOnly = (file: string) => /@lane embedded/.test(readFileSync(file, 'utf8'))
const usesServerOnly = (file: string) => /@lane server/.test(readFileSync(file, 'utf8'))
const chosen = all.filter((file) => isLong(file) === (mode === 'long'))

const totals = { passed: 0, failed: 0 }
const missing: string[] = []

async function tap(lane: Lane): Promise<void> {
  if (lane.files.length === 0) return
  process.stdout.write(`\n# ${lane.name}: ${lane.files.length} files\n`)
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-tap-'))
  const output = join(folder, 'out.tap')
  const timeout = mode === 'long' ? '3600' : '600'
  const child = spawn(
    process.execPath,
    [tapProgram, 'run', '--reporter=terse', `--timeout=${timeout}`, `--output-file=${output}`, ...lane.files],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...lane.env } },
  )
  const code = await finished(child)
  const text = existsSync(output) ? readFileSync(output, 'utf8') : ''
  const summary = [...text.matchAll(/^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/gm)].at(-1)
  totals.passed += Number(summary?.[2] ?? 0)
  totals.failed += Number(summary?.[3] ?? 0)
  tellFailures(text)
  // A file that dies before its first assertion fails without being counted.
  if (code !== 0 && Number(summary?.[3] ?? 0) === 0) totals.failed += 1
  await rm(folder, { recursive: true, force: true })
}

/**
 * Takes tap's TypeScript plugin out, as `.taprc` says, before the first lane: a run that finds its plugins changed
 * builds them, but itself goes on with the old ones, which check types in every file and are slow.
 */
async function buildTap(): Promise<void> {
  await finished(spawn(process.execPath, [tapProgram, 'build'], { stdio: ['ignore', 'ignore', 'inherit'] }))
}

/** Says each failure with the names that lead to it and its details, since a reporter may keep them to itself. */
function tellFailures(text: string): void {
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    if (!/^\s*not ok /.test(line)) continue
    const details = lines.slice(index + 1, index + 40)
    const end = details.findIndex((detail) => /^\s*\.\.\.$/.test(detail))
    process.stdout.write(`${[line, ...details.slice(0, end + 1)].join('\n')}\n`)
  }
}

/** Builds the program, so that the processes that tests start begin quickly. */
async function buildProgram(): Promise<void> {
  const code = await finished(
    spawn('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  if (code === 0) process.env.XUESHI_TEST_BUILT = '1'
  else totals.failed += 1
}

function finished(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

await buildTap()
await buildProgram()

const hasBrowser = chromiumProgram() !== null
if (!hasBrowser) missing.push('browser: install chromium (Debian: apt-get install chromium fonts-noto-cjk)')
const runnable = chosen.filter((file) => hasBrowser || !isJourney(file))

await tap({
  name: 'embedded engine',
  files: runnable.filter((file) => !usesServerOnly(file)),
  env: { XUESHI_TEST_MYSQL: '' },
})

let server: PrivateServer | null = null
let serverUrl = process.env.XUESHI_TEST_MYSQL ?? ''
if (!serverUrl && serverProgram()) {
  server = await startPrivateServer()
  serverUrl = server.urlOf('none')
}
if (serverUrl) {
  const files = runnable.filter(
    (file) => usesServerOnly(file) || (usesDatabase(file) && !usesEmbeddedOnly(file)),
  )
  await tap({ name: 'MySQL-family server', files, env: { XUESHI_TEST_MYSQL: serverUrl } })
} else {
  missing.push('server: install mariadb-server, or set XUESHI_TEST_MYSQL')
}
await server?.stop()

for (const lane of missing) process.stdout.write(`\nlane left out — ${lane}\n`)
if (compulsory) totals.failed += missing.length
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed\n`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0
