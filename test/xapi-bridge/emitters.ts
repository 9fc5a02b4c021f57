import type { Statement } from '../../xapi-bridge/reading/statement.ts'

/** Statements as emitters of the presets send them, written from what their sources say; nothing of the bridge is used. */
const adl = 'http://adlnet.gov/expapi/verbs'

type Sent = Statement & Record<string, unknown>

/** What each of these leaves open. */
export interface Open {
  user?: string
  at?: string
  result?: Statement['result']
  registration?: string
}

const lms = 'https://lms.example'
const at = '2026-03-02T10:15:30.000Z'

function actorOf(user = 'u1') {
  return { objectType: 'Agent', account: { homePage: lms, name: user } }
}

/** Articulate: the course is its own parent, and its id is of the publication. */
export function articulate(
  verb: 'passed' | 'failed' | 'completed' | 'attempted' | 'experienced',
  open: Open & { course?: string; part?: string } = {},
): Sent {
  const { course = 'urn:articulate:storyline:5WYNabc', part } = open
  return {
    actor: actorOf(open.user),
    verb: { id: `${adl}/${verb}` },
    object: { id: part ? `${course}/${part}` : course, definition: { name: { und: 'Observing lessons' } } },
    ...(open.result && { result: open.result }),
    context: {
      ...(open.registration && { registration: open.registration }),
      contextActivities: { parent: [{ id: course }], grouping: [{ id: course }] },
    },
    timestamp: open.at ?? at,
  }
}

/** The address of an H5P content. */
export const h5pContent = `${lms}/wp-admin/admin-ajax.php?action=h5p_embed&id=7`

/** H5P: a part has the address of the whole with its own id behind it. */
export function h5p(
  verb: 'completed' | 'answered' | 'attempted' | 'interacted',
  open: Open & { part?: string } = {},
): Sent {
  const { part } = open
  return {
    actor: actorOf(open.user),
    verb: { id: `${adl}/${verb}` },
    object: {
      objectType: 'Activity',
      id: part ? `${h5pContent}&subContentId=${part}` : h5pContent,
      definition: {
        extensions: {
          'http://h5p.org/x-api/h5p-local-content-id': 7,
          ...(part && { 'http://h5p.org/x-api/h5p-subContentId': part }),
        },
      },
    },
    result: open.result ?? {
      score: { min: 0, max: 10, raw: 8, scaled: 0.8 },
      completion: true,
      duration: 'PT95.37S',
    },
    context: {
      contextActivities: {
        ...(part && { parent: [{ id: h5pContent }] }),
        category: [{ id: 'http://h5p.org/libraries/H5P.QuestionSet-1.20' }],
      },
    },
    timestamp: open.at ?? at,
  }
}

/** The activity a SCORM wrapper was configured with. */
export const scormActivity = `${lms}/scorm/observing`

/** A SCORM wrapper: each attempt is an activity of its own in the grouping. */
export function scorm(
  verb: 'initialized' | 'completed' | 'terminated' | 'suspended' | 'passed' | 'failed',
  open: Open & { attempt?: string } = {},
): Sent {
  return {
    actor: actorOf(open.user),
    verb: { id: `${adl}/${verb}` },
    object: { objectType: 'Activity', id: scormActivity },
    ...(open.result && { result: open.result }),
    context: {
      contextActivities: {
        grouping: [{ id: `${scormActivity}?attemptId=${open.attempt ?? '9b0f6a1e'}` }],
      },
    },
    timestamp: open.at ?? at,
  }
}

/** The id of a video. */
export const videoId = `${lms}/video/1`

/** The video profile: the share watched stands in an extension of the result. */
export function video(open: Open & { completion?: boolean; progress?: number; session?: string } = {}): Sent {
  const { completion = true, progress = 1 } = open
  return {
    actor: actorOf(open.user),
    verb: { id: `${adl}/completed` },
    object: { id: videoId, definition: { type: 'https://w3id.org/xapi/video/activity-type/video' } },
    result: {
      completion,
      duration: 'PT195S',
      extensions: {
        'https://w3id.org/xapi/video/extensions/progress': progress,
        'https://w3id.org/xapi/video/extensions/time': 195,
      },
    },
    context: {
      ...(open.registration && { registration: open.registration }),
      contextActivities: { category: [{ id: 'https://w3id.org/xapi/video' }] },
      extensions: { 'https://w3id.org/xapi/video/extensions/session-id': open.session ?? 's1' },
    },
    timestamp: open.at ?? at,
  }
}

/** The id of a course run of Open edX. */
export const edxCourse = `${lms}/course/course-v1:D+KC+2026`

/** Open edX: passing and failing a course say nothing but the verb; a grade is earned, a block completed. */
export function openedx(
  what: 'passed' | 'failed' | 'earned' | 'video',
  open: Open & { scaled?: number } = {},
): Sent {
  const isCourse = what !== 'video'
  const verbs = {
    passed: `${adl}/passed`,
    failed: `${adl}/failed`,
    earned: 'http://id.tincanapi.com/verb/earned',
    video: `${adl}/completed`,
  }
  return {
    actor: actorOf(open.user),
    verb: { id: verbs[what] },
    object: {
      objectType: 'Activity',
      id: isCourse ? edxCourse : `${lms}/xblock/block-v1:D+KC+2026+type@video+block@1`,
      definition: {
        type: isCourse
          ? 'http://adlnet.gov/expapi/activities/course'
          : 'https://w3id.org/xapi/video/activity-type/video',
        name: { en: 'Observing lessons' },
      },
    },
    ...(what === 'earned' && {
      result: { score: { scaled: open.scaled ?? 1, raw: open.scaled ?? 1, min: 0, max: 1 } },
    }),
    ...(what === 'video' && { result: { completion: true, duration: 'PT03M15S' } }),
    context: {
      contextActivities: { parent: [{ id: edxCourse }] },
      extensions: {
        'https://w3id.org/xapi/openedx/extensions/session-id': '056aca2a1c6b76742b283e73d3424453',
      },
    },
    timestamp: open.at ?? '2026-03-02T06:36:01.917775+00:00',
  }
}
