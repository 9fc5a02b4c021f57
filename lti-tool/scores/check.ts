import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { resultsOf } from '../lti-services/ags.ts'
import { contextOfLaunch } from '../lti-services/launch-context.ts'
import { isServiceAddress, serviceRegistrations } from '../lti-services/service-call.ts'
import { codeOfFailure, type ServiceCode } from '../lti-services/service-code.ts'
import { type Score, scoreFrom } from './score.ts'

/** A grade that a platform shows otherwise than it was sent, in points of a hundred. */
export interface Difference {
  score: Score
  sent: number
  /** Null where the platform shows no grade. */
  shown: number | null
}

/** What a comparison of a platform's gradebook with what was sent came to. */
export interface GradebookCheck {
  lineItems: number
  compared: number
  differences: Difference[]
  /** Columns that could not be read. */
  unread: { lineItemUrl: string; code: ServiceCode }[]
}

/** Columns keep fractions of points; what differs by less is the same grade. */
const tolerance = 0.01

/**
 * Compares what a platform's gradebook shows with what was sent there. It changes nothing: a difference may be a grade
 * that somebody set by hand. Throws NotFound `platform-unknown`.
 */
export async function checkGradebook(ground: Ground, registrationId: Id): Promise<GradebookCheck> {
  const { db } = ground
  const registration = (await serviceRegistrations(db)).find((one) => one.registrationId === registrationId)
  if (!registration) throw new NotFound('platform-unknown', 'no platform is registered under this id')
  const rows = await db('score_outbox')
    .where({ iss: registration.iss, client_id: registration.clientId, state: 'sent' })
    .orderBy(['line_item_url', 'sub'])
  const byItem = new Map<string, Score[]>()
  for (const score of rows.map(scoreFrom))
    byItem.set(score.lineItemUrl, [...(byItem.get(score.lineItemUrl) ?? []), score])
  const check: GradebookCheck = { lineItems: byItem.size, compared: 0, differences: [], unread: [] }
  for (const [lineItemUrl, scores] of byItem) {
    if (!isServiceAddress(ground, registration, lineItemUrl)) {
      check.unread.push({ lineItemUrl, code: 'FOREIGN_HOST' })
      continue
    }
    const context = await contextOfLaunch(db, (scores[0] as Score).launchId)
    const answer = await resultsOf(ground, registration, context, lineItemUrl)
    if (!answer.ok) {
      check.unread.push({ lineItemUrl, code: codeOfFailure(answer.failure) })
      continue
    }
    const shown = new Map(answer.value.map(({ userId, percent }) => [userId, percent]))
    check.compared += scores.length
    check.differences.push(...scores.flatMap((score) => differenceOf(score, shown.get(score.sub) ?? null)))
  }
  return check
}

function differenceOf(score: Score, shown: number | null): Difference[] {
  const sent = (score.givenMilli / score.maximumMilli) * 100
  return shown !== null && Math.abs(shown - sent) <= tolerance ? [] : [{ score, sent, shown }]
}
