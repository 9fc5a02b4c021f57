import t from 'tap'
import { newId, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { claimStatusOf } from '../../ledger/books/claim-states.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postBatch } from '../../ledger/books/post.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { quarantineCounts, quarantined, releaseQuarantined } from '../../ledger/books/quarantine.ts'
import { Sweep } from '../../ledger/books/sweep.ts'
import { claimsToCheck } from '../../ledger/books/workload.ts'
import { inboxReasons, inboxStates } from '../../ledger/claims/claim.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { freshDatabase } from '../support/database.ts'
import {
  aClaim,
  anAct,
  anOffering,
  aVoid,
  awardsOf,
  changeOffering,
  freshBook,
  govern,
  hand,
  handAndPost,
  hoursOf,
  inboxRow,
  province,
  verified,
} from './books-world.ts'

const ground = await freshBook(await freshDatabase(t))
const offering = await anOffering(ground)

t.test('a completion becomes counted hours under the day it ended', async (t) => {
  const teacher = newId()
  const claim = aClaim(teacher, offering)

  const [submitted] = await handAndPost(ground, [claim])

  t.equal(submitted?.outcome, 'accepted')
  const award = (await awardsOf(ground, teacher)).get(claim.claimId)
  t.match(award, {
    milliHours: 6_000,
    claimedMilliHours: 6_000,
    effectiveOn: '2026-03-05',
    periodNo: 2026,
    category: '师德与素养',
    level: 'district',
    form: '集中培训',
    split: { counted: 6_000, excess: 0, pending: 0 },
  })
  await verified(t, ground)
})

t.test('the same input again changes nothing and answers the first row', async (t) => {
  const teacher = newId()
  const claim = aClaim(teacher, offering)

  const [first] = await handAndPost(ground, [claim])
  const [again, twice] = await handAndPost(ground, [claim, claim])

  t.match(again, { outcome: 'known', inboxId: first?.inboxId })
  t.match(twice, { outcome: 'known', inboxId: first?.inboxId })
  t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test('the same key with other content is a conflict and posts nothing', async (t) => {
  const teacher = newId()
  const claim = aClaim(teacher, offering)
  await handAndPost(ground, [claim])

  const [conflict] = await handAndPost(ground, [{ ...claim, inputHash: sha256('other') }])

  t.equal(conflict?.outcome, 'conflict')
  t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test(
  'a claim under another key is known when its content is the same, quarantined when it is not',
  async (t) => {
    const teacher = newId()
    const claim = aClaim(teacher, offering)
    await handAndPost(ground, [claim])

    const [same] = await handAndPost(ground, [{ ...claim, inputKey: newId() }])
    const [other] = await handAndPost(ground, [
      { ...claim, inputKey: newId(), content: { ...claim.content, sourceAmount: '9' } },
    ])
    const [elsewhere] = await handAndPost(ground, [{ ...claim, inputKey: newId(), teacherId: newId() }])

    t.match(await inboxRow(ground, same), { state: inboxStates.code('posted'), seq: 2 })
    const conflict = { state: inboxStates.code('quarantined'), reason: inboxReasons.code('CLAIM_CONFLICT') }
    t.match(await inboxRow(ground, other), conflict)
    t.match(await inboxRow(ground, elsewhere), conflict)
    t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })
    await verified(t, ground)
  },
)

t.test('a void reverses the award and names what it took back', async (t) => {
  const teacher = newId()
  const claim = aClaim(teacher, offering)
  await handAndPost(ground, [claim])

  const [submitted] = await handAndPost(ground, [aVoid(claim)])

  t.match(await inboxRow(ground, submitted), { state: inboxStates.code('posted'), seq: 3 })
  t.strictSame(await hoursOf(ground, teacher), { counted: 0, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test('a void that comes before its claim leaves the claim without hours', async (t) => {
  const teacher = newId()
  const claim = aClaim(teacher, offering)

  const [early] = await handAndPost(ground, [aVoid(claim)])
  t.match(await inboxRow(ground, early), { state: inboxStates.code('posted'), seq: null })
  await verified(t, ground)
  await handAndPost(ground, [claim])

  t.match(await inboxRow(ground, early), { state: inboxStates.code('posted'), seq: 2 })
  t.strictSame(await hoursOf(ground, teacher), { counted: 0, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test('a void of another source is quarantined and takes nothing, before and after the claim', async (t) => {
  const teacher = newId()
  const [late, early] = [aClaim(teacher, offering), aClaim(teacher, await anOffering(ground))]

  const [before] = await handAndPost(ground, [aVoid(early, { sourceId: province.id })])
  await handAndPost(ground, [late, early])
  const [after] = await handAndPost(ground, [aVoid(late, { sourceId: province.id })])

  const refused = { state: inboxStates.code('quarantined'), reason: inboxReasons.code('VOID_NOT_ALLOWED') }
  t.match(await inboxRow(ground, before), refused)
  t.match(await inboxRow(ground, after), refused)
  t.strictSame(await hoursOf(ground, teacher), { counted: 12_000, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test('a second void before the claim stays in sight, and is posted when it is released', async (t) => {
  const claim = aClaim(newId(), offering)
  const [foreign] = await handAndPost(ground, [aVoid(claim, { sourceId: province.id })])
  const [own] = await handAndPost(ground, [aVoid(claim)])
  const unseen = { state: inboxStates.code('quarantined'), reason: inboxReasons.code('CLAIM_UNKNOWN') }
  t.match(await inboxRow(ground, own), unseen)
  await verified(t, ground)

  await handAndPost(ground, [claim])
  const before = await hoursOf(ground, claim.teacherId)
  await releaseQuarantined(ground.db, 'CLAIM_UNKNOWN', ground.now())
  await postAll(ground)

  t.equal(before.counted, 6_000)
  t.match(await inboxRow(ground, foreign), { reason: inboxReasons.code('VOID_NOT_ALLOWED') })
  t.match(await inboxRow(ground, own), { state: inboxStates.code('posted'), seq: 3 })
  t.strictSame(await hoursOf(ground, claim.teacherId), { counted: 0, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test(
  'hours above a cap stand in excess and are promoted when what filled the cap is withdrawn',
  async (t) => {
    const teacher = newId()
    const online = { form: '网络研修', approvedMilliHours: 30_000 }
    const first = aClaim(teacher, await anOffering(ground, online), { endedOn: '2026-03-01' })
    const second = aClaim(teacher, await anOffering(ground, online), { endedOn: '2026-03-02' })

    await handAndPost(ground, [second])
    await handAndPost(ground, [first])
    t.strictSame(await hoursOf(ground, teacher), { counted: 40_000, excess: 20_000, pending: 0 })
    t.equal((await awardsOf(ground, teacher)).get(second.claimId)?.split.excess, 20_000)
    await handAndPost(ground, [aVoid(first)])

    t.strictSame(await hoursOf(ground, teacher), { counted: 30_000, excess: 0, pending: 0 })
    t.equal((await awardsOf(ground, teacher)).get(second.claimId)?.why.counted, 'promoted')
    await verified(t, ground)
  },
)

t.test(
  'what an untrusted source claims is pending until the school checks and the district recognises',
  async (t) => {
    const teacher = newId()
    const claim = aClaim(teacher, offering, { source: province })

    await handAndPost(ground, [claim])
    t.strictSame(await hoursOf(ground, teacher), { counted: 0, excess: 0, pending: 6_000 })
    await handAndPost(ground, [anAct(claim.claimId, 'school_check')])
    await handAndPost(ground, [anAct(claim.claimId, 'recognise')])
    t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })

    const [again] = await handAndPost(ground, [anAct(claim.claimId, 'recognise')])
    t.match(await inboxRow(ground, again), {
      state: inboxStates.code('refused'),
      reason: inboxReasons.code('ALREADY_DECIDED'),
    })
    await verified(t, ground)
  },
)

t.test('hours that wait for another reason than before say so, and a person finds them', async (t) => {
  const claim = aClaim(newId(), offering, { source: province })
  const seen = async () => {
    const state = (await claimStatusOf(ground.db, [claim.claimId])).get(claim.claimId)
    const { claimIds } = await claimsToCheck(ground.db, { schools: 'all', today: '2026-06-01', size: 500 })
    return [state?.reason, state?.entryStatus, claimIds.includes(claim.claimId)]
  }
  const afterwards = async (kind: 'school_check' | 'hold' | 'release') => {
    await handAndPost(ground, [anAct(claim.claimId, kind)])
    return seen()
  }
  await handAndPost(ground, [claim])

  t.strictSame(await seen(), ['awaiting_check', 'active', true])
  t.strictSame(await afterwards('hold'), ['held', 'held', true])
  t.strictSame(await afterwards('release'), ['awaiting_check', 'active', true])
  t.strictSame(await afterwards('school_check'), ['awaiting_recognition', 'active', true])
  t.strictSame(await hoursOf(ground, claim.teacherId), { counted: 0, excess: 0, pending: 6_000 })
  await verified(t, ground)
})

t.test('what came before any policy is found by a person once one governs', async (t) => {
  const bare = postingGround({ db: await freshDatabase(t), log: ground.log, now: ground.now })
  await loadShippedPolicies(bare.db, bare.now())
  const claim = aClaim(newId(), await anOffering(bare), { source: province })
  await handAndPost(bare, [claim])
  const list = async () => (await claimsToCheck(bare.db, { schools: 'all', today: '2026-06-01' })).claimIds
  const before = await list()

  await govern(bare, 'example.district.2026', '2026-01-01')

  t.strictSame([before, await list()], [[], [claim.claimId]])
  await verified(t, bare)
})

t.test('an act on a claim that nobody filed is quarantined', async (t) => {
  const [submitted] = await handAndPost(ground, [anAct(newId(), 'recognise')])

  t.match(await inboxRow(ground, submitted), {
    state: inboxStates.code('quarantined'),
    reason: inboxReasons.code('CLAIM_UNKNOWN'),
  })
})

t.test('a claim waits as a work item until its offering is approved, and is then posted', async (t) => {
  const teacher = newId()
  const waiting = await anOffering(ground, { approvedOn: null })
  const claim = aClaim(teacher, waiting)
  await handAndPost(ground, [claim])
  t.equal((await awardsOf(ground, teacher)).size, 0)
  await verified(t, ground)

  await changeOffering(ground, { ...waiting, approvedOn: '2026-02-01' })
  const cause = { sourceId: newId(), inputKey: 'approved', inputHash: sha256('approved') }
  await handAndPost(ground, [{ kind: 'evaluate', ...cause, teacherIds: [teacher] }])

  t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test('a poisoned fact is quarantined and its neighbours are posted', async (t) => {
  const teacher = newId()
  const good = [aClaim(teacher, offering), aClaim(newId(), offering), aClaim(newId(), offering)]
  const poisoned = aClaim(newId(), offering)
  const submitted = await hand(ground.db, [...good, poisoned])
  const rowOf = (i: number) => inboxRow(ground, submitted[i])
  await ground
    .db('inbox')
    .where({ input_key: Buffer.from(poisoned.inputKey) })
    .update({ content: Buffer.from('{') })

  await postAll(ground)

  t.match(await rowOf(3), { state: inboxStates.code('quarantined'), reason: inboxReasons.code('DEFECT') })
  const states = await Promise.all([0, 1, 2].map(async (i) => (await rowOf(i)).state))
  t.strictSame(states, Array(3).fill(inboxStates.code('posted')))
  t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test('what was quarantined is posted after its cause is mended and it is released', async (t) => {
  const claim = aClaim(newId(), offering)
  const [early] = await handAndPost(ground, [anAct(claim.claimId, 'school_check')])
  t.match(await quarantineCounts(ground.db), new Map([['CLAIM_UNKNOWN', 2]]))
  await handAndPost(ground, [claim])

  const released = await releaseQuarantined(ground.db, 'CLAIM_UNKNOWN', ground.now())
  await postAll(ground)

  t.equal(released, 2)
  t.match(await inboxRow(ground, early), { state: inboxStates.code('posted'), seq: 3 })
  t.match(await quarantined(ground.db, { reason: 'CLAIM_UNKNOWN' }), [
    { kind: 'act', reason: 'CLAIM_UNKNOWN' },
  ])
  await verified(t, ground)
})

t.test('a claim posted while the catalogue changed is evaluated once more, when that is over', async (t) => {
  const changing = await anOffering(ground)
  const claim = aClaim(newId(), changing)
  await handAndPost(ground, [claim])
  const sweep = new Sweep()
  await changeOffering(ground, { ...changing, approvedMilliHours: 9_000 })
  const later = { ...ground, now: () => (ground.now() + 31_000_000) as Instant }

  t.equal(await sweep.run(ground), 0)
  t.ok((await sweep.run(later)) > 0)
  await postAll(later)

  t.strictSame(await hoursOf(ground, claim.teacherId), { counted: 9_000, excess: 0, pending: 0 })
  t.equal(await sweep.run(later), 0)
  await verified(t, ground)
})

t.test('two workers with the same batch post it once', async (t) => {
  const teachers = Array.from({ length: 5 }, () => newId())
  const submitted = await hand(
    ground.db,
    teachers.map((teacher) => aClaim(teacher, offering)),
  )
  const ids = submitted.map(({ inboxId }) => inboxId as string)

  const posted = await Promise.all([postBatch(ground, ids), postBatch(ground, ids), postBatch(ground, ids)])

  t.equal(
    posted.reduce((sum, n) => sum + n, 0),
    5,
  )
  const hours = await Promise.all(teachers.map((teacher) => hoursOf(ground, teacher)))
  t.ok(hours.every(({ counted }) => counted === 6_000))
  await verified(t, ground)
})
