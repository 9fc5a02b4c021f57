import t from 'tap'
import type { Level } from '../../ledger/catalogue/offering.ts'
import type { FlatPolicy } from '../../ledger/policy/document.ts'
import { type Person, unknownPerson } from '../../ledger/policy/evaluation.ts'
import {
  type AttendedDay,
  type CountedHours,
  indicatorsOf,
  type JudgeInput,
  type Judgement,
  judge,
  summaryOf,
} from '../../ledger/policy/judge.ts'
import { examplePolicy, shippedPolicy } from './policy-cases.ts'

const on = '2026-09-01'
const teacher: Person = {
  enteredOn: '2015-09-01',
  registeredOn: '2023-09-01',
  tiers: [],
  posts: [{ from: null, to: null, value: '语文教师' }],
  schoolStatuses: [],
}

const hours = (hoursOf: number, changes: Partial<CountedHours> = {}): CountedHours => ({
  effectiveOn: '2026-03-01',
  milliHours: hoursOf * 1000,
  category: '知识与技能',
  level: 'district' satisfies Level,
  form: '集中培训',
  topic: null,
  role: 'participant',
  ...changes,
})

const attended = (day: string, category = '师德与素养'): AttendedDay => ({
  day,
  category,
  level: 'district',
  form: '集中培训',
  topic: null,
  role: 'participant',
})

const judged = (changes: Partial<JudgeInput> = {}): Map<string, Judgement> =>
  new Map(
    judge({ policy: examplePolicy, person: teacher, hours: [], days: [], on, ...changes }).map((one) => [
      one.id,
      one,
    ]),
  )

t.test('a total that is reached is met, with what there is and what is asked', async (t) => {
  const { result, have, need, unit, quote, window, gap } =
    judged({ hours: [hours(360)] }).get('cycle-total') ?? {}

  t.strictSame(
    { result, have, need, unit, quote, window, gap },
    {
      result: 'met',
      have: '360',
      need: '360',
      unit: 'hour',
      quote: '五年累计不少于360学时',
      window: { from: '2026-01-01', to: '2030-12-31' },
      gap: null,
    },
  )
})

t.test('a total that is not reached says what is missing', async (t) => {
  t.match(judged({ hours: [hours(214.5)] }).get('cycle-total'), {
    result: 'not_met',
    have: '214.5',
    gap: '145.5',
  })
})

t.test('every kind of window', async (t) => {
  const days = ['2021-09-01', '2021-09-02', '2023-09-01', '2025-12-31', '2026-01-01', '2026-08-31']
  const all = days.map((effectiveOn) => hours(10, { effectiveOn, topic: '信息技术' }))
  const policy: FlatPolicy = {
    ...examplePolicy,
    requirements: [
      { id: 'cycle', window: 'cycle', at_least: { value: 1, unit: 'hour' } },
      { id: 'year', window: 'year', at_least: { value: 1, unit: 'hour' } },
      { id: 'rolling', window: 'last-5-years', at_least: { value: 1, unit: 'hour' } },
      { id: 'registration', window: 'registration-validity', years: 5, at_least: { value: 1, unit: 'hour' } },
      { id: 'by', by: '2026-06-30', at_least: { value: 1, unit: 'hour' } },
      { id: 'named', window: '2025-01-01..2025-12-31', at_least: { value: 1, unit: 'hour' } },
      { id: 'season', window: 'summer-vacation', at_least: { value: 1, unit: 'hour' } },
    ],
  }
  const found = judged({ policy, hours: all })
  const have = (id: string) => [found.get(id)?.have, found.get(id)?.window?.from, found.get(id)?.window?.to]

  t.strictSame(have('cycle'), ['20', '2026-01-01', '2030-12-31'])
  t.strictSame(have('year'), ['20', '2026-01-01', '2026-12-31'])
  t.strictSame(have('rolling'), ['50', '2021-09-02', '2026-09-01'])
  t.strictSame(have('registration'), ['40', '2023-09-01', '2028-08-31'])
  t.strictSame(have('by'), ['10', '2026-01-01', '2026-06-30'])
  t.strictSame(have('named'), ['10', '2025-01-01', '2025-12-31'])
  t.strictSame(have('season'), ['10', '2026-07-01', '2026-08-31'])
})

t.test('a school year belongs to the year in which it begins', async (t) => {
  const policy = { ...examplePolicy, year: { starts: '09-01' } }
  const windowOn = (day: string) => judged({ policy, on: day }).get('yearly-min')?.window

  t.strictSame(windowOn('2026-08-31'), { from: '2025-09-01', to: '2026-08-31' })
  t.strictSame(windowOn('2026-09-01'), { from: '2026-09-01', to: '2027-08-31' })
})

