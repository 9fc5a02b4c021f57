import { randomUUID } from 'node:crypto'
import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { claimStatusOf } from '../../ledger/books/claim-states.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import { addAliases } from '../../xapi-bridge/aliases/aliases.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { conversionScene, trainingClass } from './conversion-scene.ts'
import {
  articulate,
  edxCourse,
  h5p,
  h5pContent,
  openedx,
  scorm,
  scormActivity,
  video,
  videoId,
} from './emitters.ts'
import { adlStatement, moodleCourseCompleted, moodleCourseId, moodleSite } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)
const { db, now } = scene.ground

/** A teacher who learns at one source, on one course whose class runs from March to June. */
async function learner(preset: string, activity: string, onVoid: 'review' | 'auto' = 'review') {
  const user = randomUUID()
  const source = await scene.source({ preset, onVoid })
  const code = randomUUID()
  const spring = trainingClass('2026-1', '2026-03-01', '2026-06-30')
  await scene.offering({ code, classes: [spring], activities: [[source.name, activity]] })
  const teacherId = await scene.teacher([lms, user])
  return {
    user,
    source,
    code,
    teacherId,
    claims: async () => (await scene.standing()).filter((one) => one.teacherId === teacherId),
    waiting: async () => (await queueList(db)).items.filter((one) => one.source === source.name),
  }
}

t.test('resends: the same completion under new ids, in other batches, is one claim', async (t) => {
  const { user, source, claims } = await learner('h5p', h5pContent)
  await source.push(h5p('completed', { user }))
  await scene.work()
  await source.push(h5p('completed', { user }), h5p('completed', { user }))
  await scene.work()

  t.equal((await claims()).length, 1)
})

t.test('re-publications: an id that changed waits, is mapped by a person, and stays one claim', async (t) => {
  const [first, second] = [`urn:articulate:rise:${randomUUID()}`, `urn:articulate:rise:${randomUUID()}`]
  const { user, source, code, claims, waiting } = await learner('articulate', first)
  await source.push(articulate('passed', { user, course: first }))
  await scene.work()
  await source.push(articulate('passed', { user, course: second, at: '2026-03-04T10:00:00Z' }))
  await scene.work()
  const before = (await waiting()).map(({ reason }) => reason)
  const held = await sourceById(db, source.id)
  if (!held) throw new Error('no source')
  await addAliases(scene.ground, {
    source: held,
    activityIds: [second],
    offeringCode: code,
    actor: 'login:test',
    reason: 'published again',
  })
  await scene.work()

  t.strictSame(before, ['ACTIVITY_UNKNOWN'])
  t.equal((await waiting()).length, 0)
  t.equal((await claims()).length, 1)
})

t.test('resumed content: SCORM that ends several sessions of one attempt is one claim', async (t) => {
  const { user, source, claims } = await learner('scorm-wrapper', scormActivity)
  const attempt = randomUUID()
  const completion = { completion: true }
  await source.push(
    scorm('initialized', { user, attempt }),
    scorm('suspended', { user, attempt }),
    scorm('suspended', { user, attempt, result: completion, at: '2026-03-03T10:00:00Z' }),
    scorm('completed', { user, attempt, at: '2026-03-03T10:01:00Z' }),
    scorm('terminated', { user, attempt, result: completion, at: '2026-03-03T10:02:00Z' }),
  )
  await scene.work()
  const [claim, ...others] = await claims()

  t.equal(others.length, 0)
  t.equal(claim?.content.endedAt, Date.parse('2026-03-03T10:00:00Z') * 1000)
})

t.test('nested content: parts, slides and objectives of a mapped course open nothing', async (t) => {
  const course = `urn:articulate:rise:${randomUUID()}`
  const one = await learner('articulate', course)
  const other = await learner('h5p', h5pContent)
  await one.source.push(
    articulate('completed', { user: one.user, course, part: 'slide-1' }),
    articulate('passed', { user: one.user, course, part: 'objective-1' }),
    articulate('passed', { user: one.user, course }),
  )
  await other.source.push(
    h5p('completed', { user: other.user, part: 'a1' }),
    h5p('answered', { user: other.user, part: 'a2' }),
    h5p('completed', { user: other.user }),
  )
  await scene.work()

  t.equal((await one.claims()).length, 1)
  t.equal((await one.waiting()).length, 0)
  t.equal((await other.claims()).length, 1)
  t.equal((await other.waiting()).length, 0)
})

