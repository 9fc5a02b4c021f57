import { randomUUID } from 'node:crypto'
import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { newId } from '../../foundation/ids.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import { releaseItems } from '../../xapi-bridge/queue/decide.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { conversionScene } from './conversion-scene.ts'
import { adlStatement, cmi5Statement } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)
const { db, now } = scene.ground
await loadShippedPolicies(db, now())
// minutes_per_hour 45, min_duration_share 0.8, max_speed 1.5; 网络研修 needs 完成 and 测评.
const makerId = newId()
const { versionNo } = await transact(db, (trx) =>
  activatePolicy(trx, { policyId: 'example.district.2026', from: '2026-01-01', makerId, now: now() }),
)
await applyPolicyVersion(postingGround(scene.ground), versionNo, { makerId })

async function setting(preset: string, activity: string, wish: Partial<OfferingInfo> = {}) {
  const user = randomUUID()
  const source = await scene.source({ preset })
  const shape = { code: randomUUID(), activities: [[source.name, activity]] as [string, string][], ...wish }
  await scene.offering(shape)
  const teacherId = await scene.teacher([lms, user])
  return {
    user,
    source,
    change: (changes: Partial<OfferingInfo>) => scene.offering({ ...shape, ...changes }),
    claims: async () => (await scene.standing()).filter((one) => one.teacherId === teacherId),
    waiting: async () => (await queueList(db)).items.filter((one) => one.source === source.name),
  }
}

const course = `${lms}/course/A`
// Six hours of 45 minutes are 270 minutes; eight tenths of them are 216, and at speed 1.5 they take 180.
const durations: [string, boolean][] = [
  ['PT216M', true],
  ['PT3H35M59S', false],
  ['P1D', true],
]
for (const [duration, isPlausible] of durations) {
  t.test(
    `six hours finished in ${duration} ${isPlausible ? 'become a claim' : 'wait for a person'}`,
    async (t) => {
      const { user, source, claims, waiting } = await setting('adl', course)
      await source.push(adlStatement('completed', { user, result: { completion: true, duration } }))
      await scene.work()

      t.equal((await claims()).length, isPlausible ? 1 : 0)
      t.strictSame(
        (await waiting()).map(({ reason }) => reason),
        isPlausible ? [] : ['IMPLAUSIBLE_SPEED'],
      )
    },
  )
}

t.test('how fast one may be is asked of online evidence alone', async (t) => {
  const { user, source, claims } = await setting('adl', course, { form: '校本研修' })
  await source.push(adlStatement('completed', { user, result: { completion: true, duration: 'PT1M' } }))
  await scene.work()

  t.equal((await claims()).length, 1)
})

t.test('what was too fast is released by a person, or by approved hours that were wrong', async (t) => {
  const one = await setting('adl', course)
  const other = await setting('adl', course)
  for (const { source, user } of [one, other]) {
    await source.push(adlStatement('completed', { user, result: { completion: true, duration: 'PT40M' } }))
  }
  await scene.work()
  const decision = { actor: 'login:test', makerId: newId(), reason: 'seen at work' }
  const ids = (await one.waiting()).map(({ itemId }) => itemId)
  const released = await releaseItems(scene.ground, 'IMPLAUSIBLE_SPEED', ids, decision)
  await other.change({ approvedMilliHours: 1000 })
  await scene.work()

  t.equal(released, 1)
  t.equal((await one.claims()).length, 1)
  t.equal((await other.claims()).length, 1)
})

t.test('evidence that policy asks for and that comes after the claim has it filed anew, once', async (t) => {
  const { user, source, claims } = await setting('cmi5', `${lms}/cmi5/au/1`)
  await source.push(cmi5Statement('completed', { user }))
  await scene.work()
  const before = (await claims()).map(({ content }) => content.evidence)
  await source.push(cmi5Statement('passed', { user, result: { success: true, score: { scaled: 0.9 } } }))
  await scene.work()
  await source.push(cmi5Statement('passed', { user, result: { success: true, score: { scaled: 0.95 } } }))
  await scene.work()
  const after = await claims()
  await postAll(postingGround(scene.ground))

  t.strictSame(before, [['完成']])
  t.match(after, [{ content: { evidence: ['完成', '测评'], scorePercent: '90' } }])
  t.equal(after.length, 1)
})
