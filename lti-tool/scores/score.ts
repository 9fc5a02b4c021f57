import { idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { type ServiceCode, serviceCodes } from '../lti-services/service-code.ts'

/** What becomes of a score: it waits to be sent, the platform has it, or it needs a person. */
export const scoreStates = ['waiting', 'sent', 'rejected'] as const
/** One of `scoreStates`. */
export type ScoreState = (typeof scoreStates)[number]

/** What the last attempt at a score met. Public: lists and logs name them. */
export const scoreCodes = [...serviceCodes, 'FUTURE_TIMESTAMP', 'PLATFORM_GONE', 'GIVEN_UP'] as const
/** One of `scoreCodes`. */
export type ScoreCode = ServiceCode | 'FUTURE_TIMESTAMP' | 'PLATFORM_GONE' | 'GIVEN_UP'

/** The newest score for one line item and learner. */
export interface Score {
  id: Id
  iss: string
  clientId: string
  lineItemUrl: string
  sub: string
  launchId: Id
  offeringId: Id
  teacherId: Id | null
  givenMilli: number
  maximumMilli: number
  version: number
  state: ScoreState
  code: ScoreCode | null
  status: number | null
  attempts: number
  enteredAt: Instant
  firstTriedAt: Instant | null
  notBefore: Instant
  lastTimestamp: Instant | null
  finishedAt: Instant | null
}

/** The 32 bytes by which the one row of a line item and learner is found. */
export function scoreLookup(of: { iss: string; clientId: string; lineItemUrl: string; sub: string }): Buffer {
  return sha256(`score/1\n${JSON.stringify([of.iss, of.clientId, of.lineItemUrl, of.sub])}`)
}

/** A row of the outbox as code carries it. */
// biome-ignore lint/suspicious/noExplicitAny: rows come as drivers give them; each value is read here.
export function scoreFrom(row: any): Score {
  const instant = (value: unknown) => (value == null ? null : (safeInteger(value) as Instant))
  return {
    id: idText(row.score_id),
    iss: row.iss,
    clientId: row.client_id,
    lineItemUrl: row.line_item_url,
    sub: row.sub,
    launchId: idText(row.launch_id),
    offeringId: idText(row.offering_id),
    teacherId: idTextOrNull(row.teacher_id),
    givenMilli: safeInteger(row.given_milli),
    maximumMilli: safeInteger(row.maximum_milli),
    version: safeInteger(row.version),
    state: row.state,
    code: row.code,
    status: row.status === null ? null : safeInteger(row.status),
    attempts: safeInteger(row.attempts),
    enteredAt: safeInteger(row.entered_at) as Instant,
    firstTriedAt: instant(row.first_tried_at),
    notBefore: safeInteger(row.not_before) as Instant,
    lastTimestamp: instant(row.last_timestamp),
    finishedAt: instant(row.finished_at),
  }
}
