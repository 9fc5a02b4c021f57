import type { Command } from 'commander'
import { connect } from '../foundation/database/connect.ts'
import { grantsFor } from '../foundation/database/grants.ts'
import { migrate, missingMigrations } from '../foundation/database/migrate.ts'
import { transact } from '../foundation/database/transact.ts'
import { InvalidInput } from '../foundation/errors.ts'
import { migrations } from '../migrations/index.ts'
import { answering, command } from './answer.ts'
import { untilStopped } from './lifetime.ts'
import { openGround, requireMigrated, settings, settingsWithoutSecrets } from './open.ts'
import type { Door } from './serve.ts'

/** Commands that run processes and prepare the database: serve, work, start, migrate. */
export function addProcessCommands(program: Command): void {
  program
    .command('serve')
    .description('open the doors for people and machines on HOST:PORT')
    .option('--door <door>', 'only one of them: tool or bridge', 'both')
    .action(async (options: { door: string }) => {
      await ending(() => runServe(options.door))
    })

  program
    .command('work')
    .description('convert, post, relay and keep schedules; any number may run')
    .action(() => ending(runWork))

  program
    .command('start')
    .description('try it out: an invented district on the embedded database, all in one process')
    .action(() =>
      ending(async () => {
        const { start } = await import('./start.ts')
        await start()
      }),
    )

  command(program, 'migrate', 'bring the database to this version')
    .option('--grants', 'print the GRANT statements for the separate database users')
    .option('--apply', 'with --grants: also run them')
    .action(answering(runMigrate))
}

/** Runs a long-lived command; a foreseen failure is one sentence and exit code 1. */
async function ending(body: () => Promise<void>): Promise<void> {
  await answering(async () => {
    await body()
    return {}
  })()
}

async function runServe(door: string): Promise<void> {
  if (!['both', 'tool', 'bridge'].includes(door))
    throw new InvalidInput('bad-usage', '--door takes tool or bridge')
  const { serve } = await import('./serve.ts')
  const { ensureToolSource } = await import('./tool-source.ts')
  const ground = openGround(settings())
  try {
    await requireMigrated(ground)
    if (door !== 'bridge') await ensureToolSource(ground)
    const serving = await serve(ground, door as Door)
    await untilStopped(ground.log, () => serving.close())
  } finally {
    await ground.close()
  }
}

async function runWork(): Promise<void> {
  const { work } = await import('./work.ts')
  const { ensureToolSource } = await import('./tool-source.ts')
  const ground = openGround(settings())
  try {
    await requireMigrated(ground)
    await ensureToolSource(ground)
    const working = await work(ground)
    await untilStopped(ground.log, () => working.close())
  } finally {
    await ground.close()
  }
}

async function runMigrate(options: { grants?: boolean; apply?: boolean }) {
  const { loadShippedPolicies } = await import('../ledger/policy/shipped.ts')
  const { mirrorCodeWords } = await import('../ledger/books/code-list.ts')
  const { systemClock } = await import('../foundation/time.ts')
  const config = settingsWithoutSecrets({ LOG_LEVEL: 'warn', ...process.env })
  const db = connect(config.databaseAdminUrl, { poolSize: 2 })
  try {
    const applied = await migrate(db, migrations)
    await loadShippedPolicies(db, systemClock())
    await transact(db, mirrorCodeWords, { idempotent: true })
    const missing = await missingMigrations(db, migrations)
    if (!options.grants) return { applied, missing }
    const url = new URL(config.databaseUrl.startsWith('mysql:') ? config.databaseUrl : 'mysql://x/x')
    const grants = await grantsFor(db, url.pathname.slice(1))
    if (options.apply) for (const grant of grants) await db.raw(grant.replace(/;$/, ''))
    return { applied, missing, grants }
  } finally {
    await db.destroy()
  }
}
