import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { conversionScene, type Filed, type Pusher, trainingClass } from './conversion-scene.ts'
import {
  adlStatement,
  cmi5Statement,
  iriBase,
  moodleActivity,
  moodleCourseCompleted,
  moodleCourseId,
  moodleQuizAttempt,
  moodleSite,
  toolStatement,
} from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)

interface Setting {
  user: string
  source: Pusher
  offering: OfferingInfo
  /** What stands in the ledger for the teacher. */
  claims(): Promise<Extract<Filed, { kind: 'claim' }>['content'][]>
  /** Codes under which something of the source waits. */
  reasons(): Promise<string[]>
}

async function setting(
  preset: string,
  wish: Partial<OfferingInfo> & { activity?: string; homePage?: string } = {},
): Promise<Setting> {
  const { activity, homePage = lms, ...changes } = wish
  const user = randomUUID()
  const source = await scene.source({ preset })
  const offering = await scene.offering({
    code: randomUUID(),
    activities: activity ? [[source.name, activity]] : [],
    ...changes,
  })
  const teacherId = await scene.teacher([homePage, user])
  return {
    user,
    source,
    offering,
    claims: async () =>
      (await scene.standing()).filter((one) => one.teacherId === teacherId).map(({ content }) => content),
    reasons: async () =>
      (await queueList(scene.ground.db)).items
        .filter((one) => one.source === source.name)
        .map(({ reason }) => reason),
  }
}

const moodleQuiz = (changes = {}) =>
  setting('moodle-logstore', {
    passMark: '60',
    activity: moodleCourseId(),
    homePage: moodleSite,
    classes: [trainingClass('2026-1', '2026-03-01', '2026-06-30')],
    ...changes,
  })

t.test('Moodle: the quiz attempt before the course completion makes it pass', async (t) => {
  const { user, source, claims } = await moodleQuiz()
  await source.push(moodleQuizAttempt({ user, raw: 8, max: 10 }), moodleCourseCompleted({ user }))
  await scene.work()

  t.match(await claims(), [{ passed: true, scorePercent: '80', evidence: ['完成', '测评'] }])
})

t.test(
  'Moodle: half the points are no pass, whatever success and scaled say; a later attempt releases it',
  async (t) => {
    const { user, source, claims, reasons } = await moodleQuiz()
    await source.push(moodleQuizAttempt({ user, raw: 5 }), moodleCourseCompleted({ user }))
    await scene.work()
    const before = [await reasons(), await claims()]
    await source.push(moodleQuizAttempt({ user, raw: 6, attempt: 12, at: '2026-03-03T09:00:00+08:00' }))
    await scene.work()

    t.strictSame(before, [['NOT_PASSED'], []])
    t.match(await claims(), [{ passed: true, scorePercent: '60', endedOn: '2026-03-02' }])
    t.strictSame(await reasons(), [])
  },
)

t.test('Moodle: a page of a mapped course is evidence and waits for nothing', async (t) => {
  const { user, source, claims, reasons } = await moodleQuiz({ passMark: null })
  await source.push(
    moodleActivity({ user }),
    moodleCourseCompleted({ user }),
    moodleActivity({ user, cmid: 8 }),
  )
  await scene.work()

  t.equal((await claims()).length, 1)
  t.strictSame(await reasons(), [])
})

t.test('Moodle: pages that waited are evidence once their course is mapped', async (t) => {
  const { user, source, reasons } = await setting('moodle-logstore', { homePage: moodleSite })
  await source.push(moodleActivity({ user, course: 77 }))
  await scene.work()
  const before = await reasons()
  await scene.offering({ code: randomUUID(), activities: [[source.name, moodleCourseId(77)]] })
  await scene.work()

  t.strictSame(before, ['ACTIVITY_UNKNOWN'])
  t.strictSame(await reasons(), [])
})

t.test('Moodle: an un-completed course is a completion again when it is completed again', async (t) => {
  const { user, source, claims } = await moodleQuiz({ passMark: null })
  await source.push(
    moodleCourseCompleted({ user }),
    moodleActivity({ user, undone: true, of: 'course', at: '2026-03-03T10:00:00+08:00' }),
  )
  await scene.work()
  const between = await claims()
  await source.push(moodleCourseCompleted({ user, at: '2026-03-04T10:00:00+08:00' }))
  await scene.work()

  t.strictSame(between, [])
  t.match(await claims(), [{ endedOn: '2026-03-04' }])
})

