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
import { linksOfTeacher, revokeLink } from '../../ledger/roster/identity.ts'
import { addAliases, removeAlias } from '../../xapi-bridge/aliases/aliases.ts'
import { decideVoid, dismissItems, releaseItems } from '../../xapi-bridge/queue/decide.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { conversionScene } from './conversion-scene.ts'
import { adlStatement } from './lookalikes.ts'

const lms = 'https://lms.example'
const [www, one, two] = [`${lms}/www`, `${lms}/course/1`, `${lms}/course/2`]
const scene = await conversionScene(t)
const { ground } = scene
const { db, now } = ground
const decision = { actor: 'login:test', makerId: newId(), reason: 'the mapping was wrong' }
await loadShippedPolicies(db, now())
const { versionNo } = await transact(db, (trx) =>
  activatePolicy(trx, {
    policyId: 'example.district.2026',
    from: '2026-01-01',
    makerId: decision.makerId,
    now: now(),
  }),
)
await applyPolicyVersion(postingGround(ground), versionNo, { makerId: decision.makerId })

/** Converts and posts until nothing moves. */
async function settle(): Promise<void> {
  await scene.work()
  await postAll(postingGround(ground))
}

/** Thousandths of an hour that stand in the book, counted or waiting, by offering. */
async function hoursOf(teacherId: Id): Promise<Record<Id, number>> {
  const mine = (await scene.filed()).filter((fact) => fact.kind === 'claim' && fact.teacherId === teacherId)
  const states = await claimStatusOf(
    db,
    mine.map(({ claimId }) => claimId),
  )
  const sums: Record<Id, number> = {}
  for (const { content, milliHours } of states.values()) {
    const { counted, pending, excess } = milliHours
    sums[content.offeringId ?? ''] = (sums[content.offeringId ?? ''] ?? 0) + counted + pending + excess
  }
  return sums
}

t.test('the book holds the hours of a moved name once, before the decision and after it', async (t) => {
  const user = randomUUID()
  const pusher = await scene.source({ preset: 'adl' })
  const first = await scene.offering({
    code: randomUUID(),
    approvedMilliHours: 2000,
    activities: [[pusher.name, one]],
  })
  const second = await scene.offering({
    code: randomUUID(),
    approvedMilliHours: 3000,
    activities: [[pusher.name, two]],
  })
  const teacherId = await scene.teacher([lms, user])
  const source = await sourceById(db, pusher.id)
  if (!source) throw new Error('no source')
  const map = (offeringCode: string) =>
    addAliases(ground, { source, activityIds: [www], offeringCode, ...decision })
  const later = { user, at: '2026-03-05T10:00:00+08:00' }

  await map(first.code)
  await pusher.push(adlStatement('completed', { user, activity: www }))
  await settle()
  t.strictSame(await hoursOf(teacherId), { [first.offeringId]: 2000 })

  await removeAlias(ground, { source, activityId: www, ...decision })
  await settle()
  await map(second.code)
  await pusher.push(
    adlStatement('completed', { ...later, activity: one }),
    adlStatement('completed', { ...later, activity: two }),
  )
  await settle()
  const both = { [first.offeringId]: 2000, [second.offeringId]: 3000 }
  t.strictSame(await hoursOf(teacherId), both)

  const [item] = (await queueList(db, { reason: 'MAPPING_CHANGED' })).items
  await decideVoid(ground, item?.itemId ?? '', 'reverse', decision)
  await settle()
  t.strictSame(await hoursOf(teacherId), both, 'true completions of both courses carry the hours')
  t.equal((await queueList(db)).total, 0)
})

