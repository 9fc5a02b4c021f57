import { createHmac, randomUUID } from 'node:crypto'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import { newId } from '../../foundation/ids.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import type { Item } from '../../xapi-bridge/completion/item.ts'
import { itemsOpenedBy } from '../../xapi-bridge/conversion/items-store.ts'
import { createAuthorizer } from '../../xapi-bridge/forwarding/authorization.ts'
import { tellOutcomes, tellPostings, tellSilence } from '../../xapi-bridge/forwarding/happenings.ts'
import { addDestination, rotateSecret } from '../../xapi-bridge/forwarding/manage.ts'
import { createSender } from '../../xapi-bridge/forwarding/request.ts'
import { type Forwarding, forwardTo } from '../../xapi-bridge/forwarding/run.ts'
import { webhookEvents } from '../../xapi-bridge/forwarding/signature.ts'
import { destinationWish } from '../../xapi-bridge/forwarding/wish.ts'
import { decideVoid } from '../../xapi-bridge/queue/decide.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { conversionScene, trainingClass } from './conversion-scene.ts'
import { aReceiver, type Got } from './forwarding-scene.ts'
import { moodleCourseCompleted, moodleCourseId, moodleQuizAttempt, moodleSite, voidOf } from './lookalikes.ts'

t.setTimeout(300_000)

const scene = await conversionScene(t)
const { db, now } = scene.ground
const ground: Ground = {
  ...scene.ground,
  config: { ...scene.ground.config, destinationPrivate: ['127.0.0.0/8'] },
}
const sender = createSender(addressGuard(ground.config.destinationPrivate))
t.teardown(() => sender.close())
const forwarding: Forwarding = { ground, sender, authorizer: createAuthorizer(sender, now), draw: () => 0 }
await loadShippedPolicies(db, now())
const makerId = newId()
const { versionNo } = await transact(db, (trx) =>
  activatePolicy(trx, { policyId: 'example.district.2026', from: '2026-01-01', makerId, now: now() }),
)
await applyPolicyVersion(postingGround(ground), versionNo, { makerId })

/** Converts, posts and tells until nothing moves. */
async function settle(): Promise<void> {
  await scene.work()
  await postAll(postingGround(ground))
  while ((await tellPostings(ground)) > 0);
}

async function aHook(wish: object = {}) {
  const receiver = await aReceiver(t)
  const made = await addDestination(
    ground,
    destinationWish.parse({
      name: randomUUID(),
      kind: 'webhook',
      url: `${receiver.url}/hook?tenant=1`,
      events: [...webhookEvents],
      ...wish,
    }),
    'os:test',
  )
  const id = made.destination_id
  const forward = () => forwardTo(forwarding, id, newId(), new AbortController().signal)
  return { receiver, id, secret: made.secret as string, forward }
}

async function moodle() {
  const user = randomUUID()
  const source = await scene.source({ preset: 'moodle-logstore' })
  await scene.offering({
    code: randomUUID(),
    passMark: '60',
    classes: [trainingClass('2026-1', '2026-03-01', '2026-06-30')],
    activities: [[source.name, moodleCourseId()]],
  })
  return { user, source, teacherId: await scene.teacher([moodleSite, user]) }
}

const signedBy = (secret: string, { headers, body }: Got) =>
  `v1=${createHmac('sha256', secret).update(`${headers['x-xueshi-timestamp']}.${body}`).digest('hex')}`
const eventsOf = (got: Got[]) => got.map(({ headers }) => headers['x-xueshi-event'])

