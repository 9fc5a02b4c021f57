import { idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { Egress } from './egress.ts'
import { type LtijsProvider, loadLtijs, withLtijs } from './ltijs.ts'
import { LtijsStore } from './store.ts'

/** A registration by the pair that is its name: keys come and go, the pair stays. */
export interface RegistrationPair {
  iss: string
  clientId: string
}

/** What a service call has to know of a registration. */
export interface ServiceRegistration extends RegistrationPair {
  registrationId: Id
  name: string
  active: boolean
  tokenUrl: string
  serviceOrigins: string[]
}

/** The part of a launch that ltijs reads when it speaks to a platform (lti.md §9). */
export interface ServiceContext extends RegistrationPair {
  deploymentId: string
  sub: string
  resourceLinkId: string | null
  lineItemsUrl: string | null
  membershipsUrl: string | null
}

/** Why a platform gave no answer that can be used. */
export interface ServiceFailure {
  /** Whether the access token or the service itself was asked last. */
  where: 'token' | 'service'
  /** Null where nothing came back. */
  status: number | null
  /**
   * `http`: an answer that is no success · `unreadable`: not what was asked for (HTML, broken JSON) · `network` ·
   * `timeout` · `foreign`: led to another host · `redirected`: what was posted was sent elsewhere · `too-large` · `unregistered`: no such registration, or inactive.
   */
  fault:
    | 'http'
    | 'unreadable'
    | 'network'
    | 'timeout'
    | 'foreign'
    | 'redirected'
    | 'too-large'
    | 'unregistered'
  /** The token was refused for its scope. */
  scopeRefused: boolean
  /** The token was refused because our clock stands ahead of the platform's. */
  clockAhead: boolean
  /** `Retry-After` as it came. */
  retryAfter: string | undefined
}

/** An answer, or why there is none. */
export type ServiceAnswer<T> = { ok: true; value: T } | { ok: false; failure: ServiceFailure }

/** How long a platform has for one call, token included. */
export const serviceDeadlineMs = 10_000
const defaultAnswerBytes = 1024 * 1024

/** Every registration as service calls need it; those of broken registrations are absent. */
export async function serviceRegistrations(handle: Handle): Promise<ServiceRegistration[]> {
  const rows = await handle('platform_registration as r')
    .join('ltijs_platform as p', (on) => on.on('p.platform_url', 'r.iss').andOn('p.client_id', 'r.client_id'))
    .leftJoin('ltijs_platform_status as s', 's.id', 'p.kid')
    .select('r.*', 'p.accesstoken_endpoint', 's.active')
    .orderBy('r.registration_id')
  return rows.map((row) => ({
    registrationId: idText(row.registration_id),
    name: row.name,
    iss: row.iss,
    clientId: row.client_id,
    active: row.active === 1,
    tokenUrl: row.accesstoken_endpoint,
    serviceOrigins: JSON.parse(row.service_origins),
  }))
}

/**
 * Whether a service address may be asked: on one of the registration's service origins, by https, or by http while
 * ALLOW_HTTP is on.
 */
export function isServiceAddress(
  { config }: Pick<Ground, 'config'>,
  { serviceOrigins }: ServiceRegistration,
  address: string,
): boolean {
  if (!URL.canParse(address)) return false
  const { origin, protocol, username } = new URL(address)
  const scheme = config.allowHttp ? /^https?:$/ : /^https:$/
  return scheme.test(protocol) && username === '' && serviceOrigins.includes(origin)
}

/**
 * Asks a platform something through ltijs, with a deadline, on its own hosts alone, for an answer of bounded size. What
 * is late is given up for good: nothing of it is sent afterwards. What a platform did is an answer; what is thrown is
 * ours, such as a database that is away.
 */
export async function callService<T>(
  ground: Ground,
  registration: ServiceRegistration,
  work: (lti: LtijsProvider) => Promise<T>,
  limits: { answerBytes?: number; deadlineMs?: number } = {},
): Promise<ServiceAnswer<T>> {
  const { serviceOrigins, tokenUrl } = registration
  const egress = new Egress({
    origins: [...serviceOrigins, new URL(tokenUrl).origin],
    answerBytes: limits.answerBytes ?? defaultAnswerBytes,
  })
  const store = new LtijsStore(ground.db, ground.config.toolKeySecret, ground.now)
  await loadLtijs()
  const running = egress.run(() => withLtijs(store, work))
  // Whoever is late may still fail when nobody listens any more.
  running.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), limits.deadlineMs ?? serviceDeadlineMs)
  })
  try {
    return { ok: true, value: await Promise.race([running, late]) }
  } catch (error) {
    if (isOurOwn(error, egress)) throw error
    return { ok: false, failure: failureOf(error, egress, tokenUrl) }
  } finally {
    clearTimeout(timer)
    egress.end()
  }
}

