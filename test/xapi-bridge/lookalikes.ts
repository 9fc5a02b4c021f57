import type { Statement } from '../../xapi-bridge/reading/statement.ts'

/** Base of our own IRIs in these tests. */
export const iriBase = 'https://xueshi.example/xapi/'

/** The site root of a Moodle, as its log store plugin and its launches name it. */
export const moodleSite = 'https://moodle.example'

const adl = 'http://adlnet.gov/expapi/verbs'

type Sent = Statement & Record<string, unknown>

/** What a look-alike leaves open. */
export interface Changes {
  id?: string
  user?: string
  at?: string
  course?: number
  registration?: string
  result?: Statement['result']
}

function moodleContext(parents: { id: string }[] = []) {
  return {
    language: 'en',
    extensions: { 'http://lrs.learninglocker.net/define/extensions/info': { event_name: 'x' } },
    contextActivities: {
      ...(parents.length > 0 && { parent: parents }),
      category: [{ id: moodleSite, definition: { type: 'http://id.tincanapi.com/activitytype/lms' } }],
    },
  }
}

function moodleActor(user = '4') {
  return { objectType: 'Agent', account: { homePage: moodleSite, name: user } }
}

/** The id of a Moodle course, as the plugin builds it. */
export function moodleCourseId(course = 2): string {
  return `${moodleSite}/course/view.php?id=${course}`
}

function moodleCourse(course = 2) {
  return {
    objectType: 'Activity',
    id: moodleCourseId(course),
    definition: { type: 'https://w3id.org/xapi/cmi5/activitytype/course', name: { en: 'Observing lessons' } },
  }
}

/** A Moodle course completed: no id, no result. */
export function moodleCourseCompleted(changes: Changes = {}): Sent {
  return {
    ...(changes.id && { id: changes.id }),
    actor: moodleActor(changes.user),
    verb: { id: `${adl}/completed` },
    object: moodleCourse(changes.course),
    timestamp: changes.at ?? '2026-03-02T10:15:30+08:00',
    context: moodleContext(),
  }
}

/** An activity of a Moodle course completed, or, with `undone`, un-completed. */
export function moodleActivity(
  changes: Changes & { module?: string; cmid?: number; undone?: boolean; of?: 'module' | 'course' } = {},
): Sent {
  const { module = 'page', cmid = 7, undone = false } = changes
  const verb = undone ? 'https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted' : `${adl}/completed`
  const own = { objectType: 'Activity', id: `${moodleSite}/mod/${module}/view.php?id=${cmid}` }
  return {
    ...(changes.id && { id: changes.id }),
    actor: moodleActor(changes.user),
    verb: { id: verb },
    object: changes.of === 'course' ? moodleCourse(changes.course) : own,
    ...(!undone && { result: changes.result ?? { completion: true } }),
    timestamp: changes.at ?? '2026-03-02T10:10:00+08:00',
    context: moodleContext([
      { id: `${moodleCourseId(changes.course)}#section-1` },
      moodleCourse(changes.course),
    ]),
  }
}

/** A quiz attempt submitted in Moodle: scaled runs from −1 to 1, and success is true where no pass grade is set. */
export function moodleQuizAttempt(
  changes: Changes & { raw?: number; max?: number; attempt?: number } = {},
): Sent {
  const { raw = 8, max = 10, attempt = 11 } = changes
  return {
    ...(changes.id && { id: changes.id }),
    actor: moodleActor(changes.user),
    verb: { id: `${adl}/completed` },
    object: {
      objectType: 'Activity',
      id: `${moodleSite}/mod/quiz/attempt.php?attempt=${attempt}&cmid=9`,
      definition: { type: 'http://adlnet.gov/expapi/activities/attempt' },
    },
    result: changes.result ?? {
      score: { raw, min: 0, max, scaled: (raw / max) * 2 - 1 },
      completion: true,
      success: true,
      duration: 'PT300S',
    },
    timestamp: changes.at ?? '2026-03-02T10:00:00+08:00',
    context: moodleContext([
      { id: `${moodleSite}/mod/quiz/view.php?id=9` },
      { id: `${moodleCourseId(changes.course)}#section-1` },
      moodleCourse(changes.course),
    ]),
  }
}

/** An ADL-vocabulary statement of an authoring tool. */
export function adlStatement(
  verb: 'completed' | 'passed' | 'failed' | 'progressed',
  changes: Changes & { activity?: string; parent?: string } = {},
): Sent {
  return {
    ...(changes.id && { id: changes.id }),
    actor: { account: { homePage: 'https://lms.example', name: changes.user ?? 'u1' } },
    verb: { id: `${adl}/${verb}` },
    object: { id: changes.activity ?? 'https://lms.example/course/A' },
    ...(changes.result && { result: changes.result }),
    timestamp: changes.at ?? '2026-03-02T10:15:30+08:00',
    context: {
      ...(changes.registration && { registration: changes.registration }),
      ...(changes.parent && { contextActivities: { parent: [{ id: changes.parent }] } }),
    },
  }
}

