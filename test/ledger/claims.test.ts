import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { newId } from '../../foundation/ids.ts'
import { claimStatusOf, claimsPage } from '../../ledger/books/claim-states.ts'
import { actOn } from '../../ledger/books/decide.ts'
import { exceptionsOf } from '../../ledger/books/exceptions.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { claimsToCheck } from '../../ledger/books/workload.ts'
import { evaluateClaimsOn } from '../../ledger/catalogue/claimed.ts'
import { canonical, documentBytes } from '../../ledger/claims/canonical.ts'
import { awardKeyOf } from '../../ledger/claims/claim.ts'
import { afterAct, mayFollow, undecided } from '../../ledger/claims/status.ts'
import { shardOf, submit } from '../../ledger/claims/submit.ts'
import { freshDatabase } from '../support/database.ts'
import {
  aClaim,
  anAct,
  anOffering,
  aVoid,
  changeOffering,
  freshBook,
  hand,
  handAndPost,
  hoursOf,
  moodle,
  province,
  verified,
} from './books-world.ts'

const ground = await freshBook(await freshDatabase(t))
const offering = await anOffering(ground)

t.test('what the caller takes back was never handed in', async (t) => {
  const claim = aClaim(newId(), offering)

  await t.rejects(
    transact(ground.db, async (trx) => {
      await submit(trx, [claim], ground.now())
      throw new Error('the caller changed its mind')
    }),
  )

  const [submitted] = await hand(ground.db, [claim])
  t.equal(submitted?.outcome, 'accepted')
})

t.test('handing in the same facts from two callers at once keeps each fact once', async (t) => {
  const claims = Array.from({ length: 20 }, () => aClaim(newId(), offering))

  const outcomes = await Promise.all([hand(ground.db, claims), hand(ground.db, [...claims].reverse())])

  const accepted = outcomes.flat().filter(({ outcome }) => outcome === 'accepted')
  t.equal(accepted.length, 20)
  t.equal(new Set(outcomes.flat().map(({ inboxId }) => inboxId)).size, 20)
})

t.test('an act id under another key is a conflict', async (t) => {
  const claim = aClaim(newId(), offering)
  const act = aVoid(claim)
  await handAndPost(ground, [claim, act])

  const [other] = await hand(ground.db, [{ ...act, inputKey: newId() }])

  t.equal(other?.outcome, 'conflict')
})

t.test('a fact that does not fit the ledger is refused with its place', async (t) => {
  const claim = aClaim(newId(), offering, { rawRef: 'x'.repeat(201) })
  const makerId = newId()
  const act = anAct(claim.claimId, 'hold')

  await t.rejects(hand(ground.db, [claim]), {
    code: 'invalid-fact',
    errors: [{ index: 0, pointer: '/content/rawRef' }],
  })
  await t.rejects(hand(ground.db, [{ ...act, act: { ...act.act, makerId, checkerId: makerId } }]), {
    code: 'invalid-fact',
    errors: [{ index: 0, pointer: '/act/checkerId' }],
  })
})

t.test('claims of one class share their award key, other roles and attempts do not', async (t) => {
  const trainingClassId = newId()
  const keyOf = (changes: object) => awardKeyOf(aClaim(newId(), offering, changes)).toString('hex')

  t.equal(keyOf({ trainingClassId, source: moodle }), keyOf({ trainingClassId, source: province }))
  t.not(keyOf({ trainingClassId }), keyOf({ trainingClassId, role: 'presenter' }))
  t.not(keyOf({ attempt: 'a' }), keyOf({ attempt: 'b' }))
  t.not(keyOf({ offeringId: null }), keyOf({ offeringId: null }))
})

t.test('the canonical form tells null, empty and neighbouring fields apart', async (t) => {
  const forms = [[null], [''], ['a', 'b'], ['ab', ''], ['', 'ab'], [1], [-1], [Buffer.from('a')]].map(
    (fields) => canonical(fields).toString('hex'),
  )

  t.equal(new Set(forms).size, forms.length)
  t.equal(canonical([1, 'é', null]).toString('hex'), '000000000000000100000002c3a9ffffffff')
  t.equal(documentBytes({ b: 1, a: { d: undefined, c: [2] } }).toString(), '{"a":{"c":[2]},"b":1}')
})

t.test('a shard is a property of the id', async (t) => {
  t.equal(shardOf('01a20070-7d57-76e4-b2db-febc0452ad93'), 0x93 % 64)
})

for (const [name, kinds, kind, allowed] of [
  ['a withdrawn claim takes no act', ['void'], 'recognise', false],
  ['a void cannot be voided', ['void'], 'void', false],
  ['a refusal is final', ['reject'], 'recognise', false],
  ['a checked claim may be recognised', ['school_check'], 'recognise', true],
  ['a recognised claim may be held', ['recognise'], 'hold', true],
  ['what is not held cannot be released', ['recognise'], 'release', false],
  ['a held claim may be released', ['recognise', 'hold'], 'release', true],
] as const) {
  t.test(name, async (t) => {
    t.equal(mayFollow(kinds.reduce(afterAct, undecided), kind), allowed)
  })
}