t.test(
  'from completion to reversal: a webhook is told each step once, signed, with ids and links alone',
  async (t) => {
    const { user, source, teacherId } = await moodle()
    const { receiver, secret, forward } = await aHook({ filter: { sources: [source.id] } })
    const id = randomUUID()
    await source.push(moodleQuizAttempt({ user, raw: 8 }), moodleCourseCompleted({ user, id }))
    await settle()
    await forward()
    t.strictSame(eventsOf(receiver.got), ['completion.accepted', 'claim.posted'])

    await source.push(voidOf(id))
    await settle()
    const [item] = (await queueList(db, { reason: 'VOIDED_AFTER_POSTING' })).items
    await decideVoid(ground, item?.itemId ?? '', 'reverse', { actor: 'login:test', makerId, reason: 'right' })
    await settle()
    await settle()
    await forward()

    t.strictSame(eventsOf(receiver.got), [
      'completion.accepted',
      'claim.posted',
      'statement.quarantined',
      'claim.reversed',
    ])
    for (const got of receiver.got) {
      t.equal(got.path, '/hook?tenant=1')
      t.equal(got.headers['x-xueshi-signature'], signedBy(secret, got))
      const body = JSON.parse(got.body)
      t.equal(body.event, got.headers['x-xueshi-event'])
      t.equal(body.delivery, got.headers['x-xueshi-delivery'])
      t.equal(body.data.source_id, source.id)
      t.match(body.links.source, `${ground.config.publicUrl}/api/sources/${source.id}`)
      t.notMatch(got.body, user, 'no account of a person')
      t.notMatch(got.body, teacherId)
      t.notMatch(got.body, '测试')
    }
    const [accepted, posted, quarantined, reversed] = receiver.got.map(({ body }) => JSON.parse(body))
    t.equal(accepted.data.statement_id, id)
    t.match(posted.data, { claim_id: accepted.data.claim_id, change: 'award', bucket: 'counted' })
    t.match(quarantined.data, { code: 'VOIDED_AFTER_POSTING', statement_id: id })
    t.match(reversed.data, { claim_id: accepted.data.claim_id, change: 'reversed', why: 'withdrawn' })
  },
)

t.test('only what was asked for, only from the sources named, only since it was made', async (t) => {
  const one = await moodle()
  const two = await moodle()
  await one.source.push(
    moodleQuizAttempt({ user: one.user, raw: 8 }),
    moodleCourseCompleted({ user: one.user }),
  )
  await settle()
  const late = await aHook({ filter: { sources: [one.source.id] } })
  const posted = await aHook({ events: ['claim.posted'], filter: { sources: [two.source.id] } })
  await two.source.push(
    moodleQuizAttempt({ user: two.user, raw: 8 }),
    moodleCourseCompleted({ user: two.user }),
  )
  await settle()
  await late.forward()
  await posted.forward()
  t.strictSame(eventsOf(late.receiver.got), [])
  t.strictSame(eventsOf(posted.receiver.got), ['claim.posted'])
})

t.test('a delivery keeps its id over tries, and the body its bytes', async (t) => {
  const { user, source } = await moodle()
  const { receiver, forward, secret } = await aHook({
    filter: { sources: [source.id] },
    events: ['completion.accepted'],
  })
  receiver.answer = () => ({ status: 503 })
  await source.push(moodleQuizAttempt({ user, raw: 8 }), moodleCourseCompleted({ user }))
  await settle()
  await forward()
  receiver.answer = () => ({ status: 200 })
  await db('destination').update({ next_try_at: 0 })
  await forward()
  const [first, second] = receiver.got as [Got, Got]
  t.equal(first.headers['x-xueshi-delivery'], second.headers['x-xueshi-delivery'])
  t.equal(first.body, second.body)
  t.equal(second.headers['x-xueshi-signature'], signedBy(secret, second))
})

t.test('a webhook that refuses one event gets the others', async (t) => {
  const { user, source } = await moodle()
  const { receiver, forward } = await aHook({ filter: { sources: [source.id] } })
  receiver.answer = ({ headers }) => ({
    status: headers['x-xueshi-event'] === 'completion.accepted' ? 400 : 200,
  })
  await source.push(moodleQuizAttempt({ user, raw: 8 }), moodleCourseCompleted({ user }))
  await settle()
  t.equal(await forward(), 2)
  t.strictSame(eventsOf(receiver.got), ['completion.accepted', 'claim.posted'])
})

