import t from 'tap'
import { type Day, instantOf } from '../../foundation/time.ts'
import type { Claim } from '../../ledger/claims/claim.ts'
import type { FlatPolicy } from '../../ledger/policy/document.ts'
import {
  aClaim,
  anAct,
  anOffering,
  bucketsOf,
  evaluated,
  examplePolicy,
  idOf,
  placesOf,
} from './policy-cases.ts'

// Both are recognised without a person: what is asked here is only what is the same.
const trusted = {
  ...examplePolicy,
  recognition: { automatic: ['adl', 'xueshi-tool'], otherwise: 'school_check' as const },
}
const again: FlatPolicy = { ...trusted, dedupe: 'highest', retake: 'again' }
const one = { id: idOf('one'), name: 'one', preset: 'adl' }
const other = { id: idOf('other'), name: 'other', preset: 'adl' }

type Telling = [attempt: string | null, source: typeof one, on: Day]

/** Claims on one offering without a class. */
const tellings = (...told: Telling[]) => told.map(([attempt, source, on]) => aClaim({ attempt, source, on }))

/** Hours that count, under every order of the claims; they must not differ. */
function countedOf(
  claims: Claim[],
  policy: FlatPolicy,
  more: Parameters<typeof evaluated>[1] = {},
): number[] {
  const orders = [claims, claims.toReversed(), [...claims.slice(1), ...claims.slice(0, 1)]]
  const sums = orders.map((some) => bucketsOf(evaluated(some, { policy, ...more }).awards).counted / 1000)
  return [...new Set(sums)]
}

t.test('one person, one offering without a class: at most one award counts unless repeats do', async (t) => {
  const stories: Record<string, Claim[]> = {
    'two registrations at one source': tellings(['a', one, '2026-03-02'], ['b', one, '2026-03-03']),
    'two sources, each with its own registration': tellings(
      ['a', one, '2026-03-02'],
      ['b', other, '2026-03-03'],
    ),
    'a registration and none, at one source': tellings(['a', one, '2026-03-02'], [null, one, '2026-03-02']),
    'two registrations at each of two sources': tellings(
      ['a', one, '2026-03-02'],
      ['b', one, '2026-03-09'],
      ['c', other, '2026-03-02'],
      ['d', other, '2026-03-09'],
    ),
  }
  for (const [name, claims] of Object.entries(stories)) {
    for (const dedupe of ['highest', 'first', null] as const) {
      for (const retake of ['none', 'best', null] as const) {
        t.strictSame(
          countedOf(claims, { ...trusted, dedupe, retake }),
          [6],
          `${name}, dedupe ${dedupe}, retake ${retake}`,
        )
      }
    }
  }
})

t.test('where the policy counts repeats', async (t) => {
  const rows: { name: string; told: Telling[]; want: number }[] = [
    {
      name: 'two registrations at one source are two attempts',
      told: [
        ['a', one, '2026-03-02'],
        ['b', one, '2026-09-02'],
      ],
      want: 12,
    },
    {
      name: 'what two sources tell under names of their own counts once',
      told: [
        ['a', one, '2026-03-02'],
        ['b', other, '2026-03-03'],
      ],
      want: 6,
    },
    {
      name: 'what a source tells with a registration and without counts once',
      told: [
        ['a', one, '2026-03-02'],
        [null, one, '2026-03-02'],
      ],
      want: 6,
    },
    {
      name: 'two attempts that two sources tell count twice',
      told: [
        ['a', one, '2026-03-02'],
        ['b', one, '2026-09-02'],
        ['c', other, '2026-03-04'],
        ['d', other, '2026-09-04'],
      ],
      want: 12,
    },
    {
      name: 'of two attempts the second source tells of the later one',
      told: [
        ['a', one, '2026-03-02'],
        ['b', one, '2026-09-02'],
        ['c', other, '2026-09-04'],
      ],
      want: 12,
    },
    {
      name: 'a registration that two sources share is one attempt, the other one another',
      told: [
        ['a', one, '2026-03-02'],
        ['b', one, '2026-09-02'],
        ['b', other, '2026-09-01'],
      ],
      want: 12,
    },
    {
      name: 'three sources, one of them without registrations',
      told: [
        ['a', one, '2026-03-02'],
        ['c', other, '2026-03-02'],
        [null, { ...one, id: idOf('third') }, '2026-03-20'],
      ],
      want: 6,
    },
  ]
  for (const { name, told, want } of rows) {
    t.test(name, async (t) => {
      t.strictSame(countedOf(tellings(...told), again), [want])
    })
  }

  t.test('another class is another occasion, whatever tells of it', async (t) => {
    const classes = ['2026-03-01', '2026-09-01'].map((from, at) => ({
      trainingClassId: idOf(`class ${at}`),
      code: `2026-${at + 1}`,
      from,
      to: at === 0 ? '2026-06-30' : '2026-12-31',
      sessions: [],
    }))
    const claims = [
      aClaim({ trainingClassId: idOf('class 0'), source: one, on: '2026-03-02' }),
      aClaim({ trainingClassId: idOf('class 0'), source: other, on: '2026-03-05', attempt: 'x' }),
      aClaim({ trainingClassId: idOf('class 1'), source: one, on: '2026-09-02' }),
    ]

    t.strictSame(countedOf(claims, again, { offerings: [anOffering({ classes })] }), [12])
  })

  t.test('what was told before its class was entered is that class', async (t) => {
    const spring = {
      trainingClassId: idOf('spring'),
      code: '2026-1',
      from: '2026-03-01',
      to: '2026-06-30',
      sessions: [],
    }
    const before = aClaim({ attempt: 'a', source: one, on: '2026-03-02' })
    const inClass = aClaim({ attempt: 'b', trainingClassId: idOf('spring'), source: one, on: '2026-03-03' })
    const outside = aClaim({ attempt: 'c', source: one, on: '2026-09-03' })
    const offerings = [anOffering({ classes: [spring] })]

    t.strictSame(countedOf([before, inClass], again, { offerings }), [6])
    t.strictSame(countedOf([before, inClass, outside], again, { offerings }), [12])
  })

  t.test('an attempt that was resumed under another registration counts once', async (t) => {
    const first = aClaim({
      attempt: 'a',
      source: one,
      beganAt: instantOf('2026-03-02T08:00:00+08:00'),
      endedAt: instantOf('2026-03-02T10:00:00+08:00'),
    })
    const resumed = aClaim({
      attempt: 'b',
      source: one,
      beganAt: instantOf('2026-03-02T08:00:00+08:00'),
      endedAt: instantOf('2026-03-02T11:00:00+08:00'),
    })
    const repeated = aClaim({
      attempt: 'c',
      source: one,
      beganAt: instantOf('2026-03-02T11:00:00+08:00'),
      endedAt: instantOf('2026-03-02T13:00:00+08:00'),
    })

    t.strictSame(countedOf([first, resumed], again), [6])
    t.strictSame(countedOf([first, resumed, repeated], again), [12])
  })

  t.test('roles are apart', async (t) => {
    const claims = [
      aClaim({ attempt: 'a', source: one }),
      aClaim({ attempt: 'b', source: other, role: 'presenter' }),
    ]

    t.strictSame(countedOf(claims, again), [12])
  })
})

