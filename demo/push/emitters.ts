import { accountNameIn, activityIn, type DistrictSource, sources } from '../district/sources.ts'
import { steadyId } from '../steady.ts'

/** A statement as a sender writes it; it may lack what the receiver adds. */
export type DemoStatement = Record<string, unknown>

/** Somebody who acts in a source: the n-th teacher (from 0), or a name that no link knows. */
export type Actor = { index: number } | { stranger: string }

const ADL = 'http://adlnet.gov/expapi/verbs'
const LOGSTORE = 'https://github.com/xAPI-vle/moodle-logstore_xapi'

/** The account under which a source names somebody. */
export function actorIn(source: DistrictSource, actor: Actor): object {
  const name = 'index' in actor ? accountNameIn(source, actor.index) : actor.stranger
  return { objectType: 'Agent', account: { homePage: source.homePage, name } }
}

/** An instant as the senders of the demo write it, with the offset of their wall clock. */
export function localTime(at: Date): string {
  return `${new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`
}

/**
 * Moodle's log store plugin on a finished course: no id, no version and no
 * result, and a registration that everybody of one cron run shares.
 */
export function moodleCourseCompleted(actor: Actor, courseNo: number, at: Date, run = 'run'): DemoStatement {
  return {
    actor: actorIn(sources.moodle, actor),
    verb: { id: `${ADL}/completed`, display: { en: 'completed' } },
    object: moodleCourse(courseNo),
    context: { ...moodleContext(run, '\\core\\event\\course_completed'), contextActivities: moodleSite() },
    timestamp: localTime(at),
  }
}

/** A page of a course was looked at: nothing that counts. */
export function moodleCourseViewed(actor: Actor, courseNo: number, at: Date, run = 'run'): DemoStatement {
  return {
    actor: actorIn(sources.moodle, actor),
    verb: { id: 'http://id.tincanapi.com/verb/viewed', display: { en: 'viewed' } },
    object: moodleCourse(courseNo),
    context: { ...moodleContext(run, '\\core\\event\\course_viewed'), contextActivities: moodleSite() },
    timestamp: localTime(at),
  }
}

/** One attempt at the test of a course, of a hundred points. The plugin scales to −1…1 and calls it a success without a pass grade. */
export function moodleQuizAttempt(
  actor: Actor,
  courseNo: number,
  at: Date,
  points: number,
  run = 'run',
): DemoStatement {
  const attempt = actor && 'index' in actor ? actor.index * 1_000 + courseNo : courseNo
  return {
    actor: actorIn(sources.moodle, actor),
    verb: { id: `${ADL}/completed`, display: { en: 'completed' } },
    object: {
      id: `${sources.moodle.homePage}/mod/quiz/attempt.php?attempt=${attempt}&cmid=${courseNo * 10}`,
      definition: {
        type: `${ADL.replace('verbs', 'activities')}/attempt`,
        name: { en: `Attempt ${attempt}` },
      },
    },
    result: {
      score: { raw: points, min: 0, max: 100, scaled: (points - 50) / 50 },
      completion: true,
      success: true,
      duration: 'PT1560S',
    },
    context: {
      ...moodleContext(run, '\\mod_quiz\\event\\attempt_submitted'),
      contextActivities: {
        ...moodleSite(),
        parent: [
          moodleCourse(courseNo),
          {
            id: `${sources.moodle.homePage}/mod/quiz/view.php?id=${courseNo * 10}`,
            definition: { type: `${ADL.replace('verbs', 'activities')}/assessment`, name: { en: 'Quiz' } },
          },
        ],
      },
    },
    timestamp: localTime(at),
  }
}

/** A platform with the ADL vocabulary on a finished course: an id, a registration of its own, a result. */
export function adlCompleted(
  source: DistrictSource,
  actor: Actor,
  courseNo: number,
  at: Date,
  occurrence = 0,
): DemoStatement {
  const who = JSON.stringify(actor)
  return {
    id: steadyId(`adl/${source.name}/${who}/${courseNo}/${occurrence}/${localTime(at)}`),
    actor: actorIn(source, actor),
    verb: { id: `${ADL}/completed`, display: { 'zh-CN': '完成', en: 'completed' } },
    object: {
      id: activityIn(source, courseNo),
      definition: { type: `${ADL.replace('verbs', 'activities')}/course` },
    },
    result: {
      completion: true,
      success: true,
      duration: source === sources.observation ? 'PT45M' : 'PT9H30M',
    },
    context: {
      registration: steadyId(`adl-registration/${source.name}/${who}/${courseNo}`),
      platform: source.name,
    },
    timestamp: localTime(at),
  }
}