t.test('while a secret changes two signatures are sent, then one', async (t) => {
  const { user, source } = await moodle()
  const { receiver, id, secret, forward } = await aHook({ filter: { sources: [source.id] } })
  const rotated = (await rotateSecret(ground, id, { overlapHours: 24 }, 'os:test')).secret as string
  await source.push(moodleQuizAttempt({ user, raw: 8 }))
  await source.push(moodleCourseCompleted({ user }))
  await settle()
  await forward()
  const [got] = receiver.got as [Got]
  t.equal(got.headers['x-xueshi-signature'], [signedBy(rotated, got), signedBy(secret, got)].join(', '))

  const last = (await rotateSecret(ground, id, { overlapHours: 0 }, 'os:test')).secret as string
  const next = await moodle()
  await db('destination')
    .where({ destination_id: idBytes(id) })
    .update({ filter: Buffer.from('{}') })
  await next.source.push(
    moodleQuizAttempt({ user: next.user, raw: 8 }),
    moodleCourseCompleted({ user: next.user }),
  )
  await settle()
  await forward()
  const after = receiver.got.at(-1) as Got
  t.equal(after.headers['x-xueshi-signature'], signedBy(last, after))
})

t.test('a source that falls silent is told of once', async (t) => {
  const { source } = await moodle()
  const { receiver, forward } = await aHook({ filter: { sources: [source.id] } })
  await db('source_alarm').insert({
    alarm_id: idBytes(newId()),
    source_id: idBytes(source.id),
    kind: 'silent',
    since: now() - 86_400_000_000,
    raised_at: now(),
    ended_at: null,
  })
  await tellSilence(ground)
  await tellSilence(ground)
  await forward()
  await tellSilence(ground)
  await forward()
  t.strictSame(eventsOf(receiver.got), ['source.silent'])
  t.match(JSON.parse(receiver.got[0]?.body ?? '').data, { source_id: source.id, last_push_at: /^2026-03-/ })
})

t.test('what a transaction that is undone decided is told nobody', async (t) => {
  const { user, source } = await moodle()
  await source.push(moodleQuizAttempt({ user, raw: 8 }), moodleCourseCompleted({ user }))
  await settle()
  const { receiver, forward } = await aHook({ filter: { sources: [source.id] } })
  const row = await db('conversion_item')
    .where({ source_id: idBytes(source.id) })
    .first('opened_seq')
  const [item] = await itemsOpenedBy(db, [Number(row.opened_seq)])
  const claimed = { ...(item as Item), itemId: newId(), claimedAt: now() }
  const tell = (undone: boolean) =>
    transact(db, async (trx) => {
      await tellOutcomes(trx, [claimed])
      if (undone) throw new Error('undone')
    })
  await t.rejects(tell(true), { message: 'undone' })
  await forward()
  t.strictSame(eventsOf(receiver.got), [])
  await tell(false)
  await tell(false)
  await forward()
  t.strictSame(eventsOf(receiver.got), ['completion.accepted'])
})

t.test('an LRS that asks for an outcome gets a statement when conversion comes to it', async (t) => {
  const { source } = await moodle()
  const receiver = await aReceiver(t)
  const { destination_id: id } = await addDestination(
    ground,
    destinationWish.parse({
      name: randomUUID(),
      kind: 'lrs',
      url: receiver.url,
      filter: { sources: [source.id], outcomes: ['claimed'] },
    }),
    'os:test',
  )
  const stranger = randomUUID()
  const statementId = randomUUID()
  await source.push(
    moodleQuizAttempt({ user: stranger, raw: 8 }),
    moodleCourseCompleted({ user: stranger, id: statementId }),
  )
  await settle()
  const forward = () => forwardTo(forwarding, id, newId(), new AbortController().signal)
  await forward()
  t.strictSame(receiver.taken, [], 'parked for an unknown person')
  await scene.teacher([moodleSite, stranger])
  await settle()
  await forward()
  t.strictSame(receiver.taken, [statementId])
})