t.test('Moodle: the same course in two classes is two completions', async (t) => {
  const { user, source, claims } = await moodleQuiz({
    passMark: null,
    classes: [
      trainingClass('2025-1', '2025-09-01', '2025-12-31'),
      trainingClass('2026-1', '2026-03-01', '2026-06-30'),
    ],
    approvedOn: '2025-08-01',
  })
  await source.push(
    moodleCourseCompleted({ user, at: '2025-11-03T10:00:00+08:00' }),
    moodleCourseCompleted({ user }),
  )
  await scene.work()

  t.strictSame((await claims()).map(({ endedOn }) => endedOn).sort(), ['2025-11-03', '2026-03-02'])
})

const au = `${lms}/cmi5/au/1`
const moves: [string, ('completed' | 'passed' | 'failed' | 'satisfied')[], boolean][] = [
  ['Passed', ['completed'], false],
  ['Passed', ['passed'], true],
  ['Completed', ['passed'], false],
  ['Completed', ['completed'], true],
  ['CompletedAndPassed', ['completed'], false],
  ['CompletedAndPassed', ['passed', 'completed'], true],
  ['CompletedOrPassed', ['failed', 'completed'], true],
  ['CompletedOrPassed', ['passed'], true],
  ['CompletedOrPassed', ['failed'], false],
  ['NotApplicable', [], false],
  ['NotApplicable', ['completed'], true],
]
for (const [moveOn, verbs, isClaimed] of moves) {
  t.test(
    `cmi5: moveOn ${moveOn} with ${verbs.join(' and ') || 'nothing'}: ${isClaimed ? 'a claim' : 'none'}`,
    async (t) => {
      const { user, source, claims, reasons } = await setting('cmi5', { activity: au })
      await source.push(
        cmi5Statement('launched', { user, moveOn }),
        cmi5Statement('initialized', { user }),
        ...verbs.map((verb) => cmi5Statement(verb, { user })),
        cmi5Statement('terminated', { user }),
      )
      await scene.work()

      t.equal((await claims()).length, isClaimed ? 1 : 0)
      t.strictSame(await reasons(), [])
    },
  )
}

t.test('cmi5: an AU is known by its publisher id too, and its registration is the attempt', async (t) => {
  const { user, source, claims } = await setting('cmi5', { activity: 'https://publisher.example/au/1' })
  const registration = randomUUID()
  await source.push(
    cmi5Statement('completed', { user, activity: `${lms}/session/1`, registration }),
    cmi5Statement('completed', { user, activity: `${lms}/session/2`, registration }),
  )
  await scene.work()

  t.match(await claims(), [{ attempt: registration }])
  t.equal((await claims()).length, 1)
})

t.test('cmi5: moveOn decides, then the pass mark', async (t) => {
  const { user, source, claims, reasons } = await setting('cmi5', { activity: au, passMark: '80' })
  await source.push(
    cmi5Statement('launched', { user, moveOn: 'Completed' }),
    cmi5Statement('completed', { user }),
    cmi5Statement('passed', { user, result: { success: true, score: { scaled: 0.7 } } }),
  )
  await scene.work()

  t.strictSame(await reasons(), ['NOT_PASSED'])
  t.strictSame(await claims(), [])
})

t.test('cmi5: satisfied on the course is a claim; waived is one that the school looks at', async (t) => {
  const course = await setting('cmi5', { activity: `${lms}/cmi5/course` })
  const waived = await setting('cmi5', { activity: au, passMark: '60' })
  await course.source.push(cmi5Statement('satisfied', { user: course.user }))
  await waived.source.push(cmi5Statement('waived', { user: waived.user, result: { success: true } }))
  await scene.work()

  t.match(await course.claims(), [{ flags: [], evidence: ['完成'] }])
  t.match(await waived.claims(), [{ flags: ['waived'], evidence: [] }])
})

t.test(
  'adl: failed after a credited pass is a conflict, and the claim stands until somebody decides',
  async (t) => {
    const { user, source, claims, reasons } = await setting('adl', { activity: `${lms}/course/A` })
    await source.push(adlStatement('passed', { user, result: { success: true, score: { scaled: 0.9 } } }))
    await scene.work()
    await source.push(adlStatement('failed', { user, at: '2026-03-03T10:00:00+08:00' }))
    await scene.work()

    t.equal((await claims()).length, 1)
    t.strictSame(await reasons(), ['CONFLICT'])
  },
)

