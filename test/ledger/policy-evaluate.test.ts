import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { instantOf } from '../../foundation/time.ts'
import { noPolicy } from '../../ledger/policy/version.ts'
import {
  aClaim,
  aCourseWithSessions,
  anAct,
  anAttendance,
  anOffering,
  bucketsOf,
  evaluated,
  examplePolicy,
  governing,
  idOf,
  placesOf,
} from './policy-cases.ts'

t.test('a passed course of a trusted source counts its approved hours', async (t) => {
  const claim = aClaim()

  const { awards, waiting } = evaluated([claim])

  t.strictSame(waiting, [])
  t.match(awards, [
    {
      claimId: claim.claimId,
      milliHours: 6_000,
      claimedMilliHours: 6_000,
      effectiveOn: '2026-03-10',
      periodNo: 2026,
      category: '师德与素养',
      level: 'district',
      form: '网络研修',
      split: [{ bucket: 'counted', milliHours: 6_000, why: 'recognised' }],
      rule: 'fixed_on_pass',
    },
  ])
})

t.test('online training counts up to 40 hours a year, the rest is excess', async (t) => {
  const codes = Array.from({ length: 8 }, (_, at) => `KC-${at + 1}`)
  const claims = codes.map((code, at) => aClaim({ offeringId: idOf(code), on: `2026-03-1${at}` }))
  const nextYear = aClaim({ offeringId: idOf('KC-9'), on: '2027-01-01' })
  const offerings = [...codes, 'KC-9'].map((code) => anOffering({ code }))

  const { awards } = evaluated([...claims, nextYear], { offerings })

  t.strictSame(placesOf(awards).slice(5), [
    ['counted recognised 6'],
    ['counted recognised 4', 'excess over_cap 2'],
    ['excess over_cap 6'],
    ['counted recognised 6'],
  ])
  t.strictSame(bucketsOf(awards), { counted: 46_000, excess: 8_000, pending: 0 })
})

t.test('school-level hours count up to 180 a cycle', async (t) => {
  const codes = Array.from({ length: 4 }, (_, at) => `XB-${at + 1}`)
  const offerings = codes.map((code) =>
    anOffering({ code, level: 'school', form: '校本研修', approvedMilliHours: 50_000 }),
  )
  const claims = codes.map((code, at) => aClaim({ offeringId: idOf(code), on: `202${6 + at}-06-01` }))

  const { awards } = evaluated(claims, { offerings })

  t.strictSame(bucketsOf(awards), { counted: 180_000, excess: 20_000, pending: 0 })
  t.strictSame(placesOf(awards).at(-1), ['counted recognised 30', 'excess over_cap 20'])
})

t.test('what stands above the maximum of one item is excess', async (t) => {
  const offerings = [anOffering({ form: '集中培训', approvedMilliHours: 72_000 })]

  const { awards } = evaluated([aClaim({ evidence: ['签到'] })], { offerings })

  t.strictSame(placesOf(awards), [['counted recognised 60', 'excess over_max_per_item 12']])
})

t.test('an award is rounded once, down to half hours', async (t) => {
  const values = [7_250, 7_499, 7_500, 400]
  const offerings = values.map((approvedMilliHours, at) =>
    anOffering({ code: `KC-${at}`, approvedMilliHours }),
  )
  const claims = values.map((_, at) => aClaim({ offeringId: idOf(`KC-${at}`), on: `2026-04-0${at + 1}` }))

  const { awards, waiting } = evaluated(claims, { offerings })

  t.strictSame(
    awards.map(({ milliHours, claimedMilliHours }) => [milliHours, claimedMilliHours]),
    [
      [7_000, 7_250],
      [7_000, 7_499],
      [7_500, 7_500],
    ],
  )
  t.match(waiting, [{ claimId: claims[3]?.claimId, reason: 'zero' }])
})

t.test('an amount that nobody can ask for is none, and the approved hours count', async (t) => {
  const said = ['7.5', '1000000', '1000001', '999999999999999', '12345678901234567890', '-5']

  const claimed = said.map((sourceAmount) => {
    const { awards } = evaluated([aClaim({ sourceAmount, sourceUnit: '学时' })])
    return [awards[0]?.claimedMilliHours, bucketsOf(awards).counted]
  })

  t.strictSame(claimed, [[7_500, 6_000], [1_000_000_000, 6_000], ...Array(4).fill([6_000, 6_000])])
})

