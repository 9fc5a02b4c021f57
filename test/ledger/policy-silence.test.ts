import t from 'tap'
import { instantOf } from '../../foundation/time.ts'
import type { FlatPolicy } from '../../ledger/policy/document.ts'
import { type Person, unknownPerson } from '../../ledger/policy/evaluation.ts'
import { judge } from '../../ledger/policy/judge.ts'
import { nullPaths } from '../../ledger/policy/read.ts'
import { windowOf } from '../../ledger/policy/windows.ts'
import {
  aClaim,
  anAct,
  anOffering,
  evaluated,
  idOf,
  placesOf,
  shipped,
  shippedPolicy,
} from './policy-cases.ts'

const on = '2026-03-10'
const trusting = { recognition: { automatic: ['xueshi-tool'] }, evidence: null }
const anybody: Person = { ...unknownPerson, enteredOn: '2018-08-01', registeredOn: '2020-01-01' }

const windowPath = (policy: FlatPolicy, name: string) => {
  const window = windowOf(policy, name, { person: anybody, day: on })
  return window.known ? 'known' : `${window.reason} ${window.path}`
}

const requirement = (policy: FlatPolicy, path: string) => {
  const id = policy.requirements?.[Number(path.split('.')[1])]?.id
  const found = judge({ policy, person: anybody, hours: [], days: [], on }).find((one) => one.id === id)
  return `${found?.result} ${found?.reason}`
}

/** What a claim comes to under the policy, whose other settings are made known. */
const outcome = (
  policy: FlatPolicy,
  key: keyof FlatPolicy,
  claims = [aClaim()],
  offering: Parameters<typeof anOffering>[0] = {},
) => {
  const known: Partial<FlatPolicy> = {
    workflow: { approval_before_award: true, pass_required: true },
    dedupe: 'highest',
    retake: 'none',
    rounding: { to: 0.5, mode: 'down' },
    attribution: 'end_date',
    late_registration: { days: 90 },
    ...trusting,
  }
  const { awards, waiting } = evaluated(claims, {
    offerings: [anOffering(offering)],
    policy: { ...policy, ...known, [key]: policy[key] },
  })
  const silent = awards.flatMap(({ split }) => split.filter(({ why }) => why === 'policy_silent'))
  return [...silent, ...waiting.filter(({ reason }) => reason === 'policy_silent')]
    .map(({ path }) => path)
    .join()
}

const inCredits = aClaim({ offeringId: null, kind: 'transfer_in', sourceAmount: '2', sourceUnit: '学分' })
const inMinutes = aClaim({ offeringId: null, kind: 'transfer_in', sourceAmount: '90', sourceUnit: '分钟' })
const nextDay = aClaim({ receivedAt: instantOf('2026-03-11T08:00:00+08:00') })

/** For each null a shipped text may leave: what Xueshi makes of it. */
const consequences: [RegExp, (policy: FlatPolicy, path: string) => string, string][] = [
  [/^requirements\.\d+\./, requirement, 'not_evaluated not_stated'],
  [
    /^cycle\.(years|anchor|from|to)$/,
    (policy) => windowPath(policy, 'cycle').split(' ')[0] ?? '',
    'not_stated',
  ],
  [
    /^cycle\.target$/,
    (policy) =>
      judge({ policy, person: anybody, hours: [], days: [], on })
        .filter(({ id }) => id === 'cycle-target')
        .map(({ result, reason }) => `${result} ${reason}`)
        .join(),
    'not_evaluated not_stated',
  ],
  [/^year\.starts$/, (policy) => windowPath(policy, 'year'), 'not_stated year.starts'],
  [/^unit\.hours_per_credit$/, (policy) => outcome(policy, 'unit', [inCredits]), 'unit.hours_per_credit'],
  [/^unit\.minutes_per_hour$/, (policy) => outcome(policy, 'unit', [inMinutes]), 'unit.minutes_per_hour'],
  [/^dedupe$/, (policy) => outcome(policy, 'dedupe', [aClaim(), aClaim({ on: '2026-03-11' })]), 'dedupe'],
  [
    /^rounding$/,
    (policy) => outcome(policy, 'rounding', [aClaim()], { approvedMilliHours: 7_250 }),
    'rounding',
  ],
  [/^late_registration$/, (policy) => outcome(policy, 'late_registration', [nextDay]), 'late_registration'],
  [
    /^workflow\.approval_before_award$/,
    (policy) => outcome(policy, 'workflow', [aClaim()], { approvedOn: null }),
    'workflow.approval_before_award',
  ],
  [
    /^band_boundary$|^audience_bands\.\d+\.years$/,
    (policy, path) => {
      const band = policy.audience_bands?.[Number(path.split('.')[1] ?? 1)]
      const asked = {
        ...policy,
        requirements: [
          { id: 'band', audience: band?.code, window: on, at_least: { value: 1, unit: 'hour' as const } },
        ],
      }
      const five = { ...anybody, enteredOn: '2021-03-10' }
      return judge({ policy: asked, person: five, hours: [], days: [], on })
        .filter(({ id }) => id === 'band')
        .map(({ result, reason }) => `${result} ${reason}`)
        .join()
    },
    'not_evaluated not_stated',
  ],
]