const cmi5Category = 'https://w3id.org/xapi/cmi5/context/categories/cmi5'
const cmi5Verbs: Record<string, string> = {
  satisfied: 'https://w3id.org/xapi/adl/verbs/satisfied',
  waived: 'https://w3id.org/xapi/adl/verbs/waived',
  abandoned: 'https://w3id.org/xapi/adl/verbs/abandoned',
}

/** A cmi5 statement; `moveOn` belongs to launched, `allowed` leaves out the category. */
export function cmi5Statement(
  verb:
    | 'launched'
    | 'initialized'
    | 'completed'
    | 'passed'
    | 'failed'
    | 'terminated'
    | 'satisfied'
    | 'waived',
  changes: Changes & { activity?: string; publisher?: string; moveOn?: string; allowed?: boolean } = {},
): Sent {
  const isBlock = verb === 'satisfied'
  return {
    ...(changes.id && { id: changes.id }),
    actor: { objectType: 'Agent', account: { homePage: 'https://lms.example', name: changes.user ?? 'u1' } },
    verb: { id: cmi5Verbs[verb] ?? `${adl}/${verb}` },
    object: {
      id: changes.activity ?? (isBlock ? 'https://lms.example/cmi5/course' : 'https://lms.example/cmi5/au/1'),
      ...(isBlock && { definition: { type: 'https://w3id.org/xapi/cmi5/activitytype/course' } }),
    },
    ...(changes.result && { result: changes.result }),
    timestamp: changes.at ?? '2026-03-02T02:15:30.000Z',
    context: {
      registration: changes.registration ?? 'b37ef7be-8e5b-4c3a-9d80-0c9f0c4a5f01',
      contextActivities: {
        category: changes.allowed ? [] : [{ id: cmi5Category }],
        grouping: [{ id: changes.publisher ?? 'https://publisher.example/au/1' }],
      },
      extensions: {
        'https://w3id.org/xapi/cmi5/context/extensions/sessionid': 's1',
        ...(changes.moveOn && { 'https://w3id.org/xapi/cmi5/context/extensions/moveon': changes.moveOn }),
      },
    },
  }
}

/** The IRI of an offering under our base. */
export function offeringIri(code: string): string {
  return `${iriBase}activities/offering/${code}`
}

/** A statement of our own tool or of an adapter. */
export function toolStatement(
  verb: 'initialized' | 'progressed' | 'attended' | 'passed' | 'failed' | 'completed',
  changes: Changes & {
    offering?: string
    trainingClass?: string
    session?: number
    extensions?: object
  } = {},
): Sent {
  const { offering = 'KC-1', trainingClass = '2026-1' } = changes
  const objects = {
    initialized: `unit/${offering}/u1`,
    progressed: `unit/${offering}/u1`,
    attended: `session/${trainingClass}/${changes.session ?? 1}`,
    passed: `assessment/${offering}/u3`,
    failed: `assessment/${offering}/u3`,
    completed: `offering/${offering}`,
  }
  return {
    ...(changes.id && { id: changes.id }),
    actor: { objectType: 'Agent', account: { homePage: moodleSite, name: changes.user ?? '4' } },
    verb: { id: `${adl}/${verb}` },
    object: { id: `${iriBase}activities/${objects[verb]}` },
    ...(changes.result && { result: changes.result }),
    timestamp: changes.at ?? '2026-03-02T02:15:30.000Z',
    context: {
      ...(changes.registration && { registration: changes.registration }),
      contextActivities: {
        ...(verb !== 'completed' && { parent: [{ id: offeringIri(offering) }] }),
        category: [{ id: `${iriBase}profile/v1` }],
      },
      extensions: {
        [`${iriBase}extensions/offering-code`]: offering,
        [`${iriBase}extensions/training-class-code`]: trainingClass,
        ...changes.extensions,
      },
    },
  }
}

/** A void of a statement. */
export function voidOf(target: string, changes: Changes = {}): Sent {
  return {
    ...(changes.id && { id: changes.id }),
    actor: { account: { homePage: 'https://lms.example', name: 'admin' } },
    verb: { id: `${adl}/voided` },
    object: { objectType: 'StatementRef', id: target },
    timestamp: changes.at ?? '2026-03-05T10:00:00+08:00',
  }
}
