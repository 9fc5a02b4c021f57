import type { LineItem, LineItemFields, SubmissionReview } from './gradebook.ts'
import { isPoints, objectIn } from './score.ts'
import { CallRefused } from './service-call.ts'

const LONGEST = 1_000

/**
 * Reads what a tool says of a line item (AGS 2.0 §3.2).
 *
 * Throws CallRefused: 400 for what is wrong, 403 for a link that is not one of
 * `links`, since a tool may not grade what it did not make.
 */
export function readLineItem(body: unknown, links: string[]): LineItemFields {
  const given = objectIn(body)
  const { label, scoreMaximum, gradesReleased } = given
  if (typeof label !== 'string' || label === '') throw wrong('label must be a string')
  if (!isPoints(scoreMaximum) || scoreMaximum === 0)
    throw wrong('scoreMaximum must be a number greater than 0')
  const resourceLinkId = textIn(given, 'resourceLinkId')
  if (resourceLinkId !== undefined && !links.includes(resourceLinkId))
    throw new CallRefused(403, 'resourceLinkId is no link of this tool in this course')
  if (gradesReleased !== undefined && typeof gradesReleased !== 'boolean')
    throw wrong('gradesReleased must be true or false')
  const optional = {
    resourceLinkId,
    resourceId: textIn(given, 'resourceId'),
    tag: textIn(given, 'tag'),
    startDateTime: textIn(given, 'startDateTime'),
    endDateTime: textIn(given, 'endDateTime'),
    gradesReleased,
    submissionReview: reviewIn(given.submissionReview),
  }
  return { label, scoreMaximum, ...present(optional) }
}

/** A line item as the service shows it; its id is its address. */
export function lineItemJson(item: LineItem, address: string): Record<string, unknown> {
  const { id: _id, courseId: _courseId, clientId: _clientId, scores: _scores, ...fields } = item
  return { id: address, ...fields }
}

function reviewIn(value: unknown): SubmissionReview | undefined {
  if (value === undefined) return undefined
  const given = objectIn(value)
  const { reviewableStatus, custom } = given
  if (reviewableStatus !== undefined && !isTexts(reviewableStatus))
    throw wrong('submissionReview.reviewableStatus must be a list of strings')
  if (custom !== undefined && !isTexts(Object.values(objectIn(custom))))
    throw wrong('submissionReview.custom must hold strings')
  return present({
    reviewableStatus: reviewableStatus as string[] | undefined,
    label: textIn(given, 'label'),
    url: textIn(given, 'url'),
    custom: custom as Record<string, string> | undefined,
  })
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function textIn(given: Record<string, unknown>, name: string): string | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value.length > LONGEST) throw wrong(`${name} must be a string`)
  return value
}

function present<T extends object>(fields: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as Partial<{ [K in keyof T]: Exclude<T[K], undefined> }>
}

function wrong(text: string): CallRefused {
  return new CallRefused(400, text)
}
