import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { type Clock, dayOf, type Instant, instantOf } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { teacherByNo } from '../../ledger/roster/people.ts'
import { hoursByWindow } from '../../ledger/transcript/reading.ts'
import { type TranscriptJson, transcriptOf } from '../../ledger/transcript/transcript.ts'
import { freshGround } from '../support/ground.ts'
import { aCsv } from '../support/roster.ts'
import { aClaim, anAct, anOffering, aVoid, freshBook, handAndPost, verified } from './books-world.ts'

const today = '2026-11-21'

const morning = instantOf('2026-11-21T09:00:00+08:00')
let instant = morning
const now: Clock = () => instant

const ground = await freshGround(t)
const db = ground.db
const book = await freshBook(db, now)

/** One teacher for each test; those with an even number were never registered. */
const numbered = Array.from({ length: 20 }, (_, at) => `T${String(at + 1).padStart(4, '0')}`)
await importRoster(
  { ...ground, now },
  [
    aCsv('teachers.csv', [
      '教师编号,姓名,入职日期,首次注册日期,状态',
      ...numbered.map(
        (teacherNo, at) =>
          `${teacherNo},测试·${teacherNo},2010-09-01,${at % 2 === 0 ? '2015-09-01' : ''},在岗`,
      ),
    ]),
  ],
  { actor: 'os:tester' },
)

const unused = [...numbered]

/** A teacher nobody has used, with the way to ask for the transcript. */
async function aTeacher() {
  const teacherNo = unused.shift() as string
  const teacher = (await teacherByNo(db, teacherNo, today))?.teacherId as string
  const transcript = (window: string, more: { asOf?: Instant } = {}) =>
    transcriptOf(db, { teacherNo, window, today: dayOf(now()), ...more })
  return { teacherNo, teacher, transcript }
}

const online = (hours: number, changes: Partial<OfferingInfo> = {}): Partial<OfferingInfo> => ({
  form: '网络研修',
  approvedMilliHours: hours * 1000,
  ...changes,
})

const asked = (hours: number, endedOn = '2026-03-05') => ({ sourceAmount: String(hours), endedOn })

const numbers = ({ claimed, counted, excess, pending }: TranscriptJson) => ({
  claimed,
  counted,
  excess,
  pending,
})

const requirement = ({ requirements }: TranscriptJson, id: string) =>
  requirements.find((one) => one.id === id)

t.test('a transcript says what was claimed, counts, is excess and waits', async (t) => {
  const { teacherNo, teacher, transcript } = await aTeacher()
  const first = await anOffering(book, online(25))
  const second = await anOffering(book, online(25, { level: 'school' }))
  const third = await anOffering(book, { category: '知识与技能', approvedMilliHours: 7_250 })
  const waiting = await anOffering(book, { approvalMode: 'self_claim' })
  const withdrawn = aClaim(teacher, third, asked(7.25))
  await handAndPost(book, [
    aClaim(teacher, first, asked(25)),
    aClaim(teacher, second, asked(25, '2026-03-06')),
    aClaim(teacher, waiting, asked(6)),
    withdrawn,
    aVoid(withdrawn),
    aClaim(teacher, third, asked(7.25, '2026-04-01')),
  ])

  const found = await transcript('cycle')

  t.strictSame(numbers(found), { claimed: '63.25', counted: '47', excess: '10', pending: '6' })
  t.match(found, {
    teacher_no: teacherNo,
    name: `测试·${teacherNo}`,
    window: { id: 'cycle', from: '2026-01-01', to: '2030-12-31' },
    unit: '学时',
    by_category: {
      师德与素养: { counted: '40', excess: '10', pending: '6' },
      知识与技能: { counted: '7', excess: '0', pending: '0' },
    },
    by_level: {
      district: { counted: '32', excess: '0', pending: '6' },
      school: { counted: '15', excess: '10', pending: '0' },
    },
  })
  t.match(requirement(found, 'cycle-total'), {
    result: 'not_met',
    have: '47',
    need: '360',
    unit: 'hour',
    quote: '五年累计不少于360学时',
  })
  t.match(requirement(found, 'county-plus'), { have: '32', need: '180' })
  t.match(requirement(found, 'studio'), { result: 'not_evaluated', reason: 'not_stated', need: null })
  await verified(t, book)
})

