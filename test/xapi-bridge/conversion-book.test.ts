import { randomUUID } from 'node:crypto'
import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { claimStatusOf } from '../../ledger/books/claim-states.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import { conversionStatesOf } from '../../xapi-bridge/conversion/states.ts'
import { decideVoid } from '../../xapi-bridge/queue/decide.ts'
import { queueList, queueStatus } from '../../xapi-bridge/queue/queue.ts'
import { convertedThrough } from '../../xapi-bridge/reading/cursor.ts'
import { conversionScene, trainingClass } from './conversion-scene.ts'
import {
  moodleCourseCompleted,
  moodleCourseId,
  moodleQuizAttempt,
  moodleSite,
  toolStatement,
  voidOf,
} from './lookalikes.ts'

const scene = await conversionScene(t)
const { db, now } = scene.ground
await loadShippedPolicies(db, now())
const makerId = newId()
const { versionNo } = await transact(db, (trx) =>
  activatePolicy(trx, { policyId: 'example.district.2026', from: '2026-01-01', makerId, now: now() }),
)
await applyPolicyVersion(postingGround(scene.ground), versionNo, { makerId })

/** Converts and posts until nothing moves. */
async function settle(): Promise<void> {
  await scene.work()
  await postAll(postingGround(scene.ground))
}

async function hoursOf(teacherId: Id) {
  const claims = (await scene.filed()).flatMap((one) =>
    one.kind === 'claim' && one.teacherId === teacherId ? [one.claimId] : [],
  )
  const states = [...(await claimStatusOf(db, claims)).values()]
  return {
    counted: states.reduce((sum, { milliHours }) => sum + milliHours.counted, 0),
    claims: states.map(({ claimStatus }) => claimStatus),
  }
}

async function moodle(changes: Partial<OfferingInfo> = {}) {
  const user = randomUUID()
  const source = await scene.source({ preset: 'moodle-logstore' })
  await scene.offering({
    code: randomUUID(),
    passMark: '60',
    classes: [trainingClass('2026-1', '2026-03-01', '2026-06-30')],
    activities: [[source.name, moodleCourseId()]],
    ...changes,
  })
  return { user, source, teacherId: await scene.teacher([moodleSite, user]) }
}

t.test('a Moodle course with its quiz becomes hours, once, however often it is sent', async (t) => {
  const { user, source, teacherId } = await moodle()
  for (const _ of [1, 2]) {
    await source.push(moodleQuizAttempt({ user, raw: 8 }), moodleCourseCompleted({ user }))
    await settle()
  }

  t.strictSame(await hoursOf(teacherId), { counted: 6000, claims: ['recognised'] })
})

t.test('a void that a person confirms becomes a reversal', async (t) => {
  const { user, source, teacherId } = await moodle()
  const id = randomUUID()
  await source.push(moodleQuizAttempt({ user, raw: 8 }), moodleCourseCompleted({ user, id }))
  await settle()
  const before = await hoursOf(teacherId)
  await source.push(voidOf(id))
  await settle()
  const waiting = await hoursOf(teacherId)
  const [item] = (await queueList(db, { reason: 'VOIDED_AFTER_POSTING' })).items
  await decideVoid(scene.ground, item?.itemId ?? '', 'reverse', {
    actor: 'login:test',
    makerId,
    reason: 'right',
  })
  await settle()

  t.strictSame([before.counted, waiting.counted], [6000, 6000])
  t.strictSame(await hoursOf(teacherId), { counted: 0, claims: ['withdrawn'] })
})

t.test('a corrected statement of our own tool reverses at once and is posted anew', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'xueshi-tool', onVoid: 'auto' })
  const offering = randomUUID()
  await scene.offering({
    code: offering,
    passMark: '60',
    classes: [trainingClass('2026-1', '2026-03-01', '2026-06-30')],
  })
  const teacherId = await scene.teacher([moodleSite, user])
  const id = randomUUID()
  const given = { user, offering, registration: randomUUID() }
  const result = { completion: true, success: true, score: { scaled: 0.9 } }
  await source.push(toolStatement('completed', { ...given, id, result }))
  await settle()
  await source.push(voidOf(id))
  await settle()
  const between = await hoursOf(teacherId)
  await source.push(toolStatement('completed', { ...given, id: randomUUID(), result }))
  await settle()

  t.strictSame(between, { counted: 0, claims: ['withdrawn'] })
  t.equal((await hoursOf(teacherId)).counted, 6000)
})

t.test('sessions attended become hours when the threshold is reached', async (t) => {
  const user = randomUUID()
  const source = await scene.source({ preset: 'xueshi-tool' })
  const offering = randomUUID()
  await scene.offering({
    code: offering,
    form: '集中培训',
    awardBasis: 'by_attendance',
    attendanceThreshold: '0.6',
    classes: [trainingClass('2026-1', '2026-02-02', '2026-06-30', 3)],
  })
  const teacherId = await scene.teacher([moodleSite, user])
  const attended = (session: number, at: string) => toolStatement('attended', { user, offering, session, at })
  await source.push(attended(1, '2026-02-02T14:00:00+08:00'))
  await settle()
  const below = (await hoursOf(teacherId)).counted
  await source.push(attended(3, '2026-02-16T14:00:00+08:00'))
  await settle()

  t.equal(below, 0)
  t.equal((await hoursOf(teacherId)).counted, 4000)
})

t.test('a receipt follows a statement into the book, and the queue says that all is settled', async (t) => {
  const { user, source } = await moodle()
  await source.push(moodleQuizAttempt({ user, raw: 9 }), moodleCourseCompleted({ user }))
  await settle()
  const last = await convertedThrough(db)

  t.match((await conversionStatesOf(db, [last])).get(last), {
    status: 'claimed',
    claim_status: 'recognised',
    entry_status: 'active',
  })
  t.match(await queueStatus(db), { settled: true, inboxReady: 0 })
})
