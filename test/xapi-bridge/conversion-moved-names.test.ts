import { randomUUID } from 'node:crypto'
import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { addAliases, removeAlias } from '../../xapi-bridge/aliases/aliases.ts'
import { conversionStatesOf } from '../../xapi-bridge/conversion/states.ts'
import { decideVoid, dismissItems, releaseItems } from '../../xapi-bridge/queue/decide.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { convertedThrough } from '../../xapi-bridge/reading/cursor.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { conversionScene } from './conversion-scene.ts'
import { adlStatement, voidOf } from './lookalikes.ts'

const lms = 'https://lms.example'
const [www, one, two] = [`${lms}/www`, `${lms}/course/1`, `${lms}/course/2`]
const scene = await conversionScene(t)
const { ground } = scene
const decision = { actor: 'login:test', makerId: newId(), reason: 'asked the source' }

/** A source with two offerings that the catalogue names, one teacher, and a further name to be moved about. */
async function setting(onVoid: 'auto' | 'review' = 'review') {
  const user = randomUUID()
  const pusher = await scene.source({ preset: 'adl', onVoid })
  const first = await scene.offering({ code: randomUUID(), activities: [[pusher.name, one]] })
  const second = await scene.offering({ code: randomUUID(), activities: [[pusher.name, two]] })
  const teacherId = await scene.teacher([lms, user])
  const source = await sourceById(ground.db, pusher.id)
  if (!source) throw new Error('no source')
  const names = new Map([
    [first.offeringId, 'first'],
    [second.offeringId, 'second'],
  ])
  return {
    user,
    pusher,
    async map(offering: typeof first) {
      const wish = { source, activityIds: [www], offeringCode: offering.code, ...decision }
      await addAliases(ground, wish)
      await scene.work()
    },
    async unmap() {
      await removeAlias(ground, { source, activityId: www, ...decision })
      await scene.work()
    },
    async completed(activity: string, changes: { at?: string; id?: string; registration?: string } = {}) {
      const id = changes.id ?? randomUUID()
      await pusher.push(adlStatement('completed', { user, activity, ...changes, id }))
      await scene.work()
      return id
    },
    first,
    second,
    /** Offerings with claims that stand. */
    claims: async () =>
      (await scene.standing())
        .filter((claim) => claim.teacherId === teacherId)
        .map(({ content }) => names.get(content.offeringId ?? '') ?? '')
        .sort(),
    /** Reasons of what waits. */
    waiting: async () =>
      (await queueList(ground.db)).items.filter(({ source: name }) => name === pusher.name),
  }
}

const later = { at: '2026-03-05T10:00:00+08:00' }
const reasons = (items: { reason: string }[]) => items.map(({ reason }) => reason)

t.test('a name that moves asks about its claim, and takes no completion of the other course', async (t) => {
  const { map, unmap, completed, first, second, claims, waiting } = await setting()
  await map(first)
  await completed(www)
  await unmap()
  await map(second)
  const asked = await waiting()
  await completed(two, later)

  t.match(asked, [
    {
      reason: 'MAPPING_CHANGED',
      claimId: String,
      detail: /^claimed for .*; https:\/\/lms.example\/www does not mean that any more$/,
    },
  ])
  t.strictSame(await claims(), ['first', 'second'])
  await decideVoid(ground, asked[0]?.itemId ?? '', 'reverse', decision)
  await scene.work()
  t.strictSame([await claims(), reasons(await waiting())], [['second'], []])
})

t.test(
  'a true completion of the first course after its further name is forgotten is the same one',
  async (t) => {
    const { map, unmap, completed, first, claims, waiting } = await setting()
    await map(first)
    await completed(www)
    await unmap()
    await completed(one, later)
    const [item] = await waiting()

    t.strictSame([await claims(), reasons(await waiting())], [['first'], ['MAPPING_CHANGED']])
    await decideVoid(ground, item?.itemId ?? '', 'reverse', decision)
    await scene.work()
    t.strictSame([await claims(), reasons(await waiting())], [['first'], ['ACTIVITY_UNKNOWN']])
  },
)

t.test('in the other order it is the same: what came first is the completion', async (t) => {
  const { map, unmap, completed, first, second, claims, waiting } = await setting()
  await map(first)
  await completed(one, later)
  await completed(www)
  const before = await claims()
  await unmap()
  const unmapped = reasons(await waiting())
  await map(second)
  await completed(two, later)

  t.strictSame([before, unmapped], [['first'], ['ACTIVITY_UNKNOWN']])
  t.strictSame([await claims(), reasons(await waiting())], [['first', 'second'], []])
})

t.test('the other course completed before the name moves to it is claimed once', async (t) => {
  const { map, unmap, completed, first, second, claims, waiting } = await setting()
  await map(first)
  await completed(www)
  await completed(two, later)
  await unmap()
  await map(second)
  const [item] = await waiting()
  const before = await claims()
  await decideVoid(ground, item?.itemId ?? '', 'reverse', decision)
  await scene.work()

  t.strictSame([item?.reason, before], ['MAPPING_CHANGED', ['first', 'second']])
  t.strictSame([await claims(), reasons(await waiting())], [['second'], []])
})