t.test(
  'a key of the database that is taken is a fault that says so, and releasing it tries it again',
  async (t) => {
    const user = randomUUID()
    const pusher = await scene.source({ preset: 'adl' })
    const offering = await scene.offering({ code: randomUUID(), activities: [[pusher.name, one]] })
    const teacherId = await scene.teacher([lms, user])
    await pusher.push(adlStatement('completed', { user, activity: one }))
    await settle()
    const known = await db('conversion_reading').orderBy('seq', 'desc').first()
    const seq = Number(known.seq) + 1
    await db('conversion_reading').insert({ ...known, seq })
    const [id] = await pusher.push(
      adlStatement('completed', { user, activity: one, registration: randomUUID() }),
    )
    await settle()
    const [fault] = (await queueList(db, { reason: 'RULE_FAULT' })).items
    await db('conversion_reading').where({ seq }).delete()
    const released = await releaseItems(ground, 'RULE_FAULT', [fault?.itemId ?? ''], decision)
    await settle()
    const claims = (await scene.standing()).filter((claim) => claim.teacherId === teacherId)

    t.match(fault, { statementId: id, detail: /key of the database was taken/ })
    t.equal(released, 1)
    t.strictSame(
      claims.map(({ content }) => content.offeringId),
      [offering.offeringId, offering.offeringId],
    )
  },
)

t.test(
  'what the catalogue moves asks as well, at once when the worker looks at both changes together',
  async (t) => {
    const user = randomUUID()
    const pusher = await scene.source({ preset: 'adl' })
    const codes = [randomUUID(), randomUUID()] as const
    const first = await scene.offering({ code: codes[0], activities: [[pusher.name, one]] })
    const teacherId = await scene.teacher([lms, user])
    await pusher.push(adlStatement('completed', { user, activity: one }))
    await settle()
    const second = await scene.offering({
      code: codes[1],
      activities: [
        [pusher.name, one],
        [pusher.name, two],
      ],
    })
    await pusher.push(adlStatement('completed', { user, activity: two, at: '2026-03-05T10:00:00+08:00' }))
    await settle()
    const asked = (await queueList(db)).items
    await decideVoid(ground, asked[0]?.itemId ?? '', 'keep', decision)
    await settle()

    t.match(asked, [{ reason: 'MAPPING_CHANGED', teacherHint: /^T/, offeringHint: codes[0] }])
    t.strictSame(await hoursOf(teacherId), { [first.offeringId]: 6000, [second.offeringId]: 6000 })
    t.equal((await queueList(db)).total, 0)
  },
)

t.test(
  'a completion that is held by what cannot be read any more waits beside it and is no fault',
  async (t) => {
    const user = randomUUID()
    const pusher = await scene.source({ preset: 'adl' })
    const offering = await scene.offering({ code: randomUUID(), activities: [[pusher.name, one]] })
    const teacherId = await scene.teacher([lms, user])
    await pusher.push(adlStatement('completed', { user, activity: one }))
    await settle()
    const { seq } = await db('conversion_reading').orderBy('seq', 'desc').first()
    // As rules leave a reading that says nothing any more, of a claim that a person let stand.
    await db('conversion_reading').where({ seq }).update({ kind: 'gone' })
    await pusher.push(adlStatement('completed', { user, activity: one, at: '2026-03-05T10:00:00+08:00' }))
    await settle()
    const { items } = await queueList(db)
    await dismissItems(ground, 'MAPPING_CHANGED', [items[0]?.itemId ?? ''], decision)

    t.match(items, [{ reason: 'MAPPING_CHANGED', claimId: null, detail: /holds this completion/ }])
    t.strictSame(await hoursOf(teacherId), { [offering.offeringId]: 6000 })
    t.equal((await queueList(db)).total, 0)
  },
)

t.test('a moved name whose person is another by now is read by what it means, for that person', async (t) => {
  const user = randomUUID()
  const pusher = await scene.source({ preset: 'adl' })
  const code = randomUUID()
  await scene.offering({ code: randomUUID(), activities: [[pusher.name, one]] })
  const before = await scene.teacher([lms, user])
  await pusher.push(adlStatement('completed', { user, activity: one }))
  await settle()
  const second = await scene.offering({ code, activities: [[pusher.name, one]] })
  await settle()
  await transact(db, async (trx) => {
    const [known] = await linksOfTeacher(trx, before)
    await revokeLink(trx, {
      linkId: known?.linkId ?? '',
      revokedBy: 'test',
      reason: 'test',
      now: now(),
    })
  })
  const after = await scene.teacher([lms, user])
  await settle()

  t.strictSame(Object.values(await hoursOf(before)), [0])
  t.strictSame(await hoursOf(after), { [second.offeringId]: 6000 })
  t.equal((await queueList(db)).total, 0)
})