t.test('attendance', async (t) => {
  const offerings = [aCourseWithSessions()]

  t.test(
    'three of four sessions earn three quarters, on the first claim, on the last day attended',
    async (t) => {
      const claims = [3, 1, 4].map((no) => anAttendance(no))

      const { awards, waiting } = evaluated(claims, { offerings })

      t.match(awards, [{ claimId: claims[1]?.claimId, milliHours: 6_000, effectiveOn: '2026-03-26' }])
      t.equal(awards.length, 1)
      t.strictSame(
        waiting.map(({ reason }) => reason),
        ['attendance_part', 'attendance_part'],
      )
    },
  )

  t.test('below the threshold nothing is awarded yet', async (t) => {
    const { awards, waiting } = evaluated([anAttendance(1), anAttendance(2)], { offerings })

    t.strictSame(awards, [])
    t.strictSame(
      waiting.map(({ reason }) => reason),
      ['attendance_below', 'attendance_below'],
    )
  })

  t.test('a session that two sources saw counts once', async (t) => {
    const wechat = { id: idOf('wechat'), name: 'moodle-2', preset: 'moodle-logstore' }
    const claims = [anAttendance(1), anAttendance(2), anAttendance(2, { source: wechat })]

    t.strictSame(evaluated(claims, { offerings }).awards, [])
  })

  t.test('withdrawing the first claim moves the award to the next', async (t) => {
    const claims = [1, 2, 3, 4].map((no) => anAttendance(no))

    const { awards } = evaluated(claims, { offerings, acts: [anAct(claims[0] as never, 'void')] })

    t.match(awards, [{ claimId: claims[1]?.claimId, milliHours: 6_000 }])
  })

  t.test('a session that the school has to check keeps its part pending', async (t) => {
    const paper = { id: idOf('paper'), name: 'paper', preset: 'adl' }
    const claims = [1, 2, 3].map((no) => anAttendance(no))

    const { awards } = evaluated([...claims, anAttendance(4, { source: paper })], { offerings })

    t.strictSame(placesOf(awards), [['counted recognised 6', 'pending awaiting_check 2']])
  })

  t.test('an offering without a threshold is not guessed at', async (t) => {
    const silent = [aCourseWithSessions({ attendanceThreshold: null })]

    const { awards, waiting } = evaluated([anAttendance(1)], { offerings: silent })

    t.strictSame(awards, [])
    t.match(waiting, [{ reason: 'policy_silent', path: 'offering.attendance_threshold' }])
  })
})

t.test('who decides', async (t) => {
  const paper = { id: idOf('paper'), name: 'paper', preset: 'adl' }
  const otherSource = aClaim({ source: paper })
  const bySchool = anAct(otherSource, 'school_check')
  const byDistrict = anAct(otherSource, 'recognise', { actNo: 2 })
  const flagged = aClaim({ flags: ['IMPLAUSIBLE_SPEED'] })
  const waived = aClaim({ flags: ['waived'], passed: null })
  const counted = ['counted recognised 6']
  const rows = [
    {
      name: 'another source waits for the school',
      claim: otherSource,
      acts: [],
      want: ['pending awaiting_check 6'],
    },
    {
      name: 'then for the district',
      claim: otherSource,
      acts: [bySchool],
      want: ['pending awaiting_recognition 6'],
    },
    { name: 'then counts', claim: otherSource, acts: [bySchool, byDistrict], want: counted },
    {
      name: 'a kind of evidence is missing',
      claim: aClaim({ evidence: ['完成'] }),
      acts: [],
      want: ['pending awaiting_check 6'],
    },
    { name: 'implausible speed needs a person', claim: flagged, acts: [], want: ['pending flagged 6'] },
    { name: 'who releases it', claim: flagged, acts: [anAct(flagged, 'release')], want: counted },
    {
      name: 'a waived course goes to the school',
      claim: waived,
      acts: [],
      want: ['pending awaiting_check 6'],
    },
    {
      name: 'a hold takes counted hours to pending',
      claim: flagged,
      acts: [anAct(flagged, 'release'), anAct(flagged, 'hold', { actNo: 2 })],
      want: ['pending held 6'],
    },
    {
      name: 'a person may set the value',
      claim: otherSource,
      acts: [bySchool, { ...byDistrict, valueMilliHours: 4_250 }],
      want: ['counted recognised 4.25'],
    },
  ]
  for (const { name, claim, acts, want } of rows) {
    t.test(name, async (t) => {
      t.strictSame(placesOf(evaluated([claim], { acts }).awards), [want])
    })
  }
})