t.test('adl: failed before passed is only a first try', async (t) => {
  const { user, source, claims, reasons } = await setting('adl', {
    activity: `${lms}/course/A`,
    passMark: '60',
  })
  await source.push(
    adlStatement('failed', { user, at: '2026-03-01T10:00:00+08:00' }),
    adlStatement('passed', { user, result: { success: true, score: { scaled: 0.6 } } }),
  )
  await scene.work()

  t.match(await claims(), [{ passed: true, scorePercent: '60' }])
  t.strictSame(await reasons(), [])
})

t.test('adl: success below the mark is no pass', async (t) => {
  const { user, source, claims, reasons } = await setting('adl', {
    activity: `${lms}/course/A`,
    passMark: '60',
  })
  await source.push(adlStatement('passed', { user, result: { success: true, score: { scaled: 0.599 } } }))
  await scene.work()

  t.strictSame([await claims(), await reasons()], [[], ['NOT_PASSED']])
})

t.test('tool: completed with its score is a claim in the class it names', async (t) => {
  const spring = trainingClass('2026-1', '2026-03-01', '2026-06-30')
  const { user, source, offering, claims } = await setting('xueshi-tool', {
    homePage: moodleSite,
    passMark: '60',
    classes: [spring, trainingClass('2026-2', '2026-03-01', '2026-06-30')],
  })
  const registration = randomUUID()
  const given = { user, offering: offering.code, registration }
  await source.push(
    toolStatement('initialized', given),
    toolStatement('passed', { ...given, result: { success: true, score: { scaled: 0.86 } } }),
    toolStatement('completed', {
      ...given,
      result: {
        completion: true,
        success: true,
        score: { scaled: 0.86, raw: 86, min: 0, max: 100 },
        duration: 'PT5H12M',
      },
    }),
  )
  await scene.work()

  t.match(await claims(), [
    {
      attempt: registration,
      trainingClassId: spring.trainingClassId,
      passed: true,
      scorePercent: '86',
      durationSeconds: 18_720,
      evidence: ['完成', '测评'],
    },
  ])
})

t.test('tool: each session attended is a claim of its own, sent twice or not', async (t) => {
  const spring = trainingClass('2026-1', '2026-03-02', '2026-06-30', 2)
  const { user, source, offering, claims } = await setting('xueshi-tool', {
    homePage: moodleSite,
    awardBasis: 'by_attendance',
    attendanceThreshold: '0.5',
    form: '集中培训',
    classes: [spring],
  })
  const given = { user, offering: offering.code }
  await source.push(
    toolStatement('attended', { ...given, session: 1, at: '2026-03-02T14:00:00+08:00' }),
    toolStatement('attended', { ...given, session: 2, at: '2026-03-09T14:00:00+08:00' }),
    toolStatement('attended', { ...given, session: 1, at: '2026-03-02T14:05:00+08:00' }),
  )
  await scene.work()

  t.match(
    (await claims()).sort((a, b) => a.endedAt - b.endedAt),
    spring.sessions.map(({ sessionId, startsAt }) => ({
      sessionId,
      trainingClassId: spring.trainingClassId,
      completion: false,
      evidence: ['签到'],
      endedAt: startsAt + 90 * 60_000_000,
    })),
  )
})

t.test('tool: a check-in supports a completion where attendance is not what is paid', async (t) => {
  const spring = trainingClass('2026-1', '2026-03-02', '2026-06-30', 1)
  const { user, source, offering, claims, reasons } = await setting('xueshi-tool', {
    homePage: moodleSite,
    form: '集中培训',
    classes: [spring],
  })
  const given = { user, offering: offering.code, registration: randomUUID() }
  await source.push(
    toolStatement('attended', { ...given, at: '2026-03-02T14:00:00+08:00' }),
    toolStatement('completed', given),
  )
  await scene.work()

  t.match(await claims(), [{ evidence: ['完成', '签到'] }])
  t.strictSame(await reasons(), [])
})

