import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import knex from 'knex'

const run = promisify(execFile)

const noWord = () => undefined
/** Knex tells the console of each refused connection; here refusals are what is being waited through. */
const quiet = { warn: noWord, error: noWord, deprecate: noWord, debug: noWord }

/** A private database server in a folder of its own, reached by its socket. */
export interface PrivateServer {
  /** Address of a database on it, as DATABASE_URL takes it. */
  urlOf(database: string): string
  pid(): number
  /** Ends the process as a power cut would. */
  kill(): Promise<void>
  /** Starts the process again on the same files. */
  start(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

/** Where the server's program is, or null where none is installed. */
export function serverProgram(): string | null {
  return (
    ['/usr/sbin/mariadbd', '/usr/sbin/mysqld', '/usr/libexec/mysqld'].find((path) => existsSync(path)) ?? null
  )
}

/**
 * Starts a private MariaDB with full durability. It listens on a socket in its folder only, so it meets no other
 * server of the machine. `below` is where the folder shall lie; default is that of temporary files. Throws where no
 * program is installed.
 */
export async function startPrivateServer(
  options: { settings?: string[]; below?: string } = {},
): Promise<PrivateServer> {
  const program = serverProgram()
  if (!program) throw new Error('no mariadbd or mysqld is installed')
  const folder = await mkdtemp(join(options.below ?? tmpdir(), 'xueshi-db-'))
  const data = join(folder, 'data')
  const socket = join(folder, 's.sock')
  const asRoot = process.getuid?.() === 0
  const user = asRoot ? ['--user=mysql'] : []
  if (asRoot) await run('chown', ['-R', 'mysql', folder])
  await run(
    'mariadb-install-db',
    [
      `--datadir=${data}`,
      '--no-defaults',
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...user,
    ],
    { maxBuffer: 1 << 24 },
  )

  const options_ = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, 'pid')}`,
    '--skip-networking',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=512M',
    '--innodb-log-file-size=256M',
    '--max-connections=400',
    '--max-allowed-packet=64M',
    ...user,
    ...(options.settings ?? []),
  ]
  let child: ChildProcess | null = null

  const admin = () =>
    knex({
      client: 'mysql2',
      connection: { socketPath: socket, user: 'root' },
      pool: { min: 0, max: 1 },
      log: quiet,
    })
  const start = async () => {
    child = spawn(program, options_, { stdio: 'ignore' })
    const started = child
    const db = admin()
    try {
      for (let left = 600; ; left--) {
        if (started.exitCode !== null) throw new Error('the private database server ended at its start')
        try {
          await db.raw('SELECT 1')
          return
        } catch (error) {
          if (left === 0) throw error
          await sleep(50)
        }
      }
    } finally {
      await db.destroy()
    }
  }
  const end = async (signal: NodeJS.Signals) => {
    const ending = child
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await gone
  }
  await start()
  return {
    urlOf: (database) => `mysql://root@localhost/${database}?socketPath=${encodeURIComponent(socket)}`,
    pid: () => child?.pid ?? 0,
    kill: () => end('SIGKILL'),
    start,
    stop: async () => {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
