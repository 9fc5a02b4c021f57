import t from 'tap'
import { createLog } from '../../foundation/log.ts'
import { systemClock } from '../../foundation/time.ts'
import { addDestination } from '../../xapi-bridge/forwarding/manage.ts'
import { destinationWish } from '../../xapi-bridge/forwarding/wish.ts'
import { freshDatabaseUrl } from '../support/database.ts'
import { testConfig } from '../support/ground.ts'
import { houseOn, until } from '../support/house.ts'
import { aReceiver } from './forwarding-scene.ts'
import { aFreshSpeaker, aStatement } from './statement-examples.ts'

t.setTimeout(300_000)

t.test(
  'a worker killed while it sends: each statement arrives at least once, and by its id once',
  async (t) => {
    const { url, db } = await freshDatabaseUrl(t)
    const ground = { db, config: testConfig(url), log: createLog('silent'), now: systemClock }
    const house = await houseOn(t, url, { DESTINATION_PRIVATE: '127.0.0.1', LOG_LEVEL: 'error' })
    const speaker = await aFreshSpeaker(t, ground)
    const receiver = await aReceiver(t)
    // As an LRS: the same id again is no second statement.
    const kept = new Map<string, string>()
    const arrived: string[] = []
    let silentAt = 3
    receiver.answer = ({ statements }) => {
      for (const one of statements) {
        arrived.push(one.id)
        kept.set(one.id, JSON.stringify(one))
      }
      return receiver.got.length === silentAt ? { status: 200, silent: true } : { status: 200 }
    }
    const wish = { kind: 'lrs', name: 'elsewhere', url: receiver.url, from: 'start' }
    await addDestination(
      { ...ground, config: testConfig(url, { DESTINATION_PRIVATE: '127.0.0.1' }) },
      destinationWish.parse(wish),
      'os:test',
    )
    const ids: string[] = []
    for (let batch = 0; batch < 8; batch++) {
      const statements = Array.from({ length: 50 }, () => aStatement())
      ids.push(...statements.map(({ id }) => id))
      t.equal((await speaker.post(statements)).statusCode, 200)
    }

    for (const kill of [1, 2]) {
      const worker = house.start('work')
      await until(`request ${silentAt} is under way`, async () => receiver.got.length >= silentAt)
      await worker.kill('SIGKILL')
      t.comment(`kill ${kill} with ${kept.size} there`)
      silentAt += 3
      // As if its lease had run out.
      await db('lease').where({ kind: 'forwarding' }).update({ until: 0 })
    }
    silentAt = -1
    const workers = [house.start('work'), house.start('work')]
    await until('all is there', async () => {
      const left = await db('delivery').whereNot({ state: 'delivered' }).count({ n: '*' }).first()
      return kept.size === ids.length && Number(left?.n) === 0
    })
    for (const worker of workers) await worker.kill('SIGTERM')

    t.strictSame([...kept.keys()], ids, 'each is there, and they came in their order')
    t.equal(arrived.length, ids.length + 100, 'only what was under way at a kill came twice')
    t.equal(new Set(receiver.got.map(({ body }) => body)).size, 8, 'byte for byte the same')
    t.notMatch(workers.map((worker) => worker.output()).join(), 'unhandled')
  },
)