const anyClass = trainingClass('2026-1', '2026-03-01', '2026-06-30')
const heldBack: [
  string,
  string,
  Partial<OfferingInfo> & { activity?: string; homePage?: string },
  object[],
][] = [
  [
    'OFFERING_NOT_APPROVED',
    'a class that is not in the catalogue',
    { homePage: moodleSite, code: 'KC-H1', classes: [trainingClass('2026-1', '2026-03-01', '2026-06-30')] },
    [toolStatement('completed', { offering: 'KC-H1', trainingClass: '2030-1' })],
  ],
  [
    'OFFERING_NOT_APPROVED',
    'a session that is not in the catalogue',
    {
      homePage: moodleSite,
      code: 'KC-H2',
      awardBasis: 'by_attendance',
      classes: [trainingClass('2026-1', '2026-03-01', '2026-06-30', 1)],
    },
    [toolStatement('attended', { offering: 'KC-H2', session: 9 })],
  ],
  [
    'BEFORE_APPROVAL',
    'a completion before the approval',
    { activity: `${lms}/course/A`, approvedOn: '2026-03-03' },
    [adlStatement('completed')],
  ],
  [
    'BEFORE_APPROVAL',
    'a completion outside every class',
    { activity: `${lms}/course/A`, classes: [trainingClass('2026-2', '2026-09-01', '2026-12-31')] },
    [adlStatement('completed')],
  ],
  [
    'CLOCK_SKEW',
    'a completion an hour after its receipt',
    { activity: `${lms}/course/A` },
    [adlStatement('completed', { at: '2099-03-10T17:30:00+08:00' })],
  ],
  [
    'UNIT_MISSING',
    'an amount without a unit where the award needs one',
    { homePage: moodleSite, code: 'KC-H3', awardBasis: 'by_duration', classes: [anyClass] },
    [
      toolStatement('completed', {
        offering: 'KC-H3',
        extensions: { [`${iriBase}extensions/source-amount`]: { value: 90 } },
      }),
    ],
  ],
]
for (const [code, name, wish, statements] of heldBack) {
  t.test(`${code}: ${name}`, async (t) => {
    const preset = wish.homePage === moodleSite ? 'xueshi-tool' : 'adl'
    const { user, source, claims, reasons } = await setting(preset, wish)
    const homePage = wish.homePage ?? lms
    await source.push(...statements.map((one) => ({ ...one, actor: { account: { homePage, name: user } } })))
    await scene.work()

    t.strictSame([await reasons(), await claims()], [[code], []])
  })
}

t.test('ACTOR_OUT_OF_NAMESPACE: a person of another system', async (t) => {
  const source = await scene.source({
    preset: 'adl',
    actorHomePages: ['https://other.example', '@example.org'],
  })
  const statement = adlStatement('completed')
  await source.push(
    statement,
    { ...statement, actor: { mbox: 'mailto:li@Example.org' } },
    { ...statement, actor: { mbox: 'mailto:li@elsewhere.example' } },
  )
  await scene.work()

  t.strictSame(
    (await queueList(scene.ground.db)).items
      .filter((one) => one.source === source.name)
      .map(({ reason, teacherHint }) => `${reason} ${teacherHint}`),
    [
      `ACTOR_OUT_OF_NAMESPACE u1 @ ${lms}`,
      'ACTOR_UNKNOWN li@example.org',
      'ACTOR_OUT_OF_NAMESPACE li@elsewhere.example',
    ],
  )
})

t.test('ACTOR_AMBIGUOUS: a group that completed something', async (t) => {
  const { source, reasons } = await setting('adl', { activity: `${lms}/course/A` })
  const actor = {
    objectType: 'Group',
    member: [{ mbox: 'mailto:a@example.org' }, { mbox: 'mailto:b@example.org' }],
  }
  await source.push({ ...adlStatement('completed'), actor })
  await scene.work()

  t.strictSame(await reasons(), ['ACTOR_AMBIGUOUS'])
})

t.test('SOURCE_NOT_LIVE: a source on trial is shown and never submitted, until it goes live', async (t) => {
  const { user, source, claims, reasons } = await setting('adl', { activity: `${lms}/course/A` })
  await changeSource(scene.ground, source.id, { state: 'trial' })
  await source.push(adlStatement('completed', { user }))
  await scene.work()
  const before = [await reasons(), await claims()]
  await changeSource(scene.ground, source.id, { state: 'live' })
  await scene.work()

  t.strictSame(before, [['SOURCE_NOT_LIVE'], []])
  t.equal((await claims()).length, 1)
})
