import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { clientId, deploymentId } from './launch-platform.ts'
import { answering, built, freePort, settingsOf } from './program.ts'

/** A process that launches are posted to. */
export interface Door {
  port: number
  pid: number
  stop(): Promise<void>
}

/** The compiled tool, which knows one platform, and a way to start the bare door beside it. */
export interface ToolUnderTest extends Door {
  publicUrl: string
  /** Registers the platform by its key set's origin, and starts a bare door that knows the same one. */
  meet(platformUrl: string): Promise<Door>
}

/**
 * Starts the tool as an operator would: build, migrate, `serve --door tool`. `profile` names a folder for its processor
 * profile, written when it stops.
 */
export async function startTool(
  databaseUrl: string,
  { profile }: { profile?: string | undefined } = {},
): Promise<ToolUnderTest> {
  const program = await built()
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const env = { ...settingsOf(databaseUrl, port), PUBLIC_URL: publicUrl }
  await program.type(['migrate', '--json'], env)
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []
  const child = begun([...profiling, program.main, 'serve', '--door', 'tool'], env)
  await answering(port, '/healthz')
  return {
    port,
    pid: child.pid as number,
    publicUrl,
    async stop() {
      await ended(child)
      await program.remove()
    },
    async meet(platformUrl) {
      const addresses = ['auth', 'token', 'jwks'].flatMap((name) => [
        `--${name}-url`,
        `${platformUrl}/${name}`,
      ])
      const who = ['--name', 'bench', '--issuer', platformUrl, '--client-id', clientId]
      const added = await program.type(
        ['platform', 'add', ...who, '--deployment-id', deploymentId, ...addresses, '--json'],
        env,
      )
      return startBareDoor(databaseUrl, platformUrl, JSON.parse(added).platform_id)
    },
  }
}

async function startBareDoor(databaseUrl: string, platformUrl: string, platformId: string): Promise<Door> {
  const port = await freePort()
  const { pathname, searchParams } = new URL(databaseUrl)
  const program = fileURLToPath(new URL('./bare-door.ts', import.meta.url))
  const child = begun(['--import', 'tsx', program], {
    ...process.env,
    NODE_ENV: 'production',
    BARE_PORT: String(port),
    BARE_SOCKET: searchParams.get('socketPath') as string,
    BARE_DATABASE: pathname.slice(1),
    BARE_ISSUER: platformUrl,
    BARE_CLIENT: clientId,
    BARE_DEPLOYMENT: deploymentId,
    BARE_REGISTRATION: platformId.replaceAll('-', ''),
  })
  await answering(port, '/')
  return { port, pid: child.pid as number, stop: () => ended(child) }
}

function begun(args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
