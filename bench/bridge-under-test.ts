import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A bridge of its own process, with one source that may push. */
export interface BridgeUnderTest {
  port: number
  authorization: string
  stop(): Promise<void>
}

/** Starts the bridge as an operator would: migrate, add a source, serve. */
export async function startBridge(databaseUrl: string): Promise<BridgeUnderTest> {
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
  const child = spawn(process.execPath, [...program, 'serve', '--door', 'bridge'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await answering(port)
  return {
    port,
    authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
    stop: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

const secrets = Object.fromEntries(
  ['SESSION_SECRET', 'TOKEN_SECRET', 'TOOL_KEY_SECRET', 'IDENTITY_KEY', 'IDENTITY_HASH_KEY'].map((name) => [
    name,
    `bench-only-${name.toLowerCase()}-0123456789-abcdef`,
  ]),
)

const inSource = import.meta.url.endsWith('.ts')
const main = fileURLToPath(new URL(inSource ? '../cli/main.ts' : '../cli/main.js', import.meta.url))
const program = inSource ? ['--import', 'tsx', main] : [main]

async function xueshi(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return (await run(process.execPath, [...program, ...args], { env })).stdout
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
