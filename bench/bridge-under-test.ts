import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '../foundation/root.ts'

const run = promisify(execFile)

/** A bridge of its own process, with one source that may push. */
export interface BridgeUnderTest {
  port: number
  authorization: string
  pid: number
  stop(): Promise<void>
}

/**
 * Starts the bridge as an operator would: build, migrate, add a source, serve. What is measured is the compiled program,
 * since running from source adds work that no operator has. `profile` names a folder for the processor profile of the
 * bridge, written when it stops.
 */
export async function startBridge(
  databaseUrl: string,
  { profile }: { profile?: string | undefined } = {},
): Promise<BridgeUnderTest> {
  const program = await built()
  const xueshi = async (args: string[], env: NodeJS.ProcessEnv): Promise<string> =>
    (await run(process.execPath, [program.main, ...args], { env })).stdout
  const port = await freePort()
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    ALLOW_HTTP: '1',
    LOG_LEVEL: 'error',
    ...secrets,
  }
  await xueshi(['migrate', '--json'], env)
  const added = await xueshi(
    ['source', 'add', '--name', 'bench', '--preset', 'adl', '--actor-home-page', '*', '--json'],
    env,
  )
  const { key, secret } = JSON.parse(added)
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []
  const child = spawn(process.execPath, [...profiling, program.main, 'serve', '--door', 'bridge'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await answering(port)
  return {
    port,
    pid: child.pid as number,
    authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      await program.remove()
    },
  }
}

const secrets = Object.fromEntries(
  ['SESSION_SECRET', 'TOKEN_SECRET', 'TOOL_KEY_SECRET', 'IDENTITY_KEY', 'IDENTITY_HASH_KEY'].map((name) => [
    name,
    `bench-only-${name.toLowerCase()}-0123456789-abcdef`,
  ]),
)

/** The program compiled as `npm run build` does, in a folder of its own below the project. */
async function built(): Promise<{ main: string; remove(): Promise<void> }> {
  const folder = join(projectRoot, 'node_modules/.cache', `bench-${process.pid}`)
  const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc')
  const options = [
    '-p',
    'tsconfig.build.json',
    '--noCheck',
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
  ]
  await run(process.execPath, [compiler, ...options, '--outDir', folder], { cwd: projectRoot })
  return { main: join(folder, 'cli/main.js'), remove: () => rm(folder, { recursive: true, force: true }) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

async function answering(port: number): Promise<void> {
  for (let left = 300; ; left--) {
    try {
      await fetch(`http://127.0.0.1:${port}/xapi/about`)
      return
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
