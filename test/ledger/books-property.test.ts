import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { projectRoot } from '../../foundation/root.ts'
import { instantOf } from '../../foundation/time.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postBatch } from '../../ledger/books/post.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import type { ClaimFact, Fact } from '../../ledger/claims/claim.ts'
import { freshDatabase } from '../support/database.ts'
import {
  aClaim,
  addDocument,
  anOffering,
  aVoid,
  awardsOf,
  freshBook,
  govern,
  hand,
  province,
  verified,
} from './books-world.ts'

/** The numbers of a policy that the reference knows, in thousandths of an hour. */
interface Rules {
  policyId: string
  onlineCapAYear: number
  schoolCapACycle: number
  mostPerItem: number
  step: number
}

const example: Rules = {
  policyId: 'example.district.2026',
  onlineCapAYear: 40_000,
  schoolCapACycle: 180_000,
  mostPerItem: 60_000,
  step: 500,
}
const stricter: Rules = {
  policyId: 'stricter.district.2026',
  onlineCapAYear: 25_000,
  schoolCapACycle: 31_000,
  mostPerItem: 45_000,
  step: 2_000,
}

const ground = await freshBook(await freshDatabase(t))
const text = await readFile(join(projectRoot, 'policies/example-district.yaml'), 'utf8')
await addDocument(
  ground,
  text
    .replace('id: example.district.2026', `id: ${stricter.policyId}`)
    .replace('window: year, max: 40}', 'window: year, max: 25}')
    .replace('window: cycle, max: 180}', 'window: cycle, max: 31}')
    .replace('max_per_item: 60', 'max_per_item: 45')
    .replace('rounding: {to: 0.5', 'rounding: {to: 2'),
)
const offerings = {
  hall: await anOffering(ground, { approvedMilliHours: 6_250 }),
  camp: await anOffering(ground, { approvedMilliHours: 64_000 }),
  online: await anOffering(ground, { form: '网络研修', approvedMilliHours: 9_500 }),
  longOnline: await anOffering(ground, { form: '网络研修', approvedMilliHours: 22_000 }),
  school: await anOffering(ground, { form: '校本研修', level: 'school', approvedMilliHours: 12_000 }),
  smallSchool: await anOffering(ground, { form: '校本研修', level: 'school', approvedMilliHours: 7_250 }),
  outside: await anOffering(ground, { approvedMilliHours: 10_000 }),
}
const offeringById = new Map(Object.values(offerings).map((one) => [one.offeringId, one]))

/** One completion as the generator draws it: who, what, on which occasion, on which day, and what happens to it. */
const drawn = fc.record({
  teacher: fc.nat(3),
  offering: fc.constantFrom(...(Object.keys(offerings) as (keyof typeof offerings)[])),
  occasion: fc.nat(2),
  day: fc.nat(700),
  isVoided: fc.boolean(),
  deliveries: fc.integer({ min: 1, max: 3 }),
  isFiledTwice: fc.boolean(),
})

type Drawn = (typeof drawn)['generate'] extends (...args: never[]) => { value: infer T } ? T : never

function factsOf(draws: Drawn[], teachers: Id[]): { claims: ClaimFact[]; voids: Fact[]; deliveries: Fact[] } {
  const claims: ClaimFact[] = []
  const voids: Fact[] = []
  const deliveries: Fact[] = []
  draws.forEach((one, i) => {
    // The instant is unique, so the reference needs no other order than time.
    const endedOn = new Date(Date.UTC(2026, 0, 12) + one.day * 86_400_000).toISOString().slice(0, 10)
    const endedAt = (instantOf(`${endedOn}T09:00:00+08:00`) + i * 1_000_000) as ReturnType<typeof instantOf>
    const claim = aClaim(teachers[one.teacher] as Id, offerings[one.offering], {
      attempt: `occasion-${one.occasion}`,
      endedOn,
      endedAt,
      receivedAt: endedAt,
      ...(one.offering === 'outside' ? { source: province, attempt: `own-${i}` } : {}),
    })
    claims.push(claim)
    for (let n = 0; n < one.deliveries; n++) deliveries.push(claim)
    if (one.isFiledTwice) deliveries.push({ ...claim, inputKey: newId() })
    if (one.isVoided && i % 3 === 0) {
      const withdrawal = aVoid(claim)
      voids.push(withdrawal)
      for (let n = 0; n < one.deliveries; n++) deliveries.push(withdrawal)
    }
  })
  return { claims, voids, deliveries }
}

/**
 * What each claim must hold, one after the other, by arithmetic of its own: it knows nothing of postings, buckets of the
 * book or the policy language.
 */
