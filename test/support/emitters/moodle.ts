import { steadyId } from '../../../demo/steady.ts'
import {
  adl,
  type Course,
  type Emitter,
  inChina,
  type Learner,
  minutesFrom,
  type Sent,
  told,
} from './emitter.ts'

const site = 'https://moodle.lookalike.example'

const courses: Course[] = [
  { code: 'LM-1', milliHours: 2_000, passMark: null, ids: [`${site}/course/view.php?id=2`] },
  { code: 'LM-2', milliHours: 3_000, passMark: 60, ids: [`${site}/course/view.php?id=3`] },
  { code: 'LM-3', milliHours: 1_500, passMark: null, ids: [`${site}/course/view.php?id=4`] },
]

/**
 * Moodle with the xAPI log store plugin: no id, no version, a course completed without any result, scores from −1 to 1,
 * a success wherever no pass grade is set, and a registration that everybody of one cron run shares.
 */
export const moodle: Emitter = {
  name: 'lookalike-moodle',
  preset: 'moodle-logstore',
  homePages: [site],
  courses,
  endings: ['done', 'done', 'failed', 'left', 'withdrawn', 'repeated'],
  nameOf: (learner) => ({ homePage: site, name: String(100 + learner.no) }),
  tell({ learner, course, at, ending }, dice) {
    const say = sayerOf(learner, `run-${dice.whole(1, 9)}`)
    const statements: Sent[] = [say('viewed', course, minutesFrom(at, -120))]
    if (dice.chance(0.3)) statements.push(say('edited', course, minutesFrom(at, -90)))
    if (dice.chance(0.3)) statements.push(page(say, course, minutesFrom(at, -60)))
    if (ending === 'left') return told(statements)

    if (course.passMark !== null) {
      if (dice.chance(0.5)) statements.push(attempt(say, course, minutesFrom(at, -40), 1, 40))
      const points = ending === 'failed' ? 50 : dice.pick([60, 75, 100])
      statements.push(attempt(say, course, minutesFrom(at, -20), 2, points))
    } else if (ending === 'failed') return told(statements)

    const completed = say('completed', course, at)
    statements.push(completed)
    // The queue of failed batches goes out again, the same to the letter.
    if (dice.chance(0.4)) statements.push(completed)
    // Cleaning up completion data makes the same event again, later.
    if (ending === 'repeated') statements.push(say('completed', course, minutesFrom(at, 3000)))
    if (ending === 'withdrawn') statements.push(say('uncompleted', course, minutesFrom(at, 60)))
    else if (dice.chance(0.15)) {
      statements.push(
        say('uncompleted', course, minutesFrom(at, 600)),
        say('completed', course, minutesFrom(at, 900)),
      )
      if (course.passMark !== null)
        statements.push(attempt(say, course, minutesFrom(at, 800), 3, lastPoints(ending)))
    }
    return told(statements)
  },
}

function lastPoints(ending: string): number {
  return ending === 'failed' ? 30 : 90
}

const verbs: Record<string, string> = {
  viewed: 'http://id.tincanapi.com/verb/viewed',
  edited: 'http://curatr3.com/define/verb/edited',
  completed: `${adl}/completed`,
  uncompleted: 'https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted',
}

type Say = (verb: string, course: Course, at: Date, changes?: Sent) => Sent

function sayerOf(learner: Learner, run: string): Say {
  return (verb, course, at, changes = {}) => ({
    actor: { objectType: 'Agent', account: { homePage: site, name: String(100 + learner.no) } },
    verb: { id: verbs[verb], display: { en: verb } },
    object: courseObject(course),
    timestamp: inChina(at),
    context: contextOf(run),
    ...changes,
  })
}

function courseObject(course: Course) {
  return {
    objectType: 'Activity',
    id: course.ids[0],
    definition: { type: 'https://w3id.org/xapi/cmi5/activitytype/course', name: { en: course.code } },
  }
}

function contextOf(run: string, parent?: unknown[]) {
  return {
    registration: steadyId(run),
    platform: 'Moodle',
    language: 'en',
    extensions: {
      'http://lrs.learninglocker.net/define/extensions/info': { 'https://moodle.org/': '5.0', run },
    },
    contextActivities: {
      ...(parent && { parent }),
      grouping: [{ id: site, definition: { type: 'http://id.tincanapi.com/activitytype/lms' } }],
    },
  }
}

function page(say: Say, course: Course, at: Date): Sent {
  return say('completed', course, at, {
    object: { id: `${site}/mod/page/view.php?id=${course.code.length + 70}` },
    result: { completion: true },
    context: contextOf('page', [courseObject(course)]),
  })
}

function attempt(say: Say, course: Course, at: Date, no: number, points: number): Sent {
  return say('completed', course, at, {
    object: {
      id: `${site}/mod/quiz/attempt.php?attempt=${no}&cmid=9`,
      definition: { type: 'http://adlnet.gov/expapi/activities/attempt', name: { en: `Attempt ${no}` } },
    },
    result: {
      score: { raw: points, min: 0, max: 100, scaled: (points - 50) / 50 },
      completion: true,
      success: true,
      duration: `PT${300 + no}S`,
    },
    context: contextOf('quiz', [{ id: `${site}/mod/quiz/view.php?id=9` }, courseObject(course)]),
  })
}
