import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { addDays, asInstant, instantOf } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { awardKeyOf, type Claim, type ClaimAct } from '../../ledger/claims/claim.ts'
import type { FlatPolicy } from '../../ledger/policy/document.ts'
import type { Award } from '../../ledger/policy/evaluation.ts'
import { windowOf } from '../../ledger/policy/windows.ts'
import {
  aClaim,
  aCourseWithSessions,
  anAct,
  anAttendance,
  anOffering,
  evaluated,
  examplePolicy,
  idOf,
} from './policy-cases.ts'

const offerings: OfferingInfo[] = [
  anOffering({ code: 'ON-1', approvedMilliHours: 12_250 }),
  anOffering({ code: 'ON-2', approvedMilliHours: 30_000, level: 'school' }),
  anOffering({
    code: 'SC-1',
    form: '校本研修',
    level: 'school',
    approvedMilliHours: 58_000,
    topic: '信息技术',
  }),
  anOffering({ code: 'SC-2', form: '校本研修', level: 'school', approvedMilliHours: 70_000 }),
  anOffering({ code: 'PATH', form: '集中培训', approvedMilliHours: 20_000, contains: ['PART-1', 'PART-2'] }),
  anOffering({ code: 'PART-1', form: '集中培训', approvedMilliHours: 9_000 }),
  anOffering({ code: 'PART-2', form: '集中培训', approvedMilliHours: 14_000 }),
  aCourseWithSessions(),
]

const paper = { id: idOf('paper'), name: 'paper', preset: 'adl' }

const policies: FlatPolicy[] = [
  examplePolicy,
  { ...examplePolicy, dedupe: 'first', retake: 'best' },
  { ...examplePolicy, dedupe: null, retake: null, rounding: null, late_registration: null },
  { ...examplePolicy, dedupe: 'highest', retake: 'again' },
  { ...examplePolicy, dedupe: null, retake: 'again' },
  {
    ...examplePolicy,
    dedupe: 'none',
    retake: 'again',
    caps: [
      { window: 'last-2-years', max: 50 },
      { filter: { form: '校本研修' }, window: null, max: 60 },
    ],
  },
]

/** A claim on one of the offerings, any day of three years, from either source, now and then told twice. */
const claims = fc.array(
  fc.record({
    offering: fc.integer({ min: 0, max: offerings.length - 1 }),
    day: fc.integer({ min: 0, max: 1_095 }),
    minute: fc.integer({ min: 0, max: 600 }),
    delay: fc.integer({ min: 0, max: 100 }),
    attempt: fc.constantFrom(null, 'a', 'b'),
    session: fc.integer({ min: 1, max: 4 }),
    isPaper: fc.boolean(),
    act: fc.constantFrom(null, null, null, 'void', 'hold', 'reject', 'recognise') as fc.Arbitrary<
      ClaimAct['kind'] | null
    >,
  }),
  { maxLength: 25 },
)

type Drawn = Parameters<Parameters<typeof claims.map>[0]>[0][number]

function claimFrom(drawn: Drawn, at: number): { claim: Claim; acts: ClaimAct[] } {
  const offering = offerings[drawn.offering] as OfferingInfo
  const day = addDays('2026-01-01', drawn.day)
  const endedAt = asInstant(instantOf(`${day}T08:00:00+08:00`) + drawn.minute * 60_000_000)
  const content = {
    claimId: idOf(`claim ${at}`),
    receivedAt: asInstant(endedAt + drawn.delay * 86_400_000_000),
    attempt: drawn.attempt,
    ...(drawn.isPaper ? { source: paper } : {}),
  }
  const claim =
    offering.awardBasis === 'by_attendance'
      ? anAttendance(drawn.session, content)
      : aClaim({ ...content, offeringId: offering.offeringId, endedAt, evidence: ['完成', '测评', '签到'] })
  return { claim, acts: drawn.act ? [anAct(claim, drawn.act, { actId: idOf(`act ${at}`) })] : [] }
}

const input = (drawn: Drawn[]) => {
  const made = drawn.map(claimFrom)
  return { claims: made.map(({ claim }) => claim), acts: made.flatMap(({ acts }) => acts) }
}

/** One assertion a property; a failing case is shrunk and its seed printed. */
function holds<T>(t: Test, property: fc.IPropertyWithHooks<T>): void {
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
}

t.test('the order in which claims and acts come does not matter', async (t) => {
  holds(
    t,
    fc.property(claims, fc.integer(), fc.constantFrom(...policies), (drawn, seed, policy) => {
      const { claims, acts } = input(drawn)
      const want = evaluated(claims, { offerings, policy, acts })
      const got = evaluated(shuffled(claims, seed), {
        offerings: shuffled(offerings, seed),
        policy,
        acts: shuffled(acts, seed + 1),
      })
      assert.deepEqual(got, want)
    }),
  )
})

t.test('every claim stands in exactly one place', async (t) => {
  holds(
    t,
    fc.property(claims, fc.constantFrom(...policies), (drawn, policy) => {
      const { claims, acts } = input(drawn)
      const { awards, waiting } = evaluated(claims, { offerings, policy, acts })
      const ids = [...awards, ...waiting].map(({ claimId }) => claimId)
      assert.deepEqual(ids.sort(), claims.map(({ claimId }) => claimId).sort())
    }),
  )
})

t.test('an award is the sum of its parts, each above zero', async (t) => {
  holds(
    t,
    fc.property(claims, fc.constantFrom(...policies), (drawn, policy) => {
      const { claims, acts } = input(drawn)
      for (const { milliHours, split } of evaluated(claims, { offerings, policy, acts }).awards) {
        assert.equal(
          split.reduce((sum, part) => sum + part.milliHours, 0),
          milliHours,
        )
        assert.ok(split.every((part) => Number.isSafeInteger(part.milliHours) && part.milliHours > 0))
      }
    }),
  )
})