/** Something of a course was looked at, in the ADL vocabulary: process, not completion. */
export function adlExperienced(
  source: DistrictSource,
  actor: Actor,
  courseNo: number,
  at: Date,
): DemoStatement {
  const { id: _id, result: _result, ...same } = adlCompleted(source, actor, courseNo, at)
  return {
    ...same,
    id: steadyId(`adl-experienced/${JSON.stringify(same)}`),
    verb: { id: `${ADL}/experienced`, display: { 'zh-CN': '浏览', en: 'experienced' } },
  }
}

/** A cmi5 system: the passed AU of a course, and the course that is satisfied by it. */
export function cmi5Satisfied(actor: Actor, courseNo: number, at: Date, percent: number): DemoStatement[] {
  const source = sources.province
  const registration = steadyId(`cmi5/${JSON.stringify(actor)}/${courseNo}`)
  const course = {
    id: activityIn(source, courseNo),
    definition: { type: 'https://w3id.org/xapi/cmi5/activitytype/course' },
  }
  const category = [{ id: 'https://w3id.org/xapi/cmi5/context/categories/cmi5' }]
  const base = { actor: actorIn(source, actor) }
  return [
    {
      ...base,
      id: steadyId(`cmi5-passed/${registration}`),
      verb: { id: `${ADL}/passed`, display: { en: 'passed' } },
      object: { id: `${activityIn(source, courseNo)}/au/1` },
      result: { success: true, score: { scaled: percent / 100 }, duration: 'PT8H10M' },
      context: {
        registration,
        contextActivities: {
          grouping: [course],
          category: [...category, { id: 'https://w3id.org/xapi/cmi5/context/categories/moveon' }],
        },
      },
      timestamp: localTime(at),
    },
    {
      ...base,
      id: steadyId(`cmi5-satisfied/${registration}`),
      verb: { id: 'https://w3id.org/xapi/adl/verbs/satisfied', display: { en: 'satisfied' } },
      object: course,
      context: { registration, contextActivities: { category } },
      timestamp: localTime(new Date(at.getTime() + 1_000)),
    },
  ]
}

/** The check-in platform's adapter: somebody attended one session of a class, in the form of our own statements. */
export function attendedSession(
  iriBase: string,
  actor: Actor,
  session: { offeringCode: string; classCode: string; no: number; starts: Date },
): DemoStatement {
  const registration = steadyId(`enrolment/${JSON.stringify(actor)}/${session.classCode}`)
  const place = `${session.classCode}/${session.no}`
  return {
    id: steadyId(`attended/${registration}/${session.no}`),
    actor: actorIn(sources.checkIn, actor),
    verb: { id: `${ADL}/attended`, display: { 'zh-CN': '签到', en: 'attended' } },
    object: {
      id: `${iriBase}activities/session/${place}`,
      definition: { type: `${ADL.replace('verbs', 'activities')}/meeting` },
    },
    context: {
      registration,
      platform: sources.checkIn.name,
      contextActivities: {
        parent: [{ id: `${iriBase}activities/offering/${session.offeringCode}` }],
        category: [{ id: `${iriBase}profile/v1` }],
      },
      extensions: {
        [`${iriBase}extensions/offering-code`]: session.offeringCode,
        [`${iriBase}extensions/training-class-code`]: session.classCode,
      },
    },
    timestamp: localTime(new Date(session.starts.getTime() + 5 * 60_000)),
  }
}

/** Takes an earlier statement back. The target's id must be known, so the target was sent with one. */
export function voiding(source: DistrictSource, targetId: string, at: Date): DemoStatement {
  return {
    id: steadyId(`void/${targetId}`),
    actor: { objectType: 'Agent', account: { homePage: source.homePage, name: 'admin' } },
    verb: { id: `${ADL}/voided`, display: { en: 'voided' } },
    object: { objectType: 'StatementRef', id: targetId },
    timestamp: localTime(at),
  }
}

function moodleCourse(courseNo: number): object {
  return {
    id: activityIn(sources.moodle, courseNo),
    definition: {
      type: 'https://w3id.org/xapi/cmi5/activitytype/course',
      name: { en: `Course ${courseNo}` },
      extensions: {
        'https://w3id.org/learning-analytics/learning-management-system/short-id': `kc-${courseNo}`,
      },
    },
  }
}

function moodleContext(run: string, eventName: string): object {
  return {
    registration: steadyId(`cron/${run}`),
    platform: 'Moodle',
    language: 'en',
    extensions: {
      'http://lrs.learninglocker.net/define/extensions/info': {
        'http://moodle.org': '5.0 (Build: 20250414)',
        [LOGSTORE]: 'v5.0.0',
        event_name: eventName,
      },
    },
  }
}

function moodleSite(): { grouping: object[]; category: object[] } {
  return {
    grouping: [
      { id: sources.moodle.homePage, definition: { type: 'http://id.tincanapi.com/activitytype/lms' } },
    ],
    category: [
      { id: 'http://moodle.org', definition: { type: 'http://id.tincanapi.com/activitytype/source' } },
    ],
  }
}
