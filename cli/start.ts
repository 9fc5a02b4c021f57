import { migrate } from '../foundation/database/migrate.ts'
import { holdIriBase } from '../foundation/database/setting.ts'
import { transact } from '../foundation/database/transact.ts'
import { mirrorCodeWords } from '../ledger/books/code-list.ts'
import { loadShippedPolicies } from '../ledger/policy/shipped.ts'
import { migrations } from '../migrations/index.ts'
import { isInUse, isSeeded, seed } from './demo.ts'
import { untilStopped } from './lifetime.ts'
import { openGround, settings } from './open.ts'
import { serve } from './serve.ts'
import { ensureToolSource } from './tool-source.ts'
import { work } from './work.ts'

/**
 * `npm start`, for trying out: prepares the database, seeds the invented district into an empty one, opens both doors,
 * works, and runs the stand-in platform, all in this process. Prints the address to open when everything is ready.
 */
export async function start(): Promise<void> {
  // The stand-in platform may register itself, and it is on this machine.
  const own = { ALLOW_HTTP: '1', LOG_LEVEL: 'warn', PLATFORM_PRIVATE: '127.0.0.1' }
  const ground = openGround(settings({ ...own, ...process.env }))
  const { db, config, log, now } = ground
  const say = (text: string) => process.stdout.write(`${text}\n`)
  try {
    await migrate(db, migrations)
    await loadShippedPolicies(db, now())
    await transact(db, mirrorCodeWords, { idempotent: true })
    await holdIriBase(db, config.xapiIriBase)
    await ensureToolSource(ground)

    const serving = await serve(ground, 'both')
    const ownDistrict = !(await isSeeded(ground)) && (await isInUse(ground))
    if (!ownDistrict && !(await isSeeded(ground))) {
      say('making the invented district 示例区: 24 schools, 1,200 teachers, a past … (once, half a minute)')
      await seed(ground)
    }
    const { startDemoPlatform } = await import('../demo/platform/start.ts')
    const platform = await startDemoPlatform({
      port: Number(new URL(config.demoPlatformUrl).port || 80),
      publicUrl: config.demoPlatformUrl,
      toolUrl: config.publicUrl,
    })
    const working = await work(ground)

    say('')
    say(`  学时簿 Xueshi is ready. Open:  ${config.demoPlatformUrl}/`)
    say(
      `  (a stand-in learning platform; the tool itself is at ${config.publicUrl}/, xAPI at ${config.publicUrl}/xapi)`,
    )
    say('  Stop with Ctrl+C.')
    await untilStopped(log, async () => {
      await platform.close()
      await serving.close()
      await working.close()
    })
  } finally {
    await ground.close()
  }
}
