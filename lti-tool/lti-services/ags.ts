import type { Ground } from '../../foundation/ground.ts'
import { type Instant, instantOf } from '../../foundation/time.ts'
import type { LtijsScore } from './ltijs.ts'
import {
  callService,
  isServiceAddress,
  type ServiceAnswer,
  type ServiceContext,
  type ServiceFailure,
  type ServiceRegistration,
  tokenOf,
} from './service-call.ts'

/** The scopes of the assignment and grade services that Xueshi uses, as a launch lists them. */
export const agsScopes = {
  score: 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
  lineItem: 'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem',
  lineItemReadonly: 'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly',
} as const

/** By this a line item of ours is known, beside the code of its offering (`resourceId`). */
export const lineItemTag = 'xueshi'
/** Scores are out of a hundred; a platform scales them to its own column. */
export const scoreMaximum = 100

/** A column of a gradebook, as a platform lists it. */
export interface LineItem {
  id: string
  label: string
  resourceId: string | null
  tag: string | null
}

/** What a gradebook should say. */
export interface SentScore {
  userId: string
  given: number
  maximum: number
}

/** What became of a score; `timestamp` is what the platform may have on record, even after a failure. */
export type ScoreAnswer = { timestamp: Instant | null } & (
  | { ok: true }
  | { ok: false; failure: ServiceFailure }
)

/**
 * Sends one score, complete and final: a platform may take anything less for a reason to wipe the grade. ltijs stamps it
 * with the time of sending.
 */
export async function sendScore(
  ground: Ground,
  registration: ServiceRegistration,
  context: ServiceContext,
  lineItemUrl: string,
  score: SentScore,
  deadlineMs?: number,
): Promise<ScoreAnswer> {
  // A copy of our own for each call: ltijs writes the timestamp into it.
  const copy: LtijsScore = {
    userId: score.userId,
    scoreGiven: score.given,
    scoreMaximum: score.maximum,
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
  }
  const answer = await callService(
    ground,
    registration,
    (lti) => lti.Grade.submitScore(tokenOf(context), lineItemUrl, copy),
    deadlineMs === undefined ? {} : { deadlineMs },
  )
  const timestamp = copy.timestamp === undefined ? null : instantOf(copy.timestamp)
  return answer.ok ? { ok: true, timestamp } : { ok: false, failure: answer.failure, timestamp }
}

/** The columns that hang on the resource link of a launch. Those without a usable id are left out. */
export async function lineItemsOfLink(
  ground: Ground,
  registration: ServiceRegistration,
  context: ServiceContext,
): Promise<ServiceAnswer<LineItem[]>> {
  const answer = await callService(ground, registration, async (lti) => {
    const { lineItems } = await lti.Grade.getLineItems(tokenOf(context), { resourceLinkId: true })
    if (!Array.isArray(lineItems)) throw new SyntaxError('no list of line items')
    return lineItems
  })
  return answer.ok ? { ok: true, value: answer.value.flatMap(lineItemFrom) } : answer
}

/** Makes a column for an offering on the resource link of a launch. */
export async function createLineItem(
  ground: Ground,
  registration: ServiceRegistration,
  context: ServiceContext,
  offering: { code: string; title: string },
): Promise<ServiceAnswer<LineItem>> {
  return callService(ground, registration, async (lti) => {
    const wish = { scoreMaximum, label: offering.title, resourceId: offering.code, tag: lineItemTag }
    const made = await lti.Grade.createLineItem(tokenOf(context), wish, { resourceLinkId: true })
    const [item] = lineItemFrom(made)
    if (!item) throw new SyntaxError('no line item')
    return item
  })
}

/** What a platform shows for one learner. */
export interface ShownResult {
  userId: string
  /** Points of a hundred; null where the platform shows no grade. */
  percent: number | null
}

const mostPages = 50

/**
 * The grades that a platform shows in one column, for comparing only. All come at once where the platform does not page;
 * a next page is asked for on its own hosts alone, and no page twice.
 */
export async function resultsOf(
  ground: Ground,
  registration: ServiceRegistration,
  context: ServiceContext,
  lineItemUrl: string,
): Promise<ServiceAnswer<ShownResult[]>> {
  const found: ShownResult[] = []
  const visited = new Set<string>()
  let url: string | null = null
  for (let pages = 0; pages < mostPages; pages++) {
    const options: { url: string } | Record<string, never> = url === null ? {} : { url }
    const answer = await callService(ground, registration, async (lti) => {
      const { scores, next } = await lti.Grade.getScores(tokenOf(context), lineItemUrl, options)
      if (!Array.isArray(scores)) throw new SyntaxError('no list of results')
      return { results: scores.flatMap(resultFrom), next: next ?? null }
    })
    if (!answer.ok) return answer
    found.push(...answer.value.results)
    url = answer.value.next
    if (url === null || visited.has(url) || !isServiceAddress(ground, registration, url)) break
    visited.add(url)
  }
  return { ok: true, value: found }
}

function resultFrom(value: unknown): ShownResult[] {
  const { userId, resultScore, resultMaximum } = (value ?? {}) as Record<string, unknown>
  if (typeof userId !== 'string') return []
  const isGraded = typeof resultScore === 'number' && typeof resultMaximum === 'number' && resultMaximum > 0
  return [{ userId, percent: isGraded ? (resultScore / resultMaximum) * 100 : null }]
}

function lineItemFrom(value: unknown): LineItem[] {
  const { id, label, resourceId, tag } = (value ?? {}) as Record<string, unknown>
  if (typeof id !== 'string' || id.length > 2048 || !URL.canParse(id)) return []
  const text = (one: unknown) => (typeof one === 'string' && one !== '' ? one.slice(0, 500) : null)
  return [{ id, label: text(label) ?? '', resourceId: text(resourceId), tag: text(tag) }]
}
