import { randomUUID } from 'node:crypto'
import t from 'tap'
import { registry } from '../../foundation/http/metrics.ts'
import { newId } from '../../foundation/ids.ts'
import { type Instant, instantOf, isoOf } from '../../foundation/time.ts'
import { convertWaiting } from '../../xapi-bridge/conversion/convert.ts'
import { importStatements, type Made } from '../../xapi-bridge/imports/import.ts'
import { conditionsOf } from '../../xapi-bridge/sources/condition.ts'
import { toSourceJson } from '../../xapi-bridge/sources/json.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement } from './statement-examples.ts'

let time: number = instantOf('2026-06-03T10:00:00Z')
const ground = { ...(await freshGround(t)), now: () => time as Instant }
const day = 86_400
const sent = (secondsAgo: number) =>
  aStatement({ timestamp: isoOf((time - secondsAgo * 1_000_000) as Instant) })

/** A source that has pushed so many seconds after its events, with its counts written. */
async function aPusher(t: Parameters<typeof aBridge>[0], secondsAgo: number[]) {
  time += 60_000_000
  const app = await aBridge(t, ground)
  const { credential, post } = await aSpeaker(app, ground, { name: `source ${randomUUID()}` })
  await post(secondsAgo.map(sent))
  await app.close()
  const sourceId = credential.source_id
  const source = await sourceById(ground.db, sourceId)
  if (!source) throw new Error('the source is there')
  const imported = async (...ago: number[]) => {
    async function* pieces(): AsyncGenerator<Made> {
      for (const [n, seconds] of ago.entries()) yield { line: n + 1, text: JSON.stringify(sent(seconds)) }
    }
    const order = { source, actor: 'os:tester', operatorId: newId(), onRefused: async () => undefined }
    await importStatements(ground, order, pieces())
  }
  const shown = async () => {
    const [condition] = await conditionsOf(ground.db, ground.now(), sourceId)
    if (!condition) throw new Error('the source has a condition')
    return toSourceJson(condition)
  }
  return { source, imported, shown }
}

t.test('4.8 a file of last year’s completions says nothing of how late a source pushes', async (t) => {
  const { imported, shown } = await aPusher(t, [10, 20, 30])

  await imported(...Array.from({ length: 300 }, (_, n) => 265 * day + n))

  t.match((await shown()).delivery_lag_seconds, { sample: 3, backfilled: 0, p50: 20, p95: 30 })
})

t.test('4.8 a source of which a file was imported and that has never pushed has no delivery', async (t) => {
  const { imported, shown } = await aPusher(t, [])
  await ground.db('source_health').delete()

  await imported(265 * day)

  t.match((await shown()).delivery_lag_seconds, { sample: 0, backfilled: 0, p50: null, p95: null })
})

t.test('4.8 what is pushed a month late and more is told apart from late deliveries', async (t) => {
  const { shown } = await aPusher(t, [60, 3 * day, 31 * day, 265 * day])

  t.match((await shown()).delivery_lag_seconds, { sample: 2, backfilled: 2, p50: 60, p95: 3 * day })
})

t.test('4.8 what waits to be read shows since when, of any age, and is gone once it is read', async (t) => {
  const { source, imported, shown } = await aPusher(t, [])
  time += 1_000_000
  await imported(265 * day)
  const since = time
  time += 120_000_000
  await imported(265 * day)

  t.equal((await shown()).unread_since, isoOf(since as Instant))
  time += 60_000_000
  t.match(
    await registry.metrics(),
    new RegExp(`xueshi_source_unread_seconds\\{source="${source.name}"\\} 180\\b`),
  )
  while ((await convertWaiting(ground)) > 0);
  t.equal((await shown()).unread_since, null)
})