t.test('only hours of the levels named are counted; 县级 reads as 区级', async (t) => {
  const policy: FlatPolicy = {
    ...examplePolicy,
    requirements: [
      {
        id: 'county-plus',
        window: 'cycle',
        level_in: ['county', 'city'],
        at_least: { value: 20, unit: 'hour' },
      },
    ],
  }
  const all = [
    hours(10),
    hours(10, { level: 'city' }),
    hours(10, { level: 'school' }),
    hours(10, { level: 'province' }),
  ]

  t.match(judged({ policy, hours: all }).get('county-plus'), { result: 'met', have: '20' })
})

t.test('hours whose level nobody knows cannot decide', async (t) => {
  const all = [hours(170), hours(20, { level: null, category: null, form: null })]

  t.match(judged({ hours: all }).get('county-plus'), {
    result: 'not_evaluated',
    reason: 'fact_missing',
    path: 'level',
  })
  t.match(judged({ hours: [hours(180), ...all] }).get('county-plus'), { result: 'met' })
  t.match(judged({ hours: all.map((one) => ({ ...one, milliHours: 1000 })) }).get('county-plus'), {
    result: 'not_met',
    have: '1',
  })
})

t.test('a topic is asked of the courses that have it', async (t) => {
  const all = [hours(50), hours(20, { topic: '信息技术' })]

  t.match(judged({ hours: all }).get('it'), { result: 'not_met', have: '20', need: '50', gap: '30' })
})

t.test('days are counted as attended days, once each, and never from hours', async (t) => {
  const days = [
    attended('2026-07-06'),
    attended('2026-07-07'),
    attended('2026-07-07'),
    attended('2026-07-08', '其他'),
  ]
  const all = [hours(300, { category: '师德与素养', effectiveOn: '2026-07-06' })]

  t.match(judged({ days, hours: all }).get('ethics-summer'), {
    result: 'not_met',
    have: '2',
    need: '3',
    unit: 'day',
  })
  t.match(judged({ days: [...days, attended('2026-08-31')] }).get('ethics-summer'), {
    result: 'met',
    have: '3',
  })
})

t.test('a season whose days are not set is not evaluated', async (t) => {
  t.match(judged({ on: '2027-07-01' }).get('ethics-summer'), {
    result: 'not_evaluated',
    reason: 'not_stated',
    path: 'seasons.summer-vacation.2027',
    window: null,
  })
})

t.test('a number that no layer states is neither met nor missed, however many hours there are', async (t) => {
  const member: Person = { ...teacher, tiers: [{ from: null, to: null, value: '名师工作室成员' }] }

  t.match(judged({ person: member, hours: [hours(5000)] }).get('studio'), {
    result: 'not_evaluated',
    reason: 'not_stated',
    path: 'requirements.studio.at_least.value',
    have: '5000',
    need: null,
    quote: '工作室成员另行规定',
    isForPerson: true,
  })
})

t.test('a recorded other tier rules a requirement out', async (t) => {
  const other: Person = { ...teacher, tiers: [{ from: null, to: null, value: '学科带头人' }] }

  t.notOk(judged({ person: other }).has('studio'))
  t.match(judged().get('studio'), { isForPerson: false, result: 'not_evaluated' })
})

t.test('a fact that is missing is said to be missing', async (t) => {
  t.match(judged({ person: unknownPerson }).get('reg-360'), {
    result: 'not_evaluated',
    reason: 'fact_missing',
    path: 'registered_on',
    need: '360',
  })
})

t.test('credits are judged by the ratio, and not without one', async (t) => {
  const policy: FlatPolicy = {
    ...examplePolicy,
    requirements: [{ id: 'c', window: 'cycle', at_least: { value: 36, unit: 'credit' } }],
  }
  const silent: FlatPolicy = { ...policy, unit: { ...policy.unit, hours_per_credit: null } }

  t.match(judged({ policy, hours: [hours(355)] }).get('c'), {
    result: 'not_met',
    have: '35.5',
    gap: '0.5',
    unit: 'credit',
  })
  t.match(judged({ policy: silent, hours: [hours(355)] }).get('c'), {
    result: 'not_evaluated',
    reason: 'not_stated',
    path: 'unit.hours_per_credit',
  })
})

