import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import type { ClaimFact, Fact } from '../../ledger/claims/claim.ts'
import { accountOf } from '../../ledger/claims/submit.ts'
import { suppose } from '../../ledger/transcript/suppose.ts'
import { freshGround } from '../support/ground.ts'
import { aClaim, anAct, anOffering, aVoid, freshBook, handAndPost } from './books-world.ts'

// The district asks for 48 hours a year; a hall course earns what it is approved for, no more than 60 at once.
const today = '2026-11-21'
const { db } = await freshGround(t)
const book = await freshBook(db)

const hall = (hours: number, changes: Partial<OfferingInfo> = {}) =>
  anOffering(book, { approvedMilliHours: hours * 1000, ...changes })

/** A teacher with these hours in the book, each as a claim of its own. */
async function holding(...hours: number[]): Promise<{ teacher: Id; claims: ClaimFact[] }> {
  const teacher = newId()
  const claims: ClaimFact[] = []
  for (const one of hours) claims.push(aClaim(teacher, await hall(one)))
  if (claims.length > 0) await handAndPost(book, claims)
  return { teacher, claims }
}

const supposing = (facts: readonly Fact[], on = today) => suppose(db, book.cache, facts, on)

async function shiftsOf(facts: readonly Fact[], on = today) {
  const [found] = await supposing(facts, on)
  return found?.shifts.map(({ change, before, after }) => [change, before.id, before.have, after.have])
}

async function close(teacher: Id, periodNo: number) {
  await db('account')
    .where('account_id', idBytes(accountOf(teacher)))
    .update({ closed_through: periodNo })
}

t.test('a teacher at exactly the requirement falls below it when a claim is taken back', async (t) => {
  const { teacher, claims } = await holding(42, 6)
  const found = await supposing([aVoid(claims[1] as ClaimFact)])

  t.match(found, [{ teacherId: teacher, closed: [] }])
  t.match(found[0]?.shifts, [
    {
      change: 'no_longer_met',
      before: { id: 'yearly-min', result: 'met', have: '48', need: '48', gap: null },
      after: { result: 'not_met', have: '42', gap: '6', window: { from: '2026-01-01', to: '2026-12-31' } },
    },
  ])
})

t.test('a teacher one claim short reaches the requirement with it', async (t) => {
  const { teacher } = await holding(42)

  t.strictSame(await shiftsOf([aClaim(teacher, await hall(6))]), [['newly_met', 'yearly-min', '42', '48']])
})

t.test('a claim that is taken back and filed anew with the same hours changes nothing', async (t) => {
  const { teacher, claims } = await holding(42, 6)
  const [, last] = claims as [ClaimFact, ClaimFact]
  const anew = aClaim(teacher, await hall(6), { scorePercent: '70' })

  t.strictSame(await shiftsOf([aVoid(last), anew]), [])
})

t.test('hours that a cap held back take the place of what is lost', async (t) => {
  const { teacher } = await holding(8)
  const online = await Promise.all([30, 10, 6].map((hours) => hall(hours, { form: '网络研修' })))
  const claims = online.map((offering) => aClaim(teacher, offering))
  await handAndPost(book, claims)

  t.strictSame(await shiftsOf([aVoid(claims[2] as ClaimFact)]), [])
  t.strictSame(await shiftsOf([aVoid(claims[1] as ClaimFact)]), [['no_longer_met', 'yearly-min', '48', '44']])
})

t.test('a teacher without an account is judged as it would be opened', async (t) => {
  t.strictSame(await shiftsOf([aClaim(newId(), await hall(48))]), [['newly_met', 'yearly-min', '0', '48']])
})

t.test('a year that is over is judged as it ended', async (t) => {
  const { claims } = await holding(42, 6)
  const facts = [aVoid(claims[1] as ClaimFact)]

  t.strictSame(await shiftsOf(facts, '2027-02-01'), [['no_longer_met', 'yearly-min', '48', '42']])
})

t.test('a closed year takes no claim and gives none back; what it would be is said', async (t) => {
  const { teacher, claims } = await holding(42, 6)
  await close(teacher, 2026)
  const found = await supposing([
    aVoid(claims[1] as ClaimFact),
    aClaim(teacher, await hall(9)),
    aClaim(teacher, await hall(4), { endedOn: '2027-01-05' }),
  ])

  t.strictSame(found[0]?.closed, [
    { periodNo: 2026, late: { claims: 1, milliHours: 9_000 }, kept: { claims: 1, milliHours: 6_000 } },
  ])
  t.strictSame(found[0]?.shifts, [])
})

t.test('what came late before is not laid to these facts', async (t) => {
  const { teacher } = await holding(42)
  await close(teacher, 2026)
  await handAndPost(book, [aClaim(teacher, await hall(6))])
  const found = await supposing([aClaim(teacher, await hall(3))])

  t.match(found[0]?.closed, [{ periodNo: 2026, late: { claims: 1, milliHours: 3_000 } }])
})

t.test(
  'acts that the book would refuse, and facts about claims it does not hold, change nothing',
  async (t) => {
    const { claims } = await holding(48)
    const [claim] = claims as [ClaimFact]
    await handAndPost(book, [anAct(claim.claimId, 'reject')])

    t.strictSame(await shiftsOf([anAct(claim.claimId, 'recognise')]), [])
    t.strictSame(await supposing([anAct(newId(), 'void')]), [])
  },
)

t.test('nothing is written', async (t) => {
  const { teacher, claims } = await holding(42, 6)
  const rows = async () =>
    Promise.all(
      ['inbox', 'account', 'claim', 'claim_act', 'posting', 'entry', 'exception'].map(
        async (table) => (await db(table).count({ n: '*' }).first())?.n,
      ),
    )
  const before = await rows()
  await supposing([
    aVoid(claims[0] as ClaimFact),
    aClaim(teacher, await hall(1)),
    aClaim(newId(), await hall(1)),
  ])

  t.strictSame(await rows(), before)
})