t.test('entries are legs with their signs, their cause and where they came from', async (t) => {
  const { teacher, transcript } = await aTeacher()
  const offering = await anOffering(book)
  const claim = aClaim(teacher, offering)
  await handAndPost(book, [claim])
  await handAndPost(book, [aVoid(claim)])

  const { entries, counted } = await transcript('year:2026')

  t.equal(counted, '0')
  t.strictSame(
    entries.map(({ hours, bucket, why }) => [hours, bucket, why]),
    [
      ['6', 'counted', 'recognised'],
      ['-6', 'counted', 'withdrawn'],
      ['6', 'voided', 'withdrawn'],
    ],
  )
  t.match(entries[0], {
    seq: Number,
    recorded_at: /^2026-11-21T01:00:00/,
    effective_on: '2026-03-05',
    project_no: 'XM-1',
    offering: offering.code,
    category: '师德与素养',
    level: 'district',
    form: '集中培训',
    source: '示例区 Moodle',
    evidence: [claim.content.rawRef, '签到', '完成', '测评'],
  })
})

t.test('as of an instant it says what was recorded then, for ever', async (t) => {
  const { teacher, transcript } = await aTeacher()
  const claim = aClaim(teacher, await anOffering(book))
  const asOf = instantOf('2026-11-22T00:00:00+08:00')
  await handAndPost(book, [claim])
  const then = await transcript('cycle', { asOf })
  instant = instantOf('2026-11-23T09:00:00+08:00')
  t.teardown(() => {
    instant = morning
  })
  await handAndPost(book, [aVoid(claim), aClaim(teacher, await anOffering(book), { endedOn: '2026-05-01' })])

  const again = await transcript('cycle', { asOf })

  t.equal(JSON.stringify(again), JSON.stringify(then))
  t.strictSame(numbers(again), { claimed: '6', counted: '6', excess: '0', pending: '0' })
  t.equal(again.as_of, '2026-11-21T16:00:00.000Z')
  t.equal((await transcript('cycle')).entries[0]?.effective_on, '2026-03-05')
  t.match(numbers(await transcript('cycle', { asOf: instantOf('2020-01-01T00:00:00Z') })), { counted: '0' })
})

t.test(
  'a window leaves out what is effective on other days, its requirements are judged in it',
  async (t) => {
    const { teacher, transcript } = await aTeacher()
    const days = ['2026-03-01', '2026-06-30', '2026-07-01']
    for (const endedOn of days)
      await handAndPost(book, [aClaim(teacher, await anOffering(book), { endedOn })])

    const half = await transcript('2026-03-01..2026-06-30')

    t.strictSame(numbers(half), { claimed: '12', counted: '12', excess: '0', pending: '0' })
    t.equal(half.entries.length, 2)
    t.match(requirement(half, 'yearly-min'), { have: '18', window: { from: '2026-01-01', to: '2026-12-31' } })
    t.match((await transcript('year')).window, { id: 'year', from: '2026-01-01', to: '2026-12-31' })
    t.match((await transcript('rolling')).window, { from: '2021-11-22', to: '2026-11-21' })
  },
)

t.test(
  'the validity of a registration is each teacher’s own, and unknown where the roster lacks it',
  async (t) => {
    const people = [await aTeacher(), await aTeacher()]

    const windows = await Promise.all(
      people.map(async ({ transcript }) => (await transcript('registration')).window),
    )

    t.strictSame(
      windows.sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1)),
      [
        { id: 'registration', from: null, to: null },
        { id: 'registration', from: '2025-09-01', to: '2030-08-31' },
      ],
    )
  },
)

t.test('where no policy governs, windows are not guessed and nothing is required', async (t) => {
  const { transcript } = await aTeacher()

  const before = await transcript('2025-01-01..2025-12-31')

  t.strictSame(before.requirements, [])
  t.equal(before.summary, 'not_evaluated')
})