t.test('what waits, and why', async (t) => {
  const passMark = { passMark: '60' }
  const rejected = aClaim()
  const withdrawn = aClaim()
  const rows = [
    { want: 'offering_unknown', claim: aClaim({ offeringId: newId() }) },
    { want: 'offering_not_approved', offering: { approvedOn: null } },
    { want: 'before_approval', offering: { approvedOn: '2026-03-11' } },
    { want: 'not_completed', claim: aClaim({ completion: false, passed: null }) },
    { want: 'not_passed', offering: passMark, claim: aClaim({ passed: false }) },
    { want: 'not_passed', offering: passMark, claim: aClaim({ passed: true, scorePercent: '59.9' }) },
    { want: 'not_passed', offering: passMark, claim: aClaim({ passed: null }) },
    { want: 'excluded', offering: { topic: '公需科目' } },
    { want: 'late', claim: aClaim({ receivedAt: instantOf('2026-06-09T00:00:00+08:00') }) },
    { want: 'policy_silent', offering: { awardBasis: 'by_result' as const } },
    { want: 'rejected', claim: rejected, acts: [anAct(rejected, 'reject')] },
    { want: 'withdrawn', claim: withdrawn, acts: [anAct(withdrawn, 'void')] },
  ]
  for (const { want, claim = aClaim(), offering = {}, acts = [] } of rows) {
    t.test(want, async (t) => {
      const { awards, waiting } = evaluated([claim], { offerings: [anOffering(offering)], acts })

      t.strictSame(awards, [])
      t.match(waiting, [{ claimId: claim.claimId, reason: want }])
    })
  }
})

t.test('a claim received on the last day allowed is in time', async (t) => {
  const claim = aClaim({ receivedAt: instantOf('2026-06-08T23:59:59+08:00') })

  t.strictSame(bucketsOf(evaluated([claim]).awards).counted, 6_000)
})

t.test('a late claim counts once an authority admits it', async (t) => {
  const claim = aClaim({ receivedAt: instantOf('2026-12-01T00:00:00+08:00') })

  const { awards } = evaluated([claim], { acts: [anAct(claim, 'admit_late')] })

  t.equal(bucketsOf(awards).counted, 6_000)
})

t.test('passing with a score at the mark is enough', async (t) => {
  const offerings = [anOffering({ passMark: '60' })]

  t.equal(evaluated([aClaim({ scorePercent: '60.0' })], { offerings }).awards.length, 1)
})

t.test('the same occasion told twice', async (t) => {
  const paper = { id: idOf('paper'), name: 'paper', preset: 'adl' }

  t.test('counts once; the second stands in excess', async (t) => {
    const { awards } = evaluated([aClaim(), aClaim({ on: '2026-03-11' })])

    t.strictSame(placesOf(awards), [['counted recognised 6'], ['excess duplicate_award 6']])
  })

  t.test('waits while the first is not decided', async (t) => {
    const first = aClaim({ source: paper })
    const second = aClaim({ on: '2026-03-11' })

    const { awards, waiting } = evaluated([second, first])

    t.strictSame(placesOf(awards), [['pending awaiting_check 6']])
    t.match(waiting, [{ claimId: second.claimId, reason: 'possible_duplicate', path: first.claimId }])
  })

  t.test(
    'what was counted first stays counted when another source speaks later of an earlier day',
    async (t) => {
      const first = aClaim({ on: '2026-03-11' })
      const second = aClaim({ source: paper, receivedAt: instantOf('2026-03-12T00:00:00+08:00') })

      const { awards, waiting } = evaluated([second, first])

      t.strictSame(placesOf(awards).flat().sort(), ['counted recognised 6', 'excess duplicate_award 6'])
      t.strictSame(waiting, [])
    },
  )

  t.test('a withdrawn first leaves its place to the second', async (t) => {
    const first = aClaim()

    const { awards } = evaluated([first, aClaim({ on: '2026-03-11' })], { acts: [anAct(first, 'void')] })

    t.strictSame(placesOf(awards), [['counted recognised 6']])
  })

  t.test('is pending where the policy does not say whether it counts', async (t) => {
    const policy = { ...examplePolicy, dedupe: null }

    const { awards } = evaluated([aClaim(), aClaim({ on: '2026-03-11' })], { policy })

    t.strictSame(placesOf(awards), [['counted recognised 6'], ['pending policy_silent 6']])
  })
})

t.test('another attempt', async (t) => {
  const twice = [aClaim({ attempt: 'a' }), aClaim({ attempt: 'b', on: '2026-04-01' })]
  const rows = [
    { retake: 'none' as const, want: ['counted recognised 6', 'excess duplicate_award 6'] },
    { retake: 'best' as const, want: ['counted recognised 6', 'excess duplicate_award 6'] },
    { retake: 'again' as const, want: ['counted recognised 6', 'counted recognised 6'] },
    { retake: null, want: ['counted recognised 6', 'pending policy_silent 6'] },
  ]
  for (const { retake, want } of rows) {
    t.test(`under retake ${retake}`, async (t) => {
      const { awards } = evaluated(twice, { policy: { ...examplePolicy, retake } })

      t.strictSame(placesOf(awards).flat(), want)
    })
  }
})

