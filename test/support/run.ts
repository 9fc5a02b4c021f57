import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { availableParallelism, freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumProgram } from './browser.ts'
import { emptyServerDatabase } from './database.ts'
import { type Outcome, runJobs } from './jobs.ts'
import { jobsOf } from './lanes.ts'
import { serverProgram, startPrivateServer } from './server.ts'
import { makeEmbeddedTemplate, makeServerTemplate } from './template.ts'

/**
 * The gate: checks form and types, runs the tests in each lane and ends with `N passed, N failed`. Lanes are the embedded
 * engine and a real server (XUESHI_TEST_MYSQL, or a private one where a program is installed); journeys need a browser.
 * In CI what cannot start is a failure, never a skip. Words after the mode choose files by part of their name.
 */
const mode = process.argv[2] === 'long' ? 'long' : 'daily'
const only = process.argv.slice(3)
const compulsory = process.env.CI === 'true' || process.env.CI === '1'
// One more than there are processors: journeys wait for one another's processes half of their time.
const width = Number(process.env.XUESHI_TEST_JOBS ?? availableParallelism() + 1)

const totals = { passed: 0, failed: 0 }
const missing: string[] = []
const began = Date.now()

const folder = await temporaryFolder()
process.env.TMPDIR = folder
const ends: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
try {
  const checks = mode === 'daily' && only.length === 0 ? [step('npm', 'run', '--silent', 'lint')] : []
  const [serverUrl, ...steps] = await Promise.all([
    prepareDatabases(),
    step(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json'),
    ...checks,
  ])
  if (steps.every(Boolean)) await runAll(serverUrl)
  else totals.failed += steps.filter((isRight) => !isRight).length
} finally {
  for (const end of ends.toReversed()) await end()
}

for (const lane of missing) process.stdout.write(`\nlane left out — ${lane}\n`)
if (compulsory) totals.failed += missing.length
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed\n`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0

/**
 * Makes a folder for all that this run writes, databases too: in memory where there is plenty, because on a disk every
 * commit waits for it, and a process that is killed loses no more in the one than in the other. TMPDIR says otherwise.
 */
async function temporaryFolder(): Promise<string> {
  const memory = '/dev/shm'
  const room = await statfs(memory).then(
    ({ bavail, bsize }) => Math.min(bavail * bsize, freemem()),
    () => 0,
  )
  const isPlenty = !process.env.TMPDIR && room > 6 * 2 ** 30
  const made = await mkdtemp(join(isPlenty ? memory : tmpdir(), 'xueshi-run-'))
  // The private server runs as a user of its own where the runner is root, and writes there as into any such folder.
  await chmod(made, 0o1777)
  return made
}

/** Migrates one database of each engine for the tests to copy, and answers the server's address; empty where there is none. */
async function prepareDatabases(): Promise<string> {
  const [url] = await Promise.all([prepareServer(), makeEmbeddedTemplate(folder)])
  return url
}

async function prepareServer(): Promise<string> {
  let url = process.env.XUESHI_TEST_MYSQL ?? ''
  if (!url && serverProgram()) {
    const server = await startPrivateServer()
    ends.push(() => server.stop())
    url = server.urlOf('none')
  }
  if (!url) {
    missing.push('server: install mariadb-server, or set XUESHI_TEST_MYSQL')
    return ''
  }
  const database = await emptyServerDatabase(url)
  await makeServerTemplate(folder, database.url)
  await database.drop()
  return url
}

async function runAll(serverUrl: string): Promise<void> {
  const hasBrowser = chromiumProgram() !== null
  if (!hasBrowser) missing.push('browser: install chromium (Debian: apt-get install chromium fonts-noto-cjk)')
  const jobs = jobsOf({ mode, only, serverUrl, hasBrowser, template: folder })
  process.stdout.write(`\n# ${jobs.length} files in their lanes, ${width} side by side\n`)
  await runJobs(jobs, { width, seconds: mode === 'long' ? 3600 : 600 }, tell)
  process.stdout.write(`# ${Math.round((Date.now() - began) / 1000)} s\n`)
}

function tell({ job, passed, failed, seconds, told }: Outcome): void {
  totals.passed += passed
  totals.failed += failed
  const word = failed > 0 ? 'FAILED' : 'ok'
  const counts = failed > 0 ? `${passed} passed, ${failed} failed` : String(passed)
  process.stdout.write(`${word} ${job.file} (${job.lane}) ${counts}, ${seconds.toFixed(1)} s\n${told}`)
}

/** Runs a program of the toolchain; whether it found everything right. */
function step(program: string, ...words: string[]): Promise<boolean> {
  const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'] })
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)))
}
