import { BadRequest } from '../errors.ts'
import { Check } from '../language/check.ts'
import type { Fault } from '../language/faults.ts'
import { type Actor, identifierOf } from '../language/statement.ts'
import { isIri, isUuid } from '../language/terms.ts'
import { microsecondsOf } from '../language/timestamp.ts'
import { checkActor } from '../language/validate-actor.ts'
import type { Version } from '../language/version.ts'

/** How statements are shown. */
export type Format = 'exact' | 'ids' | 'canonical'

/** What a reader asks for. */
export type Query =
  | { kind: 'one'; id: string; voided: boolean; format: Format; attachments: boolean }
  | { kind: 'many'; filter: Filter; format: Format; attachments: boolean }
  | { kind: 'more'; token: string }

/** Which statements, in which order, and how many at once. Instants in microseconds. */
export interface Filter {
  /** The identifier of an actor, as reference keys use it. */
  agent?: string
  verb?: string
  activity?: string
  registration?: string
  relatedAgents: boolean
  /** The agent is the authority of all that the source itself sent. Settled by who asks, never by a parameter. */
  isAuthority?: boolean
  relatedActivities: boolean
  /** Stored after, exclusive. */
  since?: number
  /** Stored until, inclusive. */
  until?: number
  limit: number
  ascending: boolean
}

/** How many statements one answer holds at most. */
export const mostAnswered = 500
const usual = 100

const single = new Set(['statementId', 'voidedStatementId', 'format', 'attachments'])
const many = new Set([
  'agent',
  'verb',
  'activity',
  'registration',
  'related_activities',
  'related_agents',
  'since',
  'until',
  'limit',
  'format',
  'attachments',
  'ascending',
])

/**
 * Reads the parameters of `GET /xapi/statements`. Throws BadRequest for a parameter that is unknown (also by its case
 * alone), repeated, of the wrong form, or not allowed beside another (xAPI Communication 2.1.3).
 */
export function queryOf(params: ReadonlyMap<string, string>, repeated: boolean, version: Version): Query {
  if (repeated) throw new BadRequest('a parameter stands twice')
  const token = params.get('more')
  if (token !== undefined && params.size === 1) return { kind: 'more', token }
  const format = formatOf(params)
  const attachments = flagOf(params, 'attachments')
  const id = params.get('statementId')
  const voidedId = params.get('voidedStatementId')
  if (id === undefined && voidedId === undefined)
    return { kind: 'many', filter: filterOf(params, version), format, attachments }

  requireKnown(params, single)
  if (id !== undefined && voidedId !== undefined)
    throw new BadRequest('statementId and voidedStatementId exclude each other')
  const asked = id ?? (voidedId as string)
  if (!isUuid(asked)) throw new BadRequest('statementId is no UUID')
  return { kind: 'one', id: asked.toLowerCase(), voided: id === undefined, format, attachments }
}

function requireKnown(params: ReadonlyMap<string, string>, known: ReadonlySet<string>): void {
  for (const name of params.keys())
    if (!known.has(name)) throw new BadRequest('a parameter is not known or not allowed here')
}

function filterOf(params: ReadonlyMap<string, string>, version: Version): Filter {
  requireKnown(params, many)
  const filter: Filter = {
    relatedAgents: flagOf(params, 'related_agents'),
    relatedActivities: flagOf(params, 'related_activities'),
    limit: limitOf(params.get('limit')),
    ascending: flagOf(params, 'ascending'),
  }
  const agent = params.get('agent')
  if (agent !== undefined) filter.agent = agentOf(agent, version)
  for (const name of ['verb', 'activity'] as const) {
    const value = params.get(name)
    if (value === undefined) continue
    if (!isIri(value)) throw new BadRequest(`${name} is no IRI`)
    filter[name] = value
  }
  const registration = params.get('registration')
  if (registration !== undefined) {
    if (!isUuid(registration)) throw new BadRequest('registration is no UUID')
    filter.registration = registration.toLowerCase()
  }
  for (const name of ['since', 'until'] as const) {
    const value = params.get(name)
    if (value === undefined) continue
    const instant = microsecondsOf(value, '2.0.0')
    if (instant === null) throw new BadRequest(`${name} is no timestamp`)
    filter[name] = instant
  }
  return filter
}

function agentOf(text: string, version: Version): string {
  const faults: Fault[] = []
  let actor: unknown
  try {
    actor = JSON.parse(text)
  } catch {
    throw new BadRequest('agent is no JSON')
  }
  checkActor(new Check(faults, 0, version), actor, '', 'either')
  const identifier = faults.length === 0 ? identifierOf(actor as Actor) : null
  if (identifier === null) throw new BadRequest('agent is no Agent or identified Group')
  return identifier
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return usual
  if (!/^\d{1,9}$/.test(text)) throw new BadRequest('limit is no whole number')
  const limit = Number(text)
  return limit === 0 ? mostAnswered : Math.min(limit, mostAnswered)
}

function flagOf(params: ReadonlyMap<string, string>, name: string): boolean {
  const value = params.get(name)
  if (value !== undefined && value !== 'true' && value !== 'false')
    throw new BadRequest(`${name} is true or false`)
  return value === 'true'
}

function formatOf(params: ReadonlyMap<string, string>): Format {
  const format = params.get('format') ?? 'exact'
  if (format !== 'exact' && format !== 'ids' && format !== 'canonical')
    throw new BadRequest('format is exact, ids or canonical')
  return format
}
