import { randomUUID } from 'node:crypto'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { convertWaiting } from '../../xapi-bridge/conversion/convert.ts'
import { writeItems } from '../../xapi-bridge/conversion/items-store.ts'
import { releaseMended } from '../../xapi-bridge/conversion/release.ts'
import { faultItem } from '../../xapi-bridge/conversion/unread.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { convertedThrough, moveCursor } from '../../xapi-bridge/reading/cursor.ts'
import { conversionSteps } from '../../xapi-bridge/steps.ts'
import { conversionScene } from './conversion-scene.ts'
import { adlStatement, iriBase, toolStatement } from './lookalikes.ts'

const lms = 'https://lms.example'
const course = `${lms}/course/A`
const scene = await conversionScene(t)

async function setting(preset = 'adl') {
  const source = await scene.source({ preset })
  const offering = await scene.offering({ code: randomUUID(), activities: [[source.name, course]] })
  const user = randomUUID()
  const teacherId = await scene.teacher([lms, user])
  return {
    user,
    source,
    offering,
    claims: async () => (await scene.standing()).filter((one) => one.teacherId === teacherId),
    waiting: async () =>
      (await queueList(scene.ground.db)).items
        .filter((one) => one.source === source.name)
        .map(({ reason, statementId }) => ({ reason, statementId })),
  }
}

t.test(
  'RULE_FAULT: a statement on which a rule fails waits alone; the others of its batch become claims',
  async (t) => {
    const { user, source, offering, claims, waiting } = await setting('xueshi-tool')
    const actor = { account: { homePage: lms, name: user } }
    const fine = { ...toolStatement('completed', { offering: offering.code }), actor }
    const plain = { ...fine, context: {} }
    const strange = toolStatement('completed', {
      offering: offering.code,
      extensions: { [`${iriBase}extensions/role`]: 'guest' },
    })
    const [poison] = await source.push(strange, plain)
    await scene.work()

    t.equal((await claims()).length, 1)
    t.strictSame(await waiting(), [{ reason: 'RULE_FAULT', statementId: poison }])
  },
)

t.test('RULE_FAULT: a fault ends by itself when the rules change', async (t) => {
  const { user, source, claims, waiting } = await setting()
  await scene.work()
  const [statementId] = await source.push(adlStatement('completed', { user }))
  await breakReading(scene.ground, source.id, statementId ?? '')
  await scene.work()
  const before = await waiting()
  await scene.ground.db('conversion_cursor').where({ name: 'mark:rules' }).delete()
  await scene.work()

  t.strictSame(before, [{ reason: 'RULE_FAULT', statementId }])
  t.strictSame(await waiting(), [])
  t.equal((await claims()).length, 1)
})

/** Leaves a statement as a rule that failed would have left it. */
async function breakReading(ground: Ground, sourceId: string, statementId: string): Promise<void> {
  const seq = (await convertedThrough(ground.db)) + 1
  await transact(ground.db, async (trx: Trx) => {
    await writeItems(trx, [
      faultItem({ seq, sourceId, statementId }, 'old', new RangeError('x'), ground.now()),
    ])
    await moveCursor(trx, seq)
  })
}

t.test('a worker that dies in a batch leaves its statements unconverted and no claim behind', async (t) => {
  const { user, source, claims } = await setting()
  await source.push(adlStatement('completed', { user }))
  const before = await convertedThrough(scene.ground.db)
  const dying: Ground = {
    ...scene.ground,
    log: Object.assign(Object.create(scene.ground.log), {
      debug() {
        throw Object.assign(new Error('the process was killed'), {
          code: 'ER_DISK_FULL',
          errno: 1021,
          sqlState: 'HY000',
        })
      },
    }),
  }
  await t.rejects(convertWaiting(dying))
  const after = [await convertedThrough(scene.ground.db), (await claims()).length]
  await scene.work()

  t.strictSame(after, [before, 0])
  t.equal((await claims()).length, 1)
})

