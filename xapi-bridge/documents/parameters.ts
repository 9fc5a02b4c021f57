import type { Instant } from '../../foundation/time.ts'
import { BadRequest } from '../errors.ts'
import { Check } from '../language/check.ts'
import type { Fault } from '../language/faults.ts'
import { type Actor, identifierOf } from '../language/statement.ts'
import { isIri, isUuid } from '../language/terms.ts'
import { microsecondsOf } from '../language/timestamp.ts'
import { type ActorPlace, checkActor } from '../language/validate-actor.ts'
import type { Version } from '../language/version.ts'
import type { XapiRequest } from '../protocol/exchange.ts'
import type { DocumentKind, Subject } from './scope.ts'

/** Which document or documents a request is about. */
export interface Target {
  subject: Subject
  /** Undefined: all of the subject. */
  documentId: string | undefined
  /** Only what changed later than this (exclusive). */
  since?: Instant
}

interface Form {
  id: 'stateId' | 'profileId'
  /** Parameters that must be there. */
  needed: ('activityId' | 'agent')[]
  /** Parameters that may be there. */
  optional: string[]
}

const forms: Record<DocumentKind, Form> = {
  state: { id: 'stateId', needed: ['activityId', 'agent'], optional: ['registration'] },
  'agent-profile': { id: 'profileId', needed: ['agent'], optional: [] },
  'activity-profile': { id: 'profileId', needed: ['activityId'], optional: [] },
}

/**
 * Reads the parameters of a request for documents (xAPI 1.0.3, Communication 2.3, 2.6, 2.7). Throws BadRequest for one
 * that is missing, unknown (also by its case alone), repeated, empty or of the wrong form.
 *
 * Only GET knows `since`; beside an id it is allowed and says nothing. Only a state may be deleted without an id.
 */
export function targetOf(kind: DocumentKind, request: XapiRequest): Target {
  const { params, method, version } = request
  const form = forms[kind]
  const isRead = isReading(method)
  requireKnown(request, [form.id, ...form.needed, ...form.optional, ...(isRead ? ['since'] : [])])
  for (const name of form.needed) if (!params.has(name)) throw new BadRequest(`${name} is missing`)

  const documentId = params.get(form.id)
  if (documentId === '') throw new BadRequest(`${form.id} is empty`)
  const mayNameNone = isRead || (kind === 'state' && method === 'DELETE')
  if (documentId === undefined && !mayNameNone) throw new BadRequest(`${form.id} is missing`)
  const since = sinceOf(params)
  return {
    subject: subjectOf(params, version),
    documentId,
    ...(since !== undefined && { since }),
  }
}

/** Whether a method only reads. HEAD arrives as itself. */
export function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Throws BadRequest unless every parameter is one of these, and none stands twice. */
export function requireKnown({ params, repeated }: XapiRequest, known: string[]): void {
  if (repeated) throw new BadRequest('a parameter stands twice')
  for (const name of params.keys())
    if (!known.includes(name)) throw new BadRequest('a parameter is not known or not allowed here')
}

/** The value of `activityId`. Throws BadRequest if it is missing or no IRI. */
export function activityIdOf(params: XapiRequest['params']): string {
  const value = params.get('activityId')
  if (value === undefined || !isIri(value)) throw new BadRequest('activityId is missing or no IRI')
  return value
}

/** The value of `agent`, with the one identifier it must have. Throws BadRequest if it is missing or has another form. */
export function agentOf(params: XapiRequest['params'], version: Version, place: ActorPlace): Actor {
  const text = params.get('agent')
  if (text === undefined) throw new BadRequest('agent is missing')
  let actor: unknown
  try {
    actor = JSON.parse(text)
  } catch {
    throw new BadRequest('agent is no JSON')
  }
  const faults: Fault[] = []
  checkActor(new Check(faults, 0, version), actor, '', place)
  if (faults.length > 0 || identifierOf(actor as Actor) === null)
    throw new BadRequest(place === 'agent' ? 'agent is no Agent' : 'agent is no Agent or identified Group')
  return actor as Actor
}

function subjectOf(params: XapiRequest['params'], version: Version): Subject {
  const subject: Subject = {}
  if (params.has('activityId')) subject.activityId = activityIdOf(params)
  if (params.has('agent')) subject.agent = agentOf(params, version, 'either')
  const registration = params.get('registration')
  if (registration === undefined) return subject
  if (!isUuid(registration)) throw new BadRequest('registration is no UUID')
  return { ...subject, registration: registration.toLowerCase() }
}

function sinceOf(params: XapiRequest['params']): Instant | undefined {
  const text = params.get('since')
  if (text === undefined) return undefined
  const instant = microsecondsOf(text, '2.0.0')
  if (instant === null) throw new BadRequest('since is no timestamp')
  return instant as Instant
}