function reference(claims: ClaimFact[], voids: Fact[], rules: Rules) {
  const voided = new Set(voids.map((fact) => (fact.kind === 'act' ? fact.claimId : '')))
  const held = new Map<Id, { counted: number; excess: number; pending: number }>()
  const taken = new Set<string>()
  const room = new Map<string, number>()
  const inTime = claims
    .filter(({ claimId }) => !voided.has(claimId))
    .sort((a, b) => a.content.endedAt - b.content.endedAt)
  for (const { claimId, teacherId, content } of inTime) {
    const offering = offeringById.get(content.offeringId as Id) as OfferingInfo
    const value = Math.floor(offering.approvedMilliHours / rules.step) * rules.step
    if (content.source === province) {
      held.set(claimId, { counted: 0, excess: 0, pending: value })
      continue
    }
    // One occasion counts once, and so does one offering: the earliest, since all are worth the same.
    const isRepeated = taken.has(`${teacherId} ${offering.offeringId}`)
    taken.add(`${teacherId} ${offering.offeringId}`)
    const caps: [string, number][] = []
    if (offering.form === '网络研修')
      caps.push([`online ${teacherId} ${content.endedOn.slice(0, 4)}`, rules.onlineCapAYear])
    if (offering.level === 'school') caps.push([`school ${teacherId}`, rules.schoolCapACycle])
    const rooms = caps.map(([name, max]) => room.get(name) ?? max)
    const counted = isRepeated ? 0 : Math.min(value, rules.mostPerItem, ...rooms)
    for (const [name, max] of caps) room.set(name, (room.get(name) ?? max) - counted)
    held.set(claimId, { counted, excess: value - counted, pending: 0 })
  }
  return held
}

function shuffled<T>(items: T[], seed: number): T[] {
  const all = [...items]
  let state = seed
  for (let i = all.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    const j = state % (i + 1)
    ;[all[i], all[j]] = [all[j] as T, all[i] as T]
  }
  return all
}

/** Hands facts in by small batches, out of order, and posts what it handed in while others do the same. */
async function work(facts: Fact[]): Promise<void> {
  for (let from = 0; from < facts.length; from += 4) {
    const submitted = await hand(ground.db, facts.slice(from, from + 4))
    await postBatch(ground, [...new Set(submitted.map(({ inboxId }) => inboxId as Id))])
  }
}

let rules = example

t.test(
  'nine workers with shuffled, repeated and voided claims and a policy switch end in the book of the sequential reference',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(drawn, { minLength: 30, maxLength: 60 }),
        fc.nat(1_000_000),
        async (draws, seed) => {
          const teachers = Array.from({ length: 4 }, () => newId())
          const { claims, voids, deliveries } = factsOf(draws, teachers)
          const order = shuffled(deliveries, seed)
          const shares = Array.from({ length: 9 }, (_, w) => order.filter((_, i) => i % 9 === w))
          rules = rules === example ? stricter : example

          const switching = seed % 9
          await Promise.all(
            shares.map(async (share, worker) => {
              const middle = Math.ceil(share.length / 2)
              await work(share.slice(0, middle))
              if (worker === switching) await govern(ground, rules.policyId, '2026-01-01')
              await work(share.slice(middle))
            }),
          )
          await postAll(ground)

          const held = new Map<Id, object>()
          for (const teacher of teachers) {
            for (const [claimId, { split }] of await awardsOf(ground, teacher)) held.set(claimId, split)
          }
          const expected = reference(claims, voids, rules)
          const byId = (map: Map<Id, object>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
          t.strictSame(
            byId(held),
            byId(expected),
            `every claim stands where the reference says (seed ${seed})`,
          )
        },
      ),
      { numRuns: 6, endOnFailure: true },
    )

    const stuck = await ground.db('inbox').whereNot('state', 4).count({ n: '*' }).first()
    t.equal(Number(stuck?.n), 0, 'every fact found its end')
    const behind = await ground
      .db('account')
      .where('policy_version', '<>', (await ground.db('book').first()).policy_version)
    t.strictSame(behind, [], 'every account is on the version of the book')
    await verified(t, ground)
  },
)

t.test('a policy version that is applied again changes nothing', async (t) => {
  const teacher = newId()
  const claim = aClaim(teacher, offerings.longOnline)
  const other = aClaim(teacher, offerings.online)
  await work([claim, other])
  await govern(ground, example.policyId, '2026-01-01')

  await govern(ground, stricter.policyId, '2026-01-01')
  const before = await ground.db('account').where('account_id', idBytes(teacher)).first('version')
  await govern(ground, stricter.policyId, '2026-01-01')
  const after = await ground.db('account').where('account_id', idBytes(teacher)).first('version')

  t.equal(Number(after.version), Number(before.version))
  await verified(t, ground)
})