/** Nulls that no evaluation and no judgement reads: they are shown, never computed. */
const recorded =
  /^(doc_no|effective\.to|series\.\d+\.\w+|spot_check(\.\w+)?|uses|workflow\.claim|conversions\.\d+\.cap_window)$/

for (const document of shipped.values()) {
  const policy = shippedPolicy(document.id)
  for (const path of nullPaths(document).map((keys) => keys.join('.'))) {
    if (recorded.test(path)) continue
    const stillNull = nullPaths(policy).some((keys) => keys.join('.') === path)
    t.test(`${document.id}: ${path} is neither pass nor zero`, async (t) => {
      const known = consequences.find(([pattern]) => pattern.test(path))
      t.ok(known, 'somebody has thought of this null')
      const [, consequence, want] = known as (typeof consequences)[number]
      if (stillNull) t.equal(consequence(policy, path), want)
      else t.not(consequence(policy, path), 'met', 'a layer above states it')
    })
  }
}

t.test('a setting that is absent in every layer has no silent default', async (t) => {
  const policy = shippedPolicy('cn.js.changzhou.jintan.2018')
  const again = [aClaim({ attempt: 'a' }), aClaim({ attempt: 'b', on: '2026-03-11' })]
  const acrossYears = aClaim({ beganAt: instantOf('2025-12-03T08:00:00+08:00') })

  t.equal(outcome(policy, 'retake', again), 'retake')
  t.equal(outcome(policy, 'attribution', [acrossYears]), 'attribution')
  t.equal(outcome(policy, 'attribution'), '', 'a day that is the same under every reading depends on nothing')
})

t.test('a person who sets the value decides what the policy leaves open', async (t) => {
  const claim = aClaim()
  const policy = { ...shippedPolicy('cn.js.changzhou.jintan.2018'), ...trusting }
  const acts = [anAct(claim, 'recognise', { valueMilliHours: 7_250 })]

  const { awards } = evaluated([claim], {
    policy,
    acts,
    offerings: [anOffering({ approvedMilliHours: 7_250 })],
  })

  t.match(awards, [{ milliHours: 7_250, rule: 'decision', split: [{ bucket: 'counted' }] }])
})

t.test(
  'where a policy does not say which of two counts, the one that a person valued does, alone',
  async (t) => {
    const policy = { ...shippedPolicy('example.district.2026'), dedupe: null }
    const [one, other] = [aClaim(), aClaim({ on: '2026-03-11' })]
    const valued = (...acts: ReturnType<typeof anAct>[]) =>
      placesOf(evaluated([one, other], { policy, acts }).awards)
    const decide = (claim: typeof one, valueMilliHours: number) =>
      anAct(claim, 'recognise', { valueMilliHours })
    const decided = decide(other, 4_000)

    t.strictSame(valued(), [['counted recognised 6'], ['pending policy_silent 6']])
    t.strictSame(valued(decided), [['excess duplicate_award 6'], ['counted recognised 4']])
    t.strictSame(valued(decided, decide(one, 2_000)), [
      ['excess duplicate_award 2'],
      ['counted recognised 4'],
    ])
  },
)

t.test(
  'where it does not say whether a path or its part counts, the side that a person valued does',
  async (t) => {
    const policy = { ...shippedPolicy('example.district.2026'), dedupe: null }
    const offerings = [
      anOffering(),
      anOffering({ code: 'PATH', contains: ['KC-1'], approvedMilliHours: 9_000 }),
    ]
    const [part, path] = [aClaim(), aClaim({ offeringId: idOf('PATH'), on: '2026-03-11' })]
    const places = (...acts: ReturnType<typeof anAct>[]) =>
      placesOf(evaluated([part, path], { policy, offerings, acts }).awards)

    t.strictSame(places(), [['pending policy_silent 6'], ['pending policy_silent 9']])
    t.strictSame(places(anAct(path, 'recognise', { valueMilliHours: 9_000 })), [
      ['excess duplicate_award 6'],
      ['counted recognised 9'],
    ])
    t.strictSame(places(anAct(part, 'recognise', { valueMilliHours: 6_000 })), [
      ['counted recognised 6'],
      ['excess duplicate_award 9'],
    ])
  },
)

t.test(
  'an unknown maximum of one item keeps hours pending; where there is no such rule they count',
  async (t) => {
    const policy = { ...shippedPolicy('example.district.2026') }
    const { max_per_item: _, ...without } = policy

    t.match(evaluated([aClaim()], { policy: { ...policy, max_per_item: null } }).awards, [
      { split: [{ bucket: 'pending', why: 'policy_silent', path: 'max_per_item' }] },
    ])
    t.match(evaluated([aClaim()], { policy: without }).awards, [{ split: [{ bucket: 'counted' }] }])
  },
)

t.test('an unknown award basis is never guessed', async (t) => {
  for (const awardBasis of ['by_result', 'by_duration', 'by_occurrence'] as const) {
    const { awards, waiting } = evaluated([aClaim()], { offerings: [anOffering({ awardBasis })] })
    t.strictSame(awards, [])
    t.match(waiting, [{ claimId: String, reason: 'policy_silent', path: `award_basis.${awardBasis}` }])
  }
})