t.test('another source under another name waits while the first word is not decided', async (t) => {
  const paper = { id: idOf('paper'), name: 'paper', preset: 'adl' }
  const first = aClaim({ source: paper, attempt: 'a' })
  const second = aClaim({ on: '2026-03-11' })
  const acts = [anAct(first, 'school_check'), anAct(first, 'recognise', { actNo: 2 })]

  const undecided = evaluated([first, second])
  const decided = evaluated([first, second], { acts })

  t.match(undecided.waiting, [{ claimId: second.claimId, reason: 'possible_duplicate', path: first.claimId }])
  t.strictSame(placesOf(undecided.awards), [['pending awaiting_check 6']])
  t.strictSame(placesOf(decided.awards), [['counted recognised 6'], ['excess duplicate_award 6']])
})

t.test('a second attempt at the same source counts while the first waits for a check', async (t) => {
  const claims = [aClaim({ attempt: 'a', evidence: [] }), aClaim({ attempt: 'b', on: '2026-03-11' })]

  t.strictSame(placesOf(evaluated(claims).awards), [['pending awaiting_check 6'], ['counted recognised 6']])
})

t.test('a path and what it contains count once', async (t) => {
  const path = anOffering({ code: 'PATH', contains: ['M1', 'M2'], approvedMilliHours: 10_000 })
  const offerings = [path, anOffering({ code: 'M1' }), anOffering({ code: 'M2' })]
  const claims = ['M1', 'M2', 'PATH'].map((code, at) =>
    aClaim({ offeringId: idOf(code), on: `2026-03-1${at + 1}` }),
  )

  t.test('by the larger side', async (t) => {
    const { awards } = evaluated(claims, { offerings })

    t.strictSame(placesOf(awards), [
      ['counted recognised 6'],
      ['counted recognised 6'],
      ['excess duplicate_award 10'],
    ])
  })

  t.test('where a module alone is smaller the path stands', async (t) => {
    const { awards } = evaluated(
      [claims[0], claims[2]].filter((claim) => claim !== undefined),
      { offerings },
    )

    t.strictSame(placesOf(awards), [['excess duplicate_award 6'], ['counted recognised 10']])
  })
})

t.test('where no policy governs the day, hours are pending', async (t) => {
  const before = evaluated([aClaim()], { policy: noPolicy })
  const early = evaluated([aClaim()], { policy: governing(examplePolicy, '2026-04-01') })

  t.match(before.awards, [{ split: [{ bucket: 'pending', why: 'policy_silent', path: 'timeline' }] }])
  t.match(early.awards, [{ split: [{ bucket: 'pending', why: 'policy_silent', path: 'timeline' }] }])
})

t.test('what a closed period holds is taken as given', async (t) => {
  const closed = aClaim({ offeringId: idOf('KC-2'), on: '2026-02-10' })
  const late = aClaim({ offeringId: idOf('KC-3'), on: '2026-02-11' })
  const offerings = ['KC-1', 'KC-2', 'KC-3'].map((code) => anOffering({ code, approvedMilliHours: 30_000 }))
  const frozen = evaluated([closed], { offerings }).awards
  const open = aClaim({ on: '2027-01-10' })

  const { awards, waiting } = evaluated([open, closed, late], { offerings, frozen, closedThrough: 2026 })

  t.strictSame(
    awards.map(({ claimId }) => claimId),
    [open.claimId],
  )
  t.match(waiting, [{ claimId: late.claimId, reason: 'late', path: 'closed_period', milliHours: 30_000 }])
})

t.test('a cap whose window nobody states keeps what may not fit pending', async (t) => {
  const caps = [{ filter: { form: '网络研修' }, window: null, max: 40 }]
  const codes = Array.from({ length: 8 }, (_, at) => `KC-${at + 1}`)
  const claims = codes.map((code, at) => aClaim({ offeringId: idOf(code), on: `2026-03-1${at}` }))

  const { awards } = evaluated(claims, {
    offerings: codes.map((code) => anOffering({ code })),
    policy: { ...examplePolicy, caps },
  })

  t.strictSame(bucketsOf(awards), { counted: 40_000, excess: 0, pending: 8_000 })
})

t.test('a rolling cap holds in every window of its length', async (t) => {
  const caps = [{ window: 'last-2-years', max: 10 }]
  const days = ['2026-01-10', '2027-06-01', '2028-01-10', '2028-01-09']
  const offerings = days.map((_, at) => anOffering({ code: `KC-${at}` }))
  const claims = days.map((on, at) => aClaim({ offeringId: idOf(`KC-${at}`), on }))

  const { awards } = evaluated(claims, { offerings, policy: { ...examplePolicy, caps } })

  t.strictSame(placesOf(awards), [
    ['counted recognised 6'],
    ['counted recognised 4', 'excess over_cap 2'],
    ['excess over_cap 6'],
    ['counted recognised 6'],
  ])
})
