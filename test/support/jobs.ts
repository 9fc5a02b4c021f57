import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** One file to run, and on what. */
export interface Job {
  /** The file as it is written, from the root of the project: `test/ledger/claims.test.ts`. */
  file: string
  /** The name of its lane, for whoever reads the list. */
  lane: string
  env: Record<string, string>
}

/** What a file came to. */
export interface Outcome {
  job: Job
  /** Assertions. */
  passed: number
  failed: number
  seconds: number
  /** Failures with the names that lead to them and their details, and what the file said besides; empty when all is well. */
  told: string
}

/** What `tsc -p tsconfig.test.json` made of start.ts. */
const startProgram = '.built/test/support/start.js'

/**
 * Runs files side by side, as many as `width` at once and in the order given, but no file beside itself in another lane:
 * both would use the same folders. `onEnd` hears of each as it ends.
 */
export async function runJobs(
  jobs: Job[],
  { width, seconds }: { width: number; seconds: number },
  onEnd: (outcome: Outcome) => void,
): Promise<void> {
  const waiting = [...jobs]
  const running = new Set<string>()
  const take = (): Job | undefined => {
    const index = waiting.findIndex(({ file }) => !running.has(file))
    return index === -1 ? undefined : waiting.splice(index, 1)[0]
  }
  const work = async () => {
    while (waiting.length > 0) {
      const job = take()
      if (!job) {
        await sleep(100)
        continue
      }
      running.add(job.file)
      onEnd(await runJob(job, seconds))
      running.delete(job.file)
    }
  }
  await Promise.all(Array.from({ length: width }, work))
}

async function runJob(job: Job, seconds: number): Promise<Outcome> {
  const began = Date.now()
  // Without tap's own runner: what that loads into each process to watch its imports takes longer than most files.
  const child = spawn(process.execPath, ['--enable-source-maps', startProgram, job.file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...job.env, TAP_TIMEOUT: String(seconds) },
  })
  const said: Buffer[] = []
  const warned: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => warned.push(chunk))
  // tap ends the file itself when its time is up; this is for one that cannot be reached any more.
  const end = setTimeout(() => child.kill('SIGKILL'), (seconds + 60) * 1000)
  const closed = new Promise((resolve) => child.once('close', resolve))
  const code = await new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing')),
  )
  clearTimeout(end)
  // A process that was left behind may hold the outputs open.
  await Promise.race([closed, sleep(2000)])
  const text = Buffer.concat(said).toString()
  const { passed, failed } = countsOf(text, code)
  const told = [
    failed > 0 ? failuresIn(text) : '',
    Buffer.concat(warned).toString(),
    code === 0 ? '' : `it ended with ${code}\n`,
  ].join('')
  return { job, passed, failed, seconds: (Date.now() - began) / 1000, told }
}

/**
 * The assertions that a file's TAP counts. A file that ended badly, or before it said how many tests it has, failed at
 * least once.
 */
export function countsOf(text: string, code: number | string): { passed: number; failed: number } {
  const summary = [...text.matchAll(/^# \{ total: (\d+), pass: (\d+)(?:, fail: (\d+))?/gm)].at(-1)
  const isWhole = /^1\.\.\d+/m.test(text) && summary !== undefined
  const failed = Number(summary?.[3] ?? 0)
  return {
    passed: Number(summary?.[2] ?? 0),
    failed: failed === 0 && (code !== 0 || !isWhole) ? 1 : failed,
  }
}

/** Each failure with its details; everything where no single one is told. */
function failuresIn(text: string): string {
  const lines = text.split('\n')
  const parts = lines.flatMap((line, index) => {
    if (!/^\s*not ok /.test(line) || / # (TODO|SKIP)/.test(line)) return []
    const details = lines.slice(index + 1, index + 60)
    const end = details.findIndex((detail) => /^\s*\.\.\.$/.test(detail))
    return [[line, ...details.slice(0, end + 1)].join('\n')]
  })
  return parts.length > 0 ? `${parts.join('\n')}\n` : text.slice(-4000)
}
