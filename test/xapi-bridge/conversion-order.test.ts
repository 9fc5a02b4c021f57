import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { queueList } from '../../xapi-bridge/queue/queue.ts'
import { conversionScene, type Scene, trainingClass } from './conversion-scene.ts'
import {
  adlStatement,
  cmi5Statement,
  moodleActivity,
  moodleCourseCompleted,
  moodleCourseId,
  moodleQuizAttempt,
  moodleSite,
  toolStatement,
  voidOf,
} from './lookalikes.ts'

const lms = 'https://lms.example'
t.setTimeout(300_000)
const runs = Number(process.env.XUESHI_TEST_RUNS ?? 12)

/** One story: what is sent about one person, and what else happens meanwhile. */
interface Story {
  preset: string
  homePage: string
  activity: string
  passMark: string | null
  /** Whether evidence may come after the claim: the claim then stands as it was filed. */
  mayFileEarly?: boolean
  statements(user: string, code: string): object[]
}

const stories: Record<string, Story> = {
  'Moodle: quiz attempts, resends, an un-completion and a second completion': {
    preset: 'moodle-logstore',
    homePage: moodleSite,
    activity: moodleCourseId(),
    passMark: '60',
    statements: (user) => [
      moodleQuizAttempt({ user, raw: 3, attempt: 1 }),
      moodleQuizAttempt({ user, raw: 7, attempt: 2, at: '2026-03-02T10:05:00+08:00' }),
      moodleCourseCompleted({ user }),
      moodleCourseCompleted({ user }),
      moodleActivity({ user, undone: true, of: 'course', at: '2026-03-03T10:00:00+08:00' }),
      moodleCourseCompleted({ user, at: '2026-03-04T10:00:00+08:00' }),
      moodleActivity({ user }),
    ],
  },
  'adl: a failure, a pass, repeats, a void and its re-issue': {
    preset: 'adl',
    homePage: lms,
    activity: `${lms}/course/A`,
    passMark: '60',
    statements: (user) => {
      const wrong = randomUUID()
      const pass = { success: true, score: { scaled: 0.8 } }
      return [
        adlStatement('failed', { user, at: '2026-03-02T09:00:00+08:00' }),
        adlStatement('completed', { user, id: wrong, result: pass }),
        voidOf(wrong),
        adlStatement('completed', { user, result: pass }),
        adlStatement('passed', { user, result: pass }),
        adlStatement('completed', { user, id: randomUUID(), result: pass }),
      ]
    },
  },
  'cmi5: moveOn is told late or early': {
    preset: 'cmi5',
    homePage: lms,
    activity: `${lms}/cmi5/au/1`,
    passMark: null,
    mayFileEarly: true,
    statements: (user) => [
      cmi5Statement('launched', { user, moveOn: 'CompletedAndPassed', at: '2026-03-02T02:00:00.000Z' }),
      cmi5Statement('completed', { user }),
      cmi5Statement('passed', { user, result: { success: true } }),
      cmi5Statement('completed', { user, id: randomUUID() }),
      cmi5Statement('terminated', { user }),
    ],
  },
  'tool: a test tried twice and a completion that was corrected': {
    preset: 'xueshi-tool',
    homePage: moodleSite,
    activity: '',
    passMark: '60',
    statements: (user, offering) => {
      const wrong = randomUUID()
      const given = { user, offering, registration: '5a1d7f7e-6b0f-4a86-9d80-0c9f0c4a5f01' }
      const result = { completion: true, success: true, score: { scaled: 0.9 } }
      return [
        toolStatement('failed', { ...given, result: { success: false, score: { scaled: 0.4 } } }),
        toolStatement('passed', { ...given, result: { success: true, score: { scaled: 0.9 } } }),
        toolStatement('completed', { ...given, id: wrong, result }),
        voidOf(wrong),
        toolStatement('completed', { ...given, id: randomUUID(), result }),
      ]
    },
  },
}

/** Where a story ended: what stands in the ledger, and what waits. */
async function tell(
  scene: Scene,
  story: Story,
  order: (given: object[]) => object[],
  cuts: ReadonlySet<number>,
  moments: { linked: number; mapped: number; approved: number },
) {
  const [user, code] = [randomUUID(), randomUUID()]
  const source = await scene.source({ preset: story.preset, onVoid: 'auto' })
  const teacherId = await scene.teacher()
  const classes = [trainingClass('2026-1', '2026-03-01', '2026-06-30')]
  const activities: [string, string][] = [[source.name, story.activity]]
  const shape = { code, classes, passMark: story.passMark }
  await scene.offering({ ...shape, approvedOn: null })
  let isApproved = false
  const statements = order(story.statements(user, code))
  for (let index = 0; index <= statements.length; index++) {
    if (moments.linked === index) await scene.link(teacherId, story.homePage, user)
    if (moments.approved === index) isApproved = true
    if (moments.approved === index || moments.mapped === index) {
      const mapped = index >= moments.mapped && story.activity !== '' ? { activities } : {}
      await scene.offering({ ...shape, ...mapped, approvedOn: isApproved ? '2026-01-01' : null })
    }
    const statement = statements[index]
    if (statement) await source.push(statement)
    if (cuts.has(index)) await scene.work()
  }
  await scene.work()
  const standing = (await scene.standing()).filter((one) => one.teacherId === teacherId)
  return {
    standing: standing.map(
      ({ content: { endedOn, passed, evidence, completion, attempt, trainingClassId } }) => ({
        endedOn,
        ...(!story.mayFileEarly && { passed, evidence }),
        completion,
        attempt,
        inClass: trainingClassId === classes[0]?.trainingClassId,
      }),
    ),
    waiting: (await queueList(scene.ground.db)).items
      .filter((one) => one.source === source.name)
      .map(({ reason }) => reason),
  }
}

for (const [name, story] of Object.entries(stories)) {
  t.test(`in any order, cut anywhere, the end is the same: ${name}`, { timeout: 280_000 }, async (t) => {
    const scene = await conversionScene(t)
    const size = story.statements('u', 'c').length
    const before = { linked: 0, mapped: 0, approved: 0 }
    const expected = await tell(scene, story, (given) => given, new Set(), before)
    t.equal(expected.standing.length, 1)

    const moment = fc.nat({ max: size })
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(
          Array.from({ length: size }, (_, index) => index),
          { minLength: size },
        ),
        fc.uniqueArray(moment),
        fc.record({ linked: moment, mapped: moment, approved: moment }),
        async (order, cuts, moments) => {
          const ended = await tell(
            scene,
            story,
            (given) => order.map((index) => given[index] as object),
            new Set(cuts),
            moments,
          )
          if (JSON.stringify(ended) !== JSON.stringify(expected)) throw new Error(JSON.stringify(ended))
        },
      ),
      { numRuns: runs },
    )
  })
}