t.test('a page reads where each claim stands and why', async (t) => {
  const teacher = newId()
  const recognised = aClaim(teacher, offering)
  const again = aClaim(teacher, offering, { endedOn: '2026-03-09' })
  const outside = aClaim(teacher, await anOffering(ground), { source: province })
  const failed = aClaim(teacher, await anOffering(ground, { passMark: '60' }), {
    passed: false,
    scorePercent: '41',
  })
  const voided = aClaim(teacher, await anOffering(ground))
  const notPosted = aClaim(teacher, await anOffering(ground))
  const all = [recognised, again, outside, failed, voided]
  await handAndPost(ground, all)
  await handAndPost(ground, [aVoid(voided)])

  const states = await claimStatusOf(
    ground.db,
    [...all, notPosted].map(({ claimId }) => claimId),
  )

  t.match(states.get(recognised.claimId), {
    claimStatus: 'recognised',
    entryStatus: 'active',
    milliHours: { claimed: 6_000, counted: 6_000, excess: 0, pending: 0 },
    reason: null,
    effectiveOn: '2026-03-05',
  })
  t.match(states.get(again.claimId), { milliHours: { counted: 0, excess: 6_000 }, reason: 'duplicate_award' })
  t.match(states.get(outside.claimId), {
    claimStatus: 'awaiting_check',
    milliHours: { pending: 6_000 },
    reason: 'awaiting_check',
  })
  t.match(states.get(failed.claimId), { entryStatus: null, reason: 'not_passed' })
  t.match(states.get(voided.claimId), {
    claimStatus: 'withdrawn',
    entryStatus: 'reversed',
    reason: 'withdrawn',
  })
  t.notOk(states.has(notPosted.claimId), 'what is not in the book is not said to be')
  t.match(await exceptionsOf(ground.db, { accountIds: [teacher] }), [
    { kind: 'not_passed', claimId: failed.claimId, sourceName: moodle.name },
  ])
  await verified(t, ground)
})

t.test('a person checks, recognises and rejects, and is told when it cannot be', async (t) => {
  const claim = aClaim(newId(), await anOffering(ground), { source: province })
  await handAndPost(ground, [claim])
  const decide = (kind: 'school_check' | 'recognise' | 'reject') =>
    actOn(ground, { claimId: claim.claimId, kind, reason: 'other', makerId: newId() })
  const statusOf = async () =>
    (await claimStatusOf(ground.db, [claim.claimId])).get(claim.claimId)?.claimStatus

  t.match(await decide('school_check'), { outcome: 'done', seq: 3 })
  t.equal(await statusOf(), 'school_checked')
  t.match(await decide('recognise'), { outcome: 'done', seq: 4 })
  t.equal(await statusOf(), 'recognised')
  t.match(await decide('school_check'), { outcome: 'refused', reason: 'ALREADY_DECIDED' })
  t.match(await decide('reject'), { outcome: 'done' })
  t.equal(await statusOf(), 'rejected')
  t.strictSame(await hoursOf(ground, claim.teacherId), { counted: 0, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test(
  'a claim that the district recognised first still waits for the school, and then counts',
  async (t) => {
    const claim = aClaim(newId(), await anOffering(ground), { source: province })
    await handAndPost(ground, [claim])
    const decide = (kind: 'school_check' | 'recognise') =>
      actOn(ground, { claimId: claim.claimId, kind, reason: 'other', makerId: newId() })
    const state = async () => (await claimStatusOf(ground.db, [claim.claimId])).get(claim.claimId)
    const toCheck = async () =>
      (await claimsToCheck(ground.db, { schools: 'all', stage: 'awaiting_check', today: '2026-06-01' }))
        .claimIds

    t.match(await decide('recognise'), { outcome: 'done' })
    t.match(await state(), { claimStatus: 'recognised', reason: 'awaiting_check' })
    t.ok((await toCheck()).includes(claim.claimId), 'the school finds it in its list')

    t.match(await decide('school_check'), { outcome: 'done' })
    t.match(await state(), { claimStatus: 'recognised', recognisedBy: 'person', reason: null })
    t.notOk((await toCheck()).includes(claim.claimId))
    t.match(await decide('school_check'), { outcome: 'refused', reason: 'ALREADY_DECIDED' })
    await verified(t, ground)
  },
)

t.test('a decision that is sent again with its own id is one act', async (t) => {
  const claim = aClaim(newId(), offering, { source: province })
  await handAndPost(ground, [claim])
  const decision = {
    claimId: claim.claimId,
    kind: 'school_check',
    reason: 'checked',
    makerId: newId(),
    actId: newId(),
  } as const

  const first = await actOn(ground, decision)
  const again = await actOn(ground, decision)

  t.strictSame(again, first)
  await t.rejects(actOn(ground, { ...decision, kind: 'reject' }), { code: 'act-conflict' })
})

t.test('a change of an offering reaches everybody who claims it', async (t) => {
  const changing = await anOffering(ground, { approvedMilliHours: 6_000 })
  const claim = aClaim(newId(), changing)
  await handAndPost(ground, [claim])

  await changeOffering(ground, { ...changing, approvedMilliHours: 10_000 })
  const asked = await transact(ground.db, (trx) =>
    evaluateClaimsOn(trx, { cause: newId(), offeringIds: [changing.offeringId], now: ground.now() }),
  )
  await postAll(ground)

  t.equal(asked, 1)
  t.strictSame(await hoursOf(ground, claim.teacherId), { counted: 10_000, excess: 0, pending: 0 })
  const voided = await ground
    .db('entry')
    .where({ claim_id: Buffer.from(claim.claimId.replaceAll('-', ''), 'hex'), bucket: 5 })
    .sum({ n: 'milli_hours' })
    .first()
  t.equal(Number(voided?.n), 6_000, 'reversed and posted again')
  await verified(t, ground)
})

t.test('pages list the claims of a status across accounts', async (t) => {
  const { claims, next } = await claimsPage(ground.db, { status: 'awaiting_check', accounts: 1_000 })

  t.equal(next, null)
  t.ok(claims.length > 0)
  t.ok(claims.every(({ claimStatus }) => claimStatus === 'awaiting_check'))
})
