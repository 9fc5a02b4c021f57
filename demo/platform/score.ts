import type { Score } from './gradebook.ts'
import { CallRefused } from './service-call.ts'

const ACTIVITY = ['Initialized', 'Started', 'InProgress', 'Submitted', 'Completed']
const GRADING = ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady']
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** Reads a score as AGS 2.0 §3.4 describes it. Throws CallRefused 400 with what is wrong. */
export function readScore(body: unknown): Score {
  const given = objectIn(body)
  const { userId, timestamp, activityProgress, gradingProgress, scoreGiven, scoreMaximum, comment } = given
  if (typeof userId !== 'string' || userId === '') throw wrong('userId must be a string')
  if (typeof timestamp !== 'string' || !INSTANT.test(timestamp) || Number.isNaN(Date.parse(timestamp)))
    throw wrong('timestamp must be an ISO 8601 instant with a time zone')
  if (!ACTIVITY.includes(activityProgress as string))
    throw wrong(`activityProgress must be one of ${ACTIVITY.join(', ')}`)
  if (!GRADING.includes(gradingProgress as string))
    throw wrong(`gradingProgress must be one of ${GRADING.join(', ')}`)
  if (scoreGiven !== undefined && !isPoints(scoreGiven))
    throw wrong('scoreGiven must be a number, 0 or greater')
  if (scoreGiven !== undefined && !(isPoints(scoreMaximum) && scoreMaximum > 0))
    throw wrong('scoreMaximum must be a number greater than 0 where scoreGiven is present')
  if (comment !== undefined && typeof comment !== 'string') throw wrong('comment must be a string')
  return {
    userId,
    timestamp,
    activityProgress: activityProgress as string,
    gradingProgress: gradingProgress as string,
    ...(scoreGiven === undefined ? {} : { scoreGiven, scoreMaximum: scoreMaximum as number }),
    ...(comment === undefined ? {} : { comment }),
    ...(given.submission === undefined ? {} : { submission: given.submission }),
  }
}

/** Whether a score may not follow the one on record: it must be later, on Moodle by a whole second. */
export function isStale(score: Score, onRecord: Score | undefined, moodle: boolean): boolean {
  if (!onRecord) return false
  const unit = moodle ? 1_000 : 1
  const [now, before] = [score, onRecord].map(({ timestamp }) => Math.floor(Date.parse(timestamp) / unit))
  return (now as number) <= (before as number)
}

/** A JSON object, or CallRefused 400. */
export function objectIn(body: unknown): Record<string, unknown> {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw wrong('a JSON object is needed')
  return body as Record<string, unknown>
}

/** A number of points: finite and not below 0. */
export function isPoints(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function wrong(text: string): CallRefused {
  return new CallRefused(400, text)
}