t.test('what another source tells goes where `dedupe` says', async (t) => {
  const claims = tellings(['a', one, '2026-03-02'], ['b', other, '2026-03-03'])
  const rows = [
    { dedupe: 'highest' as const, want: ['counted recognised 6', 'excess duplicate_award 6'] },
    { dedupe: 'first' as const, want: ['counted recognised 6', 'excess duplicate_award 6'] },
    { dedupe: 'none' as const, want: ['counted recognised 6', 'counted recognised 6'] },
    { dedupe: null, want: ['counted recognised 6', 'pending policy_silent 6'] },
  ]
  for (const { dedupe, want } of rows) {
    t.test(`dedupe ${dedupe}`, async (t) => {
      t.strictSame(placesOf(evaluated(claims, { policy: { ...again, dedupe } }).awards).flat(), want)
    })
  }
})

t.test('the second word waits while the first is not decided, and counts when that was void', async (t) => {
  const paper = { id: idOf('paper'), name: 'paper', preset: 'cmi5' }
  const [first, second] = [
    aClaim({ attempt: 'a', source: paper, on: '2026-03-02' }),
    aClaim({ attempt: 'b', source: one, on: '2026-03-03' }),
  ]

  const undecided = evaluated([first, second], { policy: again })
  const gone = evaluated([first, second], { policy: again, acts: [anAct(first, 'void')] })

  t.match(undecided.waiting, [{ claimId: second.claimId, reason: 'possible_duplicate', path: first.claimId }])
  t.strictSame(placesOf(undecided.awards), [['pending awaiting_check 6']])
  t.strictSame(placesOf(gone.awards), [['counted recognised 6']])
})

t.test('a person who gives a value says that it was another time', async (t) => {
  const [first, second] = tellings(['a', one, '2026-03-02'], ['b', other, '2026-09-03'])
  const acts = [anAct(second as Claim, 'recognise', { valueMilliHours: 4_000 })]

  t.strictSame(countedOf([first, second] as Claim[], again, { acts }), [10])
})

t.test('what a closed period holds keeps its place', async (t) => {
  const [first, second] = tellings(['a', one, '2025-12-02'], ['b', other, '2026-01-03'])
  const offerings = [anOffering({ approvedOn: '2025-01-01' })]
  const before = evaluated([first as Claim], { policy: again, offerings }).awards

  const after = evaluated([first, second] as Claim[], {
    policy: again,
    offerings,
    frozen: before,
    closedThrough: 2025,
  })

  t.strictSame(placesOf(after.awards), [['excess duplicate_award 6']])
})

t.test('what a closed period set aside as told before displaces nothing that counts', async (t) => {
  const registration = { attempt: 'a', source: one }
  const earlier = aClaim({ ...registration, on: '2025-12-30' })
  const later = aClaim({ attempt: 'a', source: other, on: '2026-01-03' })
  const acts = [anAct(later, 'recognise', { valueMilliHours: 8_000 })]
  const offerings = [anOffering({ approvedOn: '2025-01-01' })]
  for (const dedupe of ['highest', null] as const) {
    const policy: FlatPolicy = { ...trusted, dedupe, retake: 'none' }
    const before = evaluated([earlier, later], { policy, offerings, acts }).awards

    const after = evaluated([earlier, later], {
      policy,
      offerings,
      acts,
      frozen: before.filter(({ periodNo }) => periodNo === 2025),
      closedThrough: 2025,
    })

    t.strictSame(placesOf(before.filter(({ periodNo }) => periodNo === 2026)), [['counted recognised 8']])
    t.strictSame(placesOf(after.awards), [['counted recognised 8']], `dedupe ${dedupe}`)
  }
})