/** Forgets the access tokens of a registration: one was refused before its time. */
export async function forgetTokens({ db }: Pick<Ground, 'db'>, pair: RegistrationPair): Promise<void> {
  await db('ltijs_accesstoken').where({ platform_url: pair.iss, client_id: pair.clientId }).delete()
}

/** The token object that ltijs's services read. */
export function tokenOf(context: ServiceContext) {
  return {
    iss: context.iss,
    clientId: context.clientId,
    deploymentId: context.deploymentId,
    user: context.sub,
    platformContext: {
      endpoint: { lineitems: context.lineItemsUrl },
      namesRoles: { context_memberships_url: context.membershipsUrl },
      resource: { id: context.resourceLinkId },
    },
  }
}

class Late extends Error {}

/** Whether something failed before the platform was asked at all, or in our own database. */
function isOurOwn(error: unknown, egress: Egress): boolean {
  const { code, sqlState, message = '' } = error as { code?: string; sqlState?: string; message?: string }
  if (sqlState !== undefined || /^SQLITE_/.test(code ?? '')) return true
  return (
    egress.last === null && egress.refused === null && !(error instanceof Late || /^PLATFORM_/.test(message))
  )
}

/** Errors of ltijs and of the client under it, as far as they say anything. */
interface ThrownByLtijs {
  name?: string
  message?: string
  response?: { statusCode?: number; body?: unknown; requestUrl?: string }
}

function failureOf(error: unknown, egress: Egress, tokenUrl: string): ServiceFailure {
  const { name, message = '', response } = error as ThrownByLtijs
  const url = response?.requestUrl ?? egress.last?.url ?? tokenUrl
  const status = response?.statusCode ?? egress.last?.status ?? null
  const body = typeof response?.body === 'string' ? response.body.slice(0, 4000) : ''
  const where = isSame(url, tokenUrl) ? 'token' : 'service'
  const refusedToken = where === 'token' && status !== null && status >= 400
  return {
    where,
    status,
    fault: faultOf(error, { name, message, status }, egress),
    scopeRefused: refusedToken && /invalid_scope/.test(body),
    clockAhead: refusedToken && clockWords.test(body),
    retryAfter: egress.last?.headers['retry-after'],
  }
}

/** What libraries for tokens say of an `iat` or `nbf` ahead; Moodle: "Cannot handle token with iat prior to …". */
const clockWords = /prior to|in the future|not yet valid|\biat\b|\bnbf\b/i

function faultOf(
  error: unknown,
  { name, message, status }: { name: string | undefined; message: string; status: number | null },
  egress: Egress,
): ServiceFailure['fault'] {
  if (egress.refused !== null && egress.refused !== 'ended') return egress.refused
  // An answer that its client goes on asking for, as got does after a 503, is an answer.
  if (error instanceof Late) return status !== null && status >= 400 ? 'http' : 'timeout'
  if (message === 'PLATFORM_NOT_FOUND' || message === 'PLATFORM_NOT_ACTIVATED') return 'unregistered'
  if (name === 'HTTPError') return 'http'
  // ltijs parses bodies with JSON.parse, and stumbles over a token answer without token_type.
  if (name === 'ParseError' || error instanceof SyntaxError || error instanceof TypeError) return 'unreadable'
  return 'network'
}

function isSame(url: string, other: string): boolean {
  return url === other || new URL(url).href === new URL(other).href
}