t.test(
  'a statement that no transaction can take is passed over alone, after the batch was halved',
  async (t) => {
    const { user, source, claims, waiting } = await setting()
    const ids = await source.push(
      ...Array.from({ length: 7 }, (_, index) =>
        adlStatement('completed', {
          user: index === 4 ? user : randomUUID(),
          activity: index === 4 ? course : `${course}${index}`,
        }),
      ),
    )
    const last = await convertedThrough(scene.ground.db)
    // Its readings are there already, under other columns: a defect that no rule can foresee.
    await scene.ground.db('conversion_reading').insert({
      seq: last + 3,
      part: 0,
      source_id: idBytes(source.id),
      statement_id: idBytes(randomUUID()),
      actor_key: Buffer.alloc(32),
      activity_key: Buffer.alloc(32),
      kind: 'failed',
      occurred: 0,
      stored: 0,
      raw_hash: Buffer.alloc(32),
      content: Buffer.from('{}'),
    })
    await scene.work()

    t.equal((await claims()).length, 1)
    t.strictSame(
      (await waiting()).map(({ reason, statementId }) => `${reason} ${ids.indexOf(statementId)}`),
      [
        'ACTOR_UNKNOWN 0',
        'ACTOR_UNKNOWN 1',
        'RULE_FAULT 2',
        'ACTOR_UNKNOWN 3',
        'ACTOR_UNKNOWN 5',
        'ACTOR_UNKNOWN 6',
      ],
    )
  },
)

t.test('two workers at once take each statement once', async (t) => {
  const { user, source, claims } = await setting()
  for (let index = 0; index < 20; index++)
    await source.push(adlStatement('completed', { user, id: randomUUID() }))
  const before = await convertedThrough(scene.ground.db)

  const taken = await Promise.all(Array.from({ length: 6 }, () => convertWaiting(scene.ground, 7)))

  t.equal(
    taken.reduce((sum, n) => sum + n, 0),
    (await convertedThrough(scene.ground.db)) - before,
  )
  t.equal((await claims()).length, 1)
})

t.test('one worker reads at a time; when it is gone the next takes over', async (t) => {
  const { user, source, claims } = await setting()
  let clock = scene.ground.now()
  const ground: Ground = { ...scene.ground, now: () => clock }
  const [first] = conversionSteps(ground)
  const [second] = conversionSteps(ground)
  const { signal } = new AbortController()
  await first?.run(signal)
  await source.push(adlStatement('completed', { user }))
  const idle = await second?.run(signal)
  clock = (clock + 60_000_000) as typeof clock
  const taken = await second?.run(signal)

  t.equal(idle, 0)
  t.ok((taken ?? 0) > 0)
  t.equal((await claims()).length, 1)
})

t.test('a look at what waits that is broken off begins again', async (t) => {
  const { source } = await setting()
  const user = randomUUID()
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const teacherId = await scene.teacher([lms, user])
  const controller = new AbortController()
  controller.abort()
  await releaseMended(scene.ground, controller.signal)
  await scene.work()

  t.equal((await scene.standing()).filter((one) => one.teacherId === teacherId).length, 1)
})

t.test('RULE_FAULT: rules of a source that cannot be used keep its statements until they can', async (t) => {
  const { user, source, claims, waiting } = await setting()
  const { db } = scene.ground
  const override = async (rules: object | null) => {
    await transact(db, async (trx) => {
      const content = rules && Buffer.from(JSON.stringify(rules))
      await trx('source')
        .where({ source_id: idBytes(source.id) })
        .update({ rule_set: content })
      await bumpMark(trx, 'source')
    })
  }
  await override({ completions: [] })
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const before = await waiting()
  await override({ on_void: 'auto' })
  await scene.work()

  t.match(before, [{ reason: 'RULE_FAULT' }])
  t.equal((await claims()).length, 1)
  t.strictSame(await waiting(), [])
})
