import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { answering, built, freePort, settingsOf } from './program.ts'

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
  const port = await freePort()
  const env = settingsOf(databaseUrl, port)
  await program.type(['migrate', '--json'], env)
  const added = await program.type(
    ['source', 'add', '--name', 'bench', '--preset', 'adl', '--actor-home-page', '*', '--json'],
    env,
  )
  const { key, secret } = JSON.parse(added)
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []
  const child = spawn(process.execPath, [...profiling, program.main, 'serve', '--door', 'bridge'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await answering(port, '/xapi/about')
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