t.test('a name that is mapped back asks no more, and everything stands as before', async (t) => {
  const { map, unmap, completed, first, second, claims, waiting } = await setting()
  await map(first)
  await completed(www)
  await unmap()
  await map(second)
  await completed(two, later)
  await unmap()
  const asked = reasons(await waiting())
  await map(first)
  await completed(one, later)

  t.strictSame(asked, ['MAPPING_CHANGED'])
  t.strictSame([await claims(), reasons(await waiting())], [['first', 'second'], []])
})

t.test(
  'repeats of a claim stay with it while nobody decided, and move with it when it is taken back',
  async (t) => {
    const { map, unmap, completed, first, second, claims, waiting } = await setting()
    await map(first)
    await completed(www)
    await completed(www, later)
    await unmap()
    await map(second)
    await completed(www, { at: '2026-03-06T10:00:00+08:00' })
    const before = [await claims(), reasons(await waiting())]
    const [item] = await waiting()
    await decideVoid(ground, item?.itemId ?? '', 'reverse', decision)
    await scene.work()

    t.strictSame(before, [['first'], ['MAPPING_CHANGED']])
    t.strictSame([await claims(), reasons(await waiting())], [['second'], []])
  },
)

t.test(
  'a claim that was let stand is asked about no more, and the name means the other course after it',
  async (t) => {
    const { map, unmap, completed, first, second, claims, waiting } = await setting()
    await map(first)
    await completed(www)
    await unmap()
    await map(second)
    const [item] = await waiting()
    await decideVoid(ground, item?.itemId ?? '', 'keep', decision)
    await scene.work()
    const kept = await claims()
    await completed(one, later)
    await completed(www, later)

    t.strictSame(kept, ['first'])
    t.strictSame([await claims(), reasons(await waiting())], [['first', 'second'], []])
  },
)

t.test('another attempt under the name follows the name', async (t) => {
  const { map, unmap, completed, first, second, claims } = await setting()
  await map(first)
  await completed(www, { registration: randomUUID() })
  await unmap()
  await map(second)
  await completed(www, { ...later, registration: randomUUID() })

  t.strictSame(await claims(), ['first', 'second'])
})

t.test('a name that moves while a void waits is asked about when the void was not followed', async (t) => {
  const { map, unmap, completed, pusher, first, second, claims, waiting } = await setting()
  await map(first)
  const id = await completed(www)
  await pusher.push(voidOf(id))
  await scene.work()
  await unmap()
  await map(second)
  await completed(two, later)
  const [item] = await waiting()
  const before = [await claims(), item?.reason]
  await decideVoid(ground, item?.itemId ?? '', 'keep', decision)
  const asked = await waiting()
  await decideVoid(ground, asked[0]?.itemId ?? '', 'reverse', decision)
  await scene.work()

  t.strictSame(before, [['first', 'second'], 'VOIDED_AFTER_POSTING'])
  t.strictSame(reasons(asked), ['MAPPING_CHANGED'])
  t.strictSame([await claims(), reasons(await waiting())], [['second'], []])
})

t.test('a void of what waits takes it back, and another of the first course takes its place', async (t) => {
  const { map, unmap, completed, pusher, first, second, claims, waiting } = await setting('auto')
  await map(first)
  const id = await completed(www)
  await unmap()
  await map(second)
  await completed(one, later)
  const before = [await claims(), reasons(await waiting())]
  await pusher.push(voidOf(id))
  await scene.work()

  t.strictSame(before, [['first'], ['MAPPING_CHANGED']])
  t.strictSame([await claims(), reasons(await waiting())], [['first'], []])
})

t.test('a void of a claim whose repeat is left lets the repeat be what its name means now', async (t) => {
  const { map, unmap, completed, pusher, first, second, claims, waiting } = await setting('auto')
  await map(first)
  const id = await completed(www)
  await completed(www, later)
  await unmap()
  await map(second)
  await pusher.push(voidOf(id))
  await scene.work()

  t.strictSame([await claims(), reasons(await waiting())], [['second'], []])
})

t.test('what was set aside under a name stays set aside, for that course alone', async (t) => {
  const { map, unmap, pusher, first, second, waiting } = await setting()
  const user = randomUUID()
  await map(first)
  await pusher.push(adlStatement('completed', { user, activity: www }))
  await scene.work()
  const [item] = await waiting()
  await dismissItems(ground, 'ACTOR_UNKNOWN', [item?.itemId ?? ''], decision)
  await unmap()
  await map(second)
  await pusher.push(adlStatement('completed', { user, activity: two, ...later }))
  await scene.work()
  const teacherId = await scene.teacher([lms, user])
  await scene.work()
  const mine = (await scene.standing()).filter((claim) => claim.teacherId === teacherId)

  t.strictSame(
    mine.map(({ content }) => content.offeringId),
    [second.offeringId],
  )
})

t.test('a duration of centuries is a fault that says so', async (t) => {
  const { user, pusher, first, map } = await setting()
  await map(first)
  for (const duration of ['P400Y', 'PT99999999999999H']) {
    const id = randomUUID()
    await pusher.push(adlStatement('completed', { user, activity: one, id, result: { duration } }))
    await scene.work()
    const through = await convertedThrough(ground.db)
    const [state] = (await conversionStatesOf(ground.db, [through])).values()
    t.match(state, {
      status: 'quarantined',
      code: 'RULE_FAULT',
      detail: /result\.duration is longer than ten years/,
    })
  }
  const faults = (await queueList(ground.db, { reason: 'RULE_FAULT' })).items.map(({ itemId }) => itemId)
  t.equal(await releaseItems(ground, 'RULE_FAULT', faults, decision), faults.length)
})