t.test('a teacher without an account holds nothing, and the requirements stand', async (t) => {
  const { transcript } = await aTeacher()

  const found = await transcript('cycle')

  t.strictSame(numbers(found), { claimed: '0', counted: '0', excess: '0', pending: '0' })
  t.strictSame(found.entries, [])
  t.match(requirement(found, 'cycle-total'), { result: 'not_met', have: '0' })
  t.equal(found.as_of, '2026-11-20T16:00:00.000Z')
})

t.test('attended days count for what is asked in days', async (t) => {
  const { teacher, transcript } = await aTeacher()
  const days = ['2026-07-06', '2026-07-07', '2026-07-08']
  const trainingClassId = newId()
  const sessions = days.map((day, at) => ({
    sessionId: newId(),
    no: at + 1,
    startsAt: instantOf(`${day}T09:00:00+08:00`),
    minutes: 120,
    place: null,
    content: null,
    presenter: null,
  }))
  const offering = await anOffering(book, {
    awardBasis: 'by_attendance',
    attendanceThreshold: '0.6',
    approvedMilliHours: 9_000,
    classes: [{ trainingClassId, code: '2026-1', from: '2026-07-01', to: '2026-07-31', sessions }],
  })
  const check = (at: number) =>
    aClaim(teacher, offering, {
      trainingClassId,
      sessionId: sessions[at]?.sessionId ?? null,
      completion: false,
      endedOn: days[at] as string,
      receivedAt: instantOf(`${days[at]}T18:00:00+08:00`),
      sourceAmount: null,
      sourceUnit: null,
    })

  await handAndPost(book, [check(0), check(1)])
  const two = await transcript('cycle')
  await handAndPost(book, [check(2)])
  const three = await transcript('cycle')

  t.strictSame(numbers(two), { claimed: '6', counted: '6', excess: '0', pending: '0' })
  t.match(requirement(two, 'ethics-summer'), {
    result: 'not_met',
    have: '2',
    need: '3',
    gap: '1',
    unit: 'day',
  })
  t.strictSame(numbers(three), { claimed: '9', counted: '9', excess: '0', pending: '0' })
  t.match(requirement(three, 'ethics-summer'), { result: 'met', have: '3' })
  await verified(t, book)
})

t.test('a rejected claim stays asked for, and holds nothing', async (t) => {
  const { teacher, transcript } = await aTeacher()
  const claim = aClaim(teacher, await anOffering(book, { approvalMode: 'self_claim' }))
  await handAndPost(book, [claim])
  await handAndPost(book, [anAct(claim.claimId, 'reject')])

  t.strictSame(numbers(await transcript('cycle')), { claimed: '6', counted: '0', excess: '0', pending: '0' })
})

t.test('an unknown teacher and a window that is none are refused', async (t) => {
  const { transcript } = await aTeacher()

  await t.rejects(transcriptOf(db, { teacherNo: 'T9999', window: 'cycle', today }), {
    code: 'teacher-unknown',
  })
  for (const window of ['whenever', 'winter-vacation', '2026-02-30..2026-03-01', '2026-03-02..2026-03-01']) {
    await t.rejects(transcript(window), { code: 'window-invalid' }, window)
  }
  t.match((await transcript('summer-vacation')).window, { from: '2026-07-01', to: '2026-08-31' })
})

t.test('the hours of many teachers come in one query', async (t) => {
  const [one, two, none] = [await aTeacher(), await aTeacher(), await aTeacher()].map(
    ({ teacher }) => teacher,
  )
  const offering = await anOffering(book, online(50))
  await handAndPost(book, [
    aClaim(one as string, offering),
    aClaim(two as string, offering, { endedOn: '2027-01-01' }),
  ])

  const found = await hoursByWindow(db, [one, two, none] as string[], {
    from: '2026-01-01',
    to: '2026-12-31',
  })

  t.strictSame([...found], [[one, { counted: 40_000, excess: 10_000, pending: 0 }]])
})
