import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { testSecrets } from './ground.ts'

/** What a command answered. */
export interface CommandAnswer {
  code: number
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own shape, which the test that calls it knows
  json: any
  stderr: string
}

/** A program of ours in its own process. */
export interface Running {
  pid: number
  /** Everything it said on both outputs so far. */
  output(): string
  kill(signal: NodeJS.Signals): Promise<void>
  /** Resolves with the exit code. */
  ended: Promise<number>
}

/** An installation in real processes: commands, doors and workers over one database. */
export interface House {
  env: NodeJS.ProcessEnv
  toolUrl: string
  port: number
  /** Runs a command with `--json` and reads its answer. */
  run(...args: string[]): Promise<CommandAnswer>
  /** As `run`, and fails the test when the command refuses. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  must(...args: string[]): Promise<any>
  /** Starts a long-lived command (`serve`, `work`, `start`). */
  start(...args: string[]): Running
  /** Starts `serve` and waits until it is ready. */
  serve(...args: string[]): Promise<Running>
}

// The runner builds first; a test file by itself runs from source. Built starts in a third of the time.
const fromSource = import.meta.url.endsWith('.ts') ? ['--import', 'tsx'] : []
const beside = (file: string) =>
  fileURLToPath(new URL(fromSource.length > 0 ? file : file.replace(/\.ts$/, '.js'), import.meta.url))
const program = beside('../../cli/main.ts')
const typistProgram = beside('./typist.ts')

/**
 * Free ports in a row of the given length on the loopback. They lie below those that systems lend to outgoing
 * connections (Linux from 32,768 on), since such a connection may take a port between our look and our listening.
 */
export async function freePorts(length: number): Promise<number> {
  for (;;) {
    const first = lowestPort + Math.floor(Math.random() * (lendingBegins - lowestPort - length))
    const free = await Promise.all(Array.from({ length }, (_, index) => isFree(first + index)))
    if (free.every(Boolean)) return first
  }
}

const lowestPort = 10_000
const lendingBegins = 32_768

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** Prepares an installation on a database; every process that a test leaves running is ended with it. */
export async function houseOn(t: Test, databaseUrl: string, changes: NodeJS.ProcessEnv = {}): Promise<House> {
  const port = await freePorts(3)
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-house-'))
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...testSecrets,
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    HOST: '127.0.0.1',
    ALLOW_HTTP: '1',
    LOG_LEVEL: 'warn',
    ...changes,
  }
  const children = new Set<ChildProcess>()
  t.teardown(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  let typing: Promise<unknown> = Promise.resolve()
  let typist: ChildProcess | null = null
  const run = (...args: string[]): Promise<CommandAnswer> => {
    const answer = typing.then(() => {
      typist ??= newTypist(children)
      return typed(typist, [...args, '--json'], { ...env, LOG_LEVEL: 'error' })
    })
    typing = answer.catch(() => {
      typist = null
    })
    return answer
  }

  const start = (...args: string[]): Running => {
    const child = spawn(process.execPath, [...fromSource, program, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk))
    const ended = new Promise<number>((resolve) =>
      child.once('exit', (code) => {
        children.delete(child)
        resolve(code ?? -1)
      }),
    )
    return {
      pid: child.pid ?? 0,
      output: () => said,
      ended,
      kill: async (signal) => {
        child.kill(signal)
        await ended
      },
    }
  }

  const toolUrl = `http://localhost:${port}`
  return {
    env,
    toolUrl,
    port,
    run,
    start,
    must: async (...args) => {
      const answer = await run(...args)
      if (answer.code !== 0) {
        throw new Error(
          `xueshi ${args.join(' ')} → ${answer.code} ${JSON.stringify(answer.json)} ${answer.stderr}`,
        )
      }
      return answer.json
    },
    serve: async (...args) => {
      const running = start('serve', ...args)
      await untilAnswers(`http://127.0.0.1:${port}/healthz`, running)
      return running
    },
  }
}

function newTypist(children: Set<ChildProcess>): ChildProcess {
  const child = fork(typistProgram, {
    execArgv: fromSource,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  children.add(child)
  return child
}

/** One command typed into a process that has the program loaded. */
function typed(typist: ChildProcess, words: string[], env: NodeJS.ProcessEnv): Promise<CommandAnswer> {
  return new Promise((resolve, reject) => {
    let logged = ''
    const log = (chunk: Buffer) => {
      logged += chunk
    }
    const ended = () => reject(new Error(`the process ended at ${words.join(' ')}: ${logged}`))
    typist.stderr?.on('data', log)
    typist.once('exit', ended)
    typist.once('message', ({ code, said, warned }: { code: number; said: string; warned: string }) => {
      typist.stderr?.off('data', log)
      typist.off('exit', ended)
      resolve({ code, json: parsed(said), stderr: `${warned}${logged}` })
    })
    typist.send({ words, env })
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Waits until an address answers 200; throws with what the process said when it ends first. */
export async function untilAnswers(url: string, running: Running, seconds = 60): Promise<void> {
  let over = false
  running.ended.then(() => {
    over = true
  })
  for (let left = seconds * 20; left > 0; left--) {
    if (over) throw new Error(`it ended at its start: ${running.output()}`)
    const answered = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (answered) return
    await sleep(50)
  }
  throw new Error(`no answer at ${url}: ${running.output()}`)
}

/** Waits until a condition holds; throws with its name after the given seconds. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (let left = seconds * 10; left > 0; left--) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`)
}