t.test(
  'of one award key, and of a path and its parts, one is credited, whoever decides on them',
  async (t) => {
    const deduping = policies.filter(({ dedupe }) => dedupe !== 'none')
    const values = fc.array(fc.constantFrom(null, null, 3_000, 6_000, 90_000), {
      minLength: 25,
      maxLength: 25,
    })
    holds(
      t,
      fc.property(claims, values, fc.constantFrom(...deduping), (drawn, decided, policy) => {
        const { claims, acts } = input(drawn.map((one) => ({ ...one, act: null })))
        const more = claims.flatMap((claim, at) => {
          const valueMilliHours = decided[at] ?? null
          return valueMilliHours === null
            ? []
            : [anAct(claim, 'recognise', { actId: idOf(`value ${at}`), valueMilliHours })]
        })
        const { awards } = evaluated(claims, { offerings, policy, acts: [...acts, ...more] })
        const byId = new Map(claims.map((claim) => [claim.claimId, claim]))
        const credited = awards
          .filter((award) => countedOf(award) > 0)
          .map(({ claimId }) => byId.get(claimId) as Claim)
        const keys = credited.map((claim) => awardKeyOf(claim).toString('hex'))
        assert.equal(new Set(keys).size, keys.length)
        const isAny = (...codes: string[]) =>
          credited.some(({ content }) => codes.some((code) => content.offeringId === idOf(code)))
        assert.ok(!(isAny('PATH') && isAny('PART-1', 'PART-2')))
      }),
    )
  },
)

t.test('where repeats count, no more of them are credited than one source tells of', async (t) => {
  const again = policies.filter(({ dedupe, retake }) => retake === 'again' && dedupe !== 'none')
  holds(
    t,
    fc.property(claims, fc.constantFrom(...again), (drawn, policy) => {
      const { claims, acts } = input(drawn)
      const { awards } = evaluated(claims, { offerings, policy, acts })
      for (const { offeringId, awardBasis } of offerings) {
        if (awardBasis === 'by_attendance') continue
        const told = claims.filter(({ content }) => content.offeringId === offeringId)
        // Above a cap or not: what is aside as told before, or waits, is not credited.
        const credited = awards.filter(
          ({ claimId, split }) =>
            told.some((claim) => claim.claimId === claimId) &&
            split.some(({ bucket, why }) => bucket !== 'pending' && why !== 'duplicate_award'),
        )
        assert.ok(credited.length <= mostAttempts(told))
      }
    }),
  )
})

function mostAttempts(told: Claim[]): number {
  const names = new Map<string, Set<string | null>>()
  for (const { content } of told) {
    const teller = content.attempt === null ? '' : content.source.id
    names.set(teller, new Set([...(names.get(teller) ?? []), content.attempt]))
  }
  return Math.max(0, ...[...names.values()].map(({ size }) => size))
}

t.test('no cap is ever exceeded, in any of its windows', async (t) => {
  holds(
    t,
    fc.property(claims, fc.constantFrom(...policies), (drawn, policy) => {
      const { claims, acts } = input(drawn)
      const { awards } = evaluated(claims, { offerings, policy, acts })
      for (const cap of policy.caps ?? []) {
        const counted = awards.filter((award) => fits(award, cap.filter))
        for (const { effectiveOn } of counted)
          assert.ok(countedIn(counted, policy, cap.window, effectiveOn) <= (cap.max ?? 0) * 1000)
      }
      for (const award of awards) assert.ok(countedOf(award) <= 60_000)
    }),
  )
})

t.test('what closed periods hold stays, and nothing is counted on top of a cap', async (t) => {
  holds(
    t,
    fc.property(claims, claims, (closed, open) => {
      const drawn = [...closed.map((one) => ({ ...one, day: one.day % 365 })), ...open]
      const { claims, acts } = input(drawn)
      const before = evaluated(claims.slice(0, closed.length), { offerings, acts })
      const frozen = before.awards.filter(({ periodNo }) => periodNo === 2026)
      const { awards } = evaluated(claims, { offerings, acts, frozen, closedThrough: 2026 })
      const kept = new Set(frozen.map(({ claimId }) => claimId))
      assert.ok(!awards.some(({ claimId, periodNo }) => kept.has(claimId) || periodNo <= 2026))
      const online = [...frozen, ...awards].filter(({ form }) => form === '网络研修')
      for (const { effectiveOn } of online)
        assert.ok(countedIn(online, examplePolicy, 'year', effectiveOn) <= 40_000)
    }),
  )
})

function fits(award: Award, filter: { form?: unknown; level?: unknown } | null | undefined): boolean {
  return (!filter?.form || filter.form === award.form) && (!filter?.level || filter.level === award.level)
}

const countedOf = ({ split }: Award) =>
  split.filter(({ bucket }) => bucket === 'counted').reduce((sum, { milliHours }) => sum + milliHours, 0)

function countedIn(
  awards: Award[],
  policy: FlatPolicy,
  name: string | null | undefined,
  day: string,
): number {
  const window = windowOf(policy, name ?? '', {
    person: { enteredOn: null, registeredOn: null, tiers: null, posts: null, schoolStatuses: null },
    day,
  })
  return awards
    .filter(({ effectiveOn }) => !window.known || (window.from <= effectiveOn && effectiveOn <= window.to))
    .reduce((sum, award) => sum + countedOf(award), 0)
}

/** The same list in another order, the same for the same seed. */
function shuffled<T>(list: T[], seed: number): T[] {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
  return list
    .map((one) => ({ one, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one)
}
