import { randomUUID } from 'node:crypto'
import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { identifierKey, linksOfTeacher, revokeLink } from '../../ledger/roster/identity.ts'
import { releaseFor } from '../../xapi-bridge/conversion/release.ts'
import { queueList, queueStatus } from '../../xapi-bridge/queue/queue.ts'
import { conversionScene, trainingClass } from './conversion-scene.ts'
import { adlStatement, moodleCourseCompleted, moodleCourseId, moodleSite } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)
const unique = () => randomUUID()

t.test('a completion of a linked teacher on a mapped offering becomes one claim', async (t) => {
  const user = unique()
  const source = await scene.source({ preset: 'moodle-logstore' })
  const spring = trainingClass('2026-1', '2026-03-01', '2026-06-30')
  const offering = await scene.offering({
    code: unique(),
    classes: [spring],
    activities: [[source.name, moodleCourseId()]],
  })
  const teacherId = await scene.teacher([moodleSite, user])
  const [statementId] = await source.push(moodleCourseCompleted({ user }))
  await scene.work()

  const [claim, ...others] = (await scene.standing()).filter((one) => one.teacherId === teacherId)

  t.equal(others.length, 0)
  t.match(claim?.content, {
    kind: 'completion',
    source: { id: source.id, name: source.name, preset: 'moodle-logstore' },
    offeringId: offering.offeringId,
    trainingClassId: spring.trainingClassId,
    endedOn: '2026-03-02',
    completion: true,
    passed: null,
    evidence: ['完成'],
    rawRef: `statement:${statementId}`,
    flags: [],
  })
})

t.test('Moodle sends again without ids and in other batches: one credit', async (t) => {
  const user = unique()
  const source = await scene.source({ preset: 'moodle-logstore' })
  await scene.offering({ code: unique(), activities: [[source.name, moodleCourseId()]] })
  const teacherId = await scene.teacher([moodleSite, user])
  const statement = moodleCourseCompleted({ user })
  await source.push()
  await source.push(statement)
  await scene.work()
  await source.push(statement, moodleCourseCompleted({ user: unique() }), statement)
  await source.push(statement)
  await scene.work()

  t.equal(
    (await scene.filed()).filter((one) => one.kind === 'claim' && one.teacherId === teacherId).length,
    1,
  )
})

t.test('an unknown person waits parked, and a link releases what came before it', async (t) => {
  const user = unique()
  const source = await scene.source({ preset: 'adl' })
  await scene.offering({ code: unique(), activities: [[source.name, `${lms}/course/A`]] })
  const [statementId] = await source.push(adlStatement('completed', { user }))
  await scene.work()
  const waiting = (await queueList(scene.ground.db)).items.filter((one) => one.source === source.name)
  const teacherId = await scene.teacher([lms, user])
  await scene.work()

  t.match(waiting, [{ reason: 'ACTOR_UNKNOWN', statementId, teacherHint: `${user} @ ${lms}` }])
  t.equal((await queueList(scene.ground.db)).items.filter((one) => one.source === source.name).length, 0)
  t.equal((await scene.standing()).filter((one) => one.teacherId === teacherId).length, 1)
})

t.test('a command that links is told how much it released', async (t) => {
  const user = unique()
  const source = await scene.source({ preset: 'adl' })
  await scene.offering({
    code: unique(),
    activities: [
      [source.name, `${lms}/course/A`],
      [source.name, `${lms}/course/B`],
    ],
  })
  await scene.offering({ code: unique(), activities: [[source.name, `${lms}/course/C`]] })
  await source.push(
    adlStatement('completed', { user }),
    adlStatement('completed', { user, activity: `${lms}/course/B` }),
    adlStatement('completed', { user, activity: `${lms}/course/C` }),
  )
  await scene.work()
  await scene.teacher([lms, user])

  const key = identifierKey({ kind: 'account', homePage: lms, name: user })
  t.equal(await releaseFor(scene.ground, [key]), 2, 'the two names of one offering are one completion')
  t.equal(await releaseFor(scene.ground, [key]), 0)
})

