import { idText, safeInteger } from '../../foundation/database/codec.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { serviceCodes } from '../lti-services/service-code.ts'

/** Whether a roster was read: never, at the last try, or earlier. */
export const rosterStates = ['waiting', 'good', 'failed'] as const
/** One of `rosterStates`. */
export type RosterState = (typeof rosterStates)[number]

/** What the last try at a roster met. Public: lists and logs name them. */
export const rosterCodes = [...serviceCodes, 'LOOP', 'DUPLICATE', 'PLATFORM_GONE'] as const
/** One of `rosterCodes`. */
export type RosterCode = (typeof rosterCodes)[number]

/** The roster of one course of a platform. */
export interface Roster {
  id: Id
  iss: string
  clientId: string
  membershipsUrl: string
  courseId: string | null
  courseTitle: string | null
  launchId: Id
  launchedAt: Instant
  state: RosterState
  code: RosterCode | null
  status: number | null
  attempts: number
  nextAt: Instant
  triedAt: Instant | null
  readAt: Instant | null
  members: number
}

/** What a roster is known by: its course, or its address where the platform names no course. */
export function rosterLookup(of: {
  iss: string
  clientId: string
  deploymentId: string
  courseId: string | null
  membershipsUrl: string
}): Buffer {
  const { iss, clientId, deploymentId, courseId, membershipsUrl } = of
  const course = courseId === null ? ['address', membershipsUrl] : ['course', courseId]
  return sha256(`roster/1\n${JSON.stringify([iss, clientId, deploymentId, ...course])}`)
}

/** A row as code carries it. */
// biome-ignore lint/suspicious/noExplicitAny: rows come as drivers give them; each value is read here.
export function rosterFrom(row: any): Roster {
  const instant = (value: unknown) => (value == null ? null : (safeInteger(value) as Instant))
  return {
    id: idText(row.roster_id),
    iss: row.iss,
    clientId: row.client_id,
    membershipsUrl: row.memberships_url,
    courseId: row.course_id,
    courseTitle: row.course_title,
    launchId: idText(row.launch_id),
    launchedAt: safeInteger(row.launched_at) as Instant,
    state: row.state,
    code: row.code,
    status: row.status === null ? null : safeInteger(row.status),
    attempts: safeInteger(row.attempts),
    nextAt: safeInteger(row.next_at) as Instant,
    triedAt: instant(row.tried_at),
    readAt: instant(row.read_at),
    members: safeInteger(row.members),
  }
}
