import { randomBytes, randomUUID } from 'node:crypto'
import { objectIn } from './score.ts'
import { CallRefused } from './service-call.ts'
import type { ToolRegistration } from './tools.ts'
import { SCOPE } from './vocabulary.ts'

/** The part of a registration that is about LTI (LTI Dynamic Registration 1.0 §3.5). */
export const TOOL_CONFIGURATION = 'https://purl.imsglobal.org/spec/lti-tool-configuration'

const LIFETIME_MS = 60 * 60_000

/** Leave to register once, as a new tool or as an update of one. */
export interface RegistrationLeave {
  token: string
  /** The client id that is updated; null for a new tool. */
  updates: string | null
  until: number
}

/** The registration tokens that are out; each is good for one registration within an hour. */
export interface RegistrationLeaves {
  give(updates: string | null): RegistrationLeave
  /** Null for an unknown, used or expired token. */
  find(token: string): RegistrationLeave | null
  use(leave: RegistrationLeave): void
}

/** Keeps registration tokens in memory. */
export function openRegistrationLeaves(now: () => number = Date.now): RegistrationLeaves {
  const given = new Map<string, RegistrationLeave>()
  return {
    give(updates) {
      const leave = { token: randomBytes(32).toString('base64url'), updates, until: now() + LIFETIME_MS }
      given.set(leave.token, leave)
      return leave
    },
    find(token) {
      const found = given.get(token)
      return found && found.until > now() ? found : null
    },
    use: ({ token }) => given.delete(token),
  }
}

/** What a tool says of itself, checked. */
export type ToolDescription = Omit<ToolRegistration, 'clientId' | 'deploymentIds' | 'state'>

/**
 * Reads what a tool sends to be registered. Throws CallRefused 400 with what is wrong.
 *
 * Stricter than the documents in one point, as Moodle is: `domain` must be the
 * host of `target_link_uri`, port included.
 */
export function readRegistration(body: unknown): ToolDescription {
  const given = objectIn(body)
  const lti = objectIn(given[TOOL_CONFIGURATION] ?? null)
  if (given.application_type !== undefined && given.application_type !== 'web')
    throw wrong('application_type must be web')
  if (!textsIn(given, 'response_types').includes('id_token'))
    throw wrong('response_types must contain id_token')
  if (!textsIn(given, 'grant_types').includes('client_credentials'))
    throw wrong('grant_types must contain client_credentials')
  if (given.token_endpoint_auth_method !== 'private_key_jwt')
    throw wrong('token_endpoint_auth_method must be private_key_jwt')
  const redirectUris = textsIn(given, 'redirect_uris')
  if (redirectUris.length === 0 || !redirectUris.every(isAddress))
    throw wrong('redirect_uris must list addresses')
  const targetLinkUri = addressIn(lti, 'target_link_uri')
  if (lti.domain !== new URL(targetLinkUri).host) throw wrong('domain must be the host of target_link_uri')
  return {
    name: textIn(given, 'client_name'),
    loginUrl: addressIn(given, 'initiate_login_uri'),
    targetLinkUri,
    messageUris: messageUrisIn(lti),
    custom: customIn(lti),
    redirectUris,
    jwksUrl: addressIn(given, 'jwks_uri'),
    scopes: scopesIn(given),
  }
}

/** A new tool with a client id and a deployment of its own; an administrator has yet to let it in. */
export function newTool(description: ToolDescription, taken: ToolRegistration[]): ToolRegistration {
  const highest = Math.max(0, ...taken.flatMap((tool) => tool.deploymentIds.map(Number)))
  return {
    ...description,
    clientId: randomUUID(),
    deploymentIds: [String(highest + 1)],
    state: 'pending',
  }
}

/** What a tool is told that was registered; `echoed` are the scopes it believes to have. */
export function registrationJson(
  sent: Record<string, unknown>,
  tool: ToolRegistration,
  { echoed, withDeployment }: { echoed: string[]; withDeployment: boolean },
): Record<string, unknown> {
  return {
    ...sent,
    client_id: tool.clientId,
    scope: echoed.join(' '),
    [TOOL_CONFIGURATION]: {
      ...(sent[TOOL_CONFIGURATION] as object),
      ...(withDeployment ? { deployment_id: tool.deploymentIds[0] } : {}),
    },
  }
}

function messageUrisIn(lti: Record<string, unknown>): Record<string, string> {
  const messages = lti.messages ?? []
  if (!Array.isArray(messages)) throw wrong('messages must be a list')
  const pairs = messages.map(objectIn).map((message) => {
    if (typeof message.type !== 'string') throw wrong('messages must have a type each')
    return message.target_link_uri === undefined
      ? []
      : [[message.type, addressIn(message, 'target_link_uri')] as const]
  })
  return Object.fromEntries(pairs.flat())
}

function customIn(lti: Record<string, unknown>): Record<string, string> {
  const custom = objectIn(lti.custom_parameters ?? {})
  if (Object.values(custom).some((value) => typeof value !== 'string'))
    throw wrong('custom_parameters must hold strings')
  return custom as Record<string, string>
}

function scopesIn(given: Record<string, unknown>): string[] {
  const offered: string[] = Object.values(SCOPE)
  const asked = typeof given.scope === 'string' ? given.scope.split(' ') : []
  return offered.filter((scope) => asked.includes(scope))
}

function textsIn(given: Record<string, unknown>, name: string): string[] {
  const value = given[name]
  if (!Array.isArray(value) || value.some((each) => typeof each !== 'string'))
    throw wrong(`${name} must be a list of strings`)
  return value
}

function textIn(given: Record<string, unknown>, name: string): string {
  const value = given[name]
  if (typeof value !== 'string' || value === '') throw wrong(`missing required attribute ${name}`)
  return value
}

function addressIn(given: Record<string, unknown>, name: string): string {
  const value = textIn(given, name)
  if (!isAddress(value)) throw wrong(`${name} must be an address`)
  return value
}

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function wrong(text: string): CallRefused {
  return new CallRefused(400, text)
}
