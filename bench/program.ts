import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '../foundation/root.ts'

const run = promisify(execFile)

/** The compiled program, in a folder of its own. */
export interface Program {
  main: string
  /** Types a command and returns what it prints. */
  type(args: string[], env: NodeJS.ProcessEnv): Promise<string>
  remove(): Promise<void>
}

/** Compiles the program as `npm run build` does, below the project. */
export async function built(): Promise<Program> {
  const folder = join(projectRoot, 'node_modules/.cache', `bench-${process.pid}`)
  const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc')
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--incremental', 'false']
  const places = ['--tsBuildInfoFile', 'null', '--outDir', folder]
  await run(process.execPath, [compiler, ...options, ...places], { cwd: projectRoot })
  const main = join(folder, 'cli/main.js')
  return {
    main,
    type: async (args, env) => (await run(process.execPath, [main, ...args], { env })).stdout,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** How an operator would set a process that stands on this database and listens at this port. */
export function settingsOf(databaseUrl: string, port: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: databaseUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    ALLOW_HTTP: '1',
    LOG_LEVEL: 'error',
    ...secrets,
  }
}

const secrets = Object.fromEntries(
  ['SESSION_SECRET', 'TOKEN_SECRET', 'TOOL_KEY_SECRET', 'IDENTITY_KEY', 'IDENTITY_HASH_KEY'].map((name) => [
    name,
    `bench-only-${name.toLowerCase()}-0123456789-abcdef`,
  ]),
)

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Waits half a minute at most until something answers at that path, whatever it says. */
export async function answering(port: number, path: string): Promise<void> {
  for (let left = 300; ; left--) {
    try {
      await fetch(`http://127.0.0.1:${port}${path}`)
      return
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