t.test('an unmapped activity waits, and mapping it releases everybody', async (t) => {
  const users = [unique(), unique()]
  const source = await scene.source({ preset: 'adl' })
  const teachers = await Promise.all(users.map((user) => scene.teacher([lms, user])))
  await source.push(
    ...users.map((user) => adlStatement('completed', { user, activity: `${lms}/course/new` })),
  )
  await scene.work()
  const waiting = (await queueList(scene.ground.db, { reason: 'ACTIVITY_UNKNOWN' })).items
  await scene.offering({ code: unique(), activities: [[source.name, `${lms}/course/new`]] })
  await scene.work()

  t.equal(waiting.filter((one) => one.source === source.name).length, 2)
  t.equal((await scene.standing()).filter((one) => teachers.includes(one.teacherId)).length, 2)
})

t.test('an offering that is not approved keeps its completions until it is', async (t) => {
  const user = unique()
  const code = unique()
  const source = await scene.source({ preset: 'adl' })
  const teacherId = await scene.teacher([lms, user])
  const activities: [string, string][] = [[source.name, `${lms}/course/A`]]
  await scene.offering({ code, approvedOn: null, activities })
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const before = (await queueList(scene.ground.db, { reason: 'OFFERING_NOT_APPROVED' })).items
  await scene.offering({ code, approvedOn: '2026-03-01', activities })
  await scene.work()

  t.match(
    before.filter((one) => one.source === source.name),
    [{ offeringHint: code }],
  )
  t.equal((await scene.standing()).filter((one) => one.teacherId === teacherId).length, 1)
})

t.test('the queue says when nothing moves without a decision', async (t) => {
  const source = await scene.source({ preset: 'adl' })
  await scene.work()
  const before = await queueStatus(scene.ground.db)
  await source.push(adlStatement('completed', { user: unique() }))
  const unread = await queueStatus(scene.ground.db)
  await scene.work()
  const after = await queueStatus(scene.ground.db)

  t.equal(before.convertedThrough, before.storedThrough)
  t.equal(unread.settled, false)
  t.equal(unread.storedThrough, unread.convertedThrough + 1)
  t.equal(after.convertedThrough, after.storedThrough)
  t.equal(after.waiting, before.waiting + 1)
})

t.test('a link that was wrong is revoked: the claim is taken back and filed for whom it is', async (t) => {
  const user = unique()
  const source = await scene.source({ preset: 'adl' })
  await scene.offering({ code: unique(), activities: [[source.name, `${lms}/course/A`]] })
  const wrong = await scene.teacher([lms, user])
  const right = await scene.teacher()
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const [wrongLink] = await linksOfTeacher(scene.ground.db, wrong)
  const { db, now } = scene.ground
  await transact(db, (trx) =>
    revokeLink(trx, {
      linkId: wrongLink?.linkId ?? '',
      revokedBy: 'test',
      reason: 'wrong person',
      now: now(),
    }),
  )
  await scene.work()
  const between = await scene.standing()
  const waiting = (await queueList(db)).items.filter((one) => one.source === source.name)
  await scene.link(right, lms, user)
  await scene.work()
  const mine = (await scene.standing()).filter(({ teacherId }) => teacherId === wrong || teacherId === right)

  t.notOk(between.some(({ teacherId }) => teacherId === wrong))
  t.match(waiting, [{ reason: 'ACTOR_UNKNOWN' }])
  t.match(mine, [{ teacherId: right }])
})

t.test('a link that is revoked and made anew before the worker looks moves the claim too', async (t) => {
  const user = unique()
  const source = await scene.source({ preset: 'adl' })
  await scene.offering({ code: unique(), activities: [[source.name, `${lms}/course/A`]] })
  const wrong = await scene.teacher([lms, user])
  const right = await scene.teacher()
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const [wrongLink] = await linksOfTeacher(scene.ground.db, wrong)
  const { db, now } = scene.ground
  await transact(db, (trx) =>
    revokeLink(trx, {
      linkId: wrongLink?.linkId ?? '',
      revokedBy: 'test',
      reason: 'wrong person',
      now: now(),
    }),
  )
  await scene.link(right, lms, user)
  await scene.work()
  await scene.work()

  const mine = (await scene.standing()).filter(({ teacherId }) => teacherId === wrong || teacherId === right)
  t.match(mine, [{ teacherId: right }])
  t.equal(mine.length, 1)
})