t.test('repeated passes: two events of one pass of Open edX are one claim', async (t) => {
  const { user, source, claims } = await learner('openedx', edxCourse)
  await source.push(
    openedx('passed', { user, at: '2026-03-02T06:36:01.917775+00:00' }),
    openedx('passed', { user, at: '2026-03-02T06:36:01.998001+00:00' }),
    openedx('earned', { user, scaled: 0.9 }),
  )
  await scene.work()

  t.equal((await claims()).length, 1)
})

t.test(
  'Open edX: failed after passed takes the completion back, and passing again gives it anew',
  async (t) => {
    const { user, source, claims } = await learner('openedx', edxCourse, 'auto')
    await source.push(openedx('passed', { user, at: '2026-03-02T06:00:00.000001+00:00' }))
    await scene.work()
    const passed = (await claims()).length
    await source.push(openedx('failed', { user, at: '2026-03-03T06:00:00.000001+00:00' }))
    await scene.work()
    const failed = (await claims()).length
    await source.push(openedx('passed', { user, at: '2026-03-04T06:00:00.000001+00:00' }))
    await scene.work()

    t.strictSame([passed, failed, (await claims()).length], [1, 0, 1])
  },
)

t.test(
  'Open edX: a failed that came before the pass takes nothing back, in either order of arrival',
  async (t) => {
    const { user, source, claims } = await learner('openedx', edxCourse, 'auto')
    await source.push(openedx('passed', { user, at: '2026-03-04T06:00:00.000001+00:00' }))
    await scene.work()
    await source.push(openedx('failed', { user, at: '2026-03-03T06:00:00.000001+00:00' }))
    await scene.work()

    t.equal((await claims()).length, 1)
  },
)

t.test('a video that nobody mapped asks nobody, and counts once it is mapped', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'video-profile' })
  const teacherId = await scene.teacher([lms, user])
  await source.push(video({ user }))
  await scene.work()
  const waiting = (await queueList(db)).items.filter((one) => one.source === source.name)
  await scene.offering({ code: randomUUID(), activities: [[source.name, videoId]] })
  await scene.work()
  await source.push(video({ user, session: 's1' }))
  await scene.work()

  t.strictSame(waiting, [])
  t.equal((await scene.standing()).filter((one) => one.teacherId === teacherId).length, 1)
})

t.test('a failure after a pass ends the completion where a source’s rules say so', async (t) => {
  const { user, source, claims } = await learner('adl', `${lms}/course/A`, 'auto')
  const held = await db('source').where({ name: source.name }).first()
  await db('source')
    .where({ source_id: held.source_id })
    .update({ rule_set: Buffer.from('{"pass":{"by":"success","failed_after_passed":"withdraw"}}') })
  const registration = randomUUID()
  await source.push(adlStatement('passed', { user, registration }))
  await scene.work()
  const before = (await claims()).length
  await source.push(adlStatement('failed', { user, registration, at: '2026-03-05T10:00:00+08:00' }))
  await scene.work()

  t.strictSame([before, (await claims()).length], [1, 0])
})

t.test('path plus course: both are claimed, and the ledger counts them once', async (t) => {
  await loadShippedPolicies(db, now())
  const makerId = newId()
  const { versionNo } = await transact(db, (trx) =>
    activatePolicy(trx, { policyId: 'example.district.2026', from: '2026-01-01', makerId, now: now() }),
  )
  await applyPolicyVersion(postingGround(scene.ground), versionNo, { makerId })
  const user = randomUUID()
  const source = await scene.source({ preset: 'moodle-logstore' })
  const [path, course] = [randomUUID(), randomUUID()]
  const form = '校本研修'
  await scene.offering({ code: course, form, activities: [[source.name, moodleCourseId(2)]] })
  await scene.offering({
    code: path,
    form,
    approvedMilliHours: 8000,
    contains: [course],
    activities: [[source.name, moodleCourseId(3)]],
  })
  await db('offering').where({ code: path }).update({ is_path: 1 })
  const teacherId = await scene.teacher([moodleSite, user])
  await source.push(moodleCourseCompleted({ user, course: 2 }), moodleCourseCompleted({ user, course: 3 }))
  await scene.work()
  await postAll(postingGround(scene.ground))

  t.strictSame(await standingHours(teacherId), { claims: 2, counted: 8000 })
})

async function standingHours(teacherId: Id) {
  const claims = (await scene.standing()).filter((one) => one.teacherId === teacherId)
  const states = await claimStatusOf(
    db,
    claims.map(({ claimId }) => claimId),
  )
  const all = [...states.values()]
  return {
    claims: all.length,
    counted: all.reduce((sum, { milliHours }) => sum + milliHours.counted, 0),
  }
}