t.test('a split in exact credits asks both parts, of the schools it names only', async (t) => {
  const songjiang = shippedPolicy('cn.sh.songjiang.135')
  const policy: FlatPolicy = { ...songjiang, unit: { ...songjiang.unit, hours_per_credit: 10 } }
  const person: Person = { ...teacher, schoolStatuses: [{ from: null, to: null, value: '市教师专业发展校' }] }
  const at = { policy, person, on: '2018-05-01' }
  const of = (level: Level, value: number) => hours(value, { level, effectiveOn: '2017-01-01' })

  t.match(judged({ ...at, hours: [of('city', 60), of('school', 300)] }).get('mdps-split'), { result: 'met' })
  t.match(judged({ ...at, hours: [of('city', 60), of('school', 298.8)] }).get('mdps-split'), {
    result: 'not_met',
    need: '30',
    gap: '0.12',
  })
  t.notOk(
    judged({ ...at, person: teacher }).has('mdps-split') &&
      judged({ ...at, person: teacher }).get('mdps-split')?.isForPerson,
  )
  t.match(judged({ ...at, person: teacher }).get('ordinary-split'), {
    result: 'not_evaluated',
    reason: 'not_stated',
  })
})

t.test('weeks and months are not converted', async (t) => {
  const entrant: Person = { ...teacher, enteredOn: '2018-08-01' }
  const jintan = shippedPolicy('cn.js.changzhou.jintan.2018')

  t.match(judged({ policy: jintan, person: entrant, on: '2018-09-01' }).get('new-teacher-preservice'), {
    result: 'not_evaluated',
    reason: 'not_stated',
  })
  t.notOk(judged({ policy: jintan, on: '2018-09-01' }).has('new-teacher-preservice'))
})

t.test('bands of service end where the policy says', async (t) => {
  const policy: FlatPolicy = {
    ...examplePolicy,
    cycle: null,
    requirements: [
      { id: 'young', audience: '2-5年青年教师', window: 'year', at_least: { value: 1, unit: 'hour' } },
      { id: 'middle', audience: '5-10年青年教师', window: 'year', at_least: { value: 1, unit: 'hour' } },
    ],
  }
  const songjiang = {
    ...policy,
    audience_bands: shippedPolicy('cn.sh.songjiang.135').audience_bands,
    band_boundary: null,
  }
  const rows = [
    { years: 'less than two', enteredOn: '2024-09-02', want: [] },
    { years: 'exactly two', enteredOn: '2024-09-01', want: ['young'] },
    { years: 'exactly five', enteredOn: '2021-09-01', want: ['middle'] },
    { years: 'exactly ten', enteredOn: '2016-09-01', want: ['middle'] },
    { years: 'more than ten', enteredOn: '2016-08-31', want: [] },
  ]
  for (const { years, enteredOn, want } of rows) {
    t.strictSame([...judged({ policy, person: { ...teacher, enteredOn } }).keys()], want, years)
  }
  t.match(judged({ policy: songjiang, person: { ...teacher, enteredOn: '2021-09-01' } }).get('young'), {
    result: 'not_evaluated',
    reason: 'not_stated',
    path: 'band_boundary',
  })
})

t.test('the target of a cycle is a requirement where the text does not spell it out', async (t) => {
  const suichang = shippedPolicy('cn.zj.lishui.suichang.2016')
  const at = { policy: suichang, on: '2018-01-01', hours: [hours(400, { effectiveOn: '2017-05-01' })] }

  t.match(judged(at).get('cycle-target'), { result: 'met', have: '400', need: '360' })
  t.notOk(judged().has('cycle-target'))
})

t.test('indicators are of a population and judge nobody', async (t) => {
  const suichang = shippedPolicy('cn.zj.lishui.suichang.2016')

  t.ok(indicatorsOf(suichang).some(({ id }) => id === 'cycle-mean'))
  t.notOk(judged({ policy: suichang, on: '2018-01-01' }).has('cycle-mean'))
})

t.test('the summary has three values', async (t) => {
  const one = (result: Judgement['result'], isForPerson = true) => ({ result, isForPerson }) as Judgement

  t.equal(summaryOf([one('met'), one('met')]), 'met')
  t.equal(summaryOf([one('met'), one('not_evaluated')]), 'not_evaluated')
  t.equal(summaryOf([one('met'), one('not_evaluated'), one('not_met')]), 'not_met')
  t.equal(summaryOf([one('met'), one('not_evaluated', false)]), 'met')
  t.equal(summaryOf([]), 'not_evaluated')
})
