import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { AddressGuard } from '../../foundation/http/outbound-address.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, isoOf } from '../../foundation/time.ts'
import { lineItemsOfLink } from '../lti-services/ags.ts'
import { contextOfLaunch } from '../lti-services/launch-context.ts'
import { listPlatforms, type PlatformInfo } from '../lti-services/registry.ts'
import {
  callService,
  forgetTokens,
  type ServiceAnswer,
  type ServiceContext,
  type ServiceRegistration,
  serviceRegistrations,
  tokenOf,
} from '../lti-services/service-call.ts'
import { codeOfFailure, type ServiceCode } from '../lti-services/service-code.ts'
import { type Fetched, type FetchFault, FetchRefused, guardedFetch, isPermitted } from './guarded-fetch.ts'
import { wantedScopes } from './tool-registration.ts'

/** What is looked at, in this order. */
export type Check =
  | 'state'
  | 'deployments'
  | 'keys'
  | 'clock'
  | 'token'
  | 'scopes'
  | 'line-items'
  | 'roster'
  | 'launches'

/** What a look came to, in a word that the pages have sentences for. */
export type FindingCode =
  | 'active'
  | 'inactive'
  | 'deployments-active'
  | 'deployments-pending'
  | 'deployments-none'
  | 'keys-found'
  | 'keys-none'
  | 'keys-unreadable'
  | 'keys-status'
  | `keys-${FetchFault}`
  | 'clock-even'
  | 'clock-ahead'
  | 'clock-behind'
  | 'clock-unknown'
  | 'token-given'
  | 'address-private'
  | 'scopes-all'
  | 'scopes-some'
  | 'scopes-none'
  | 'line-items-listed'
  | 'roster-listed'
  | 'not-offered'
  | 'not-looked'
  | 'launched'
  | 'never-launched'
  | ServiceCode

/** One thing that was looked at. `values` fill the sentences. */
export interface Finding {
  check: Check
  result: 'ok' | 'warn' | 'fail' | 'unknown'
  code: FindingCode
  values: Record<string, string | number>
}

/** What a platform looks like from here: `ok` when nothing failed. */
export interface Diagnosis {
  ok: boolean
  findings: Finding[]
}

type Look = Omit<Finding, 'check'>

/** More than this our clock may not stand apart: a platform without leeway refuses what it takes for the future. */
const evenSeconds = 3
/** The door's own tolerance for launches. */
const tolerableSeconds = 60

/**
 * Looks at everything that Xueshi needs of a platform: its keys, its clock, tokens for each scope, columns and roster of
 * the last course from which somebody came. Only reads, there and here. `guard` says which addresses may be asked. Throws
 * NotFound `platform-unknown`.
 */
export async function testPlatform(ground: Ground, platformId: Id, guard: AddressGuard): Promise<Diagnosis> {
  const platform = (await listPlatforms(ground)).find((one) => one.platformId === platformId)
  const registration = (await serviceRegistrations(ground.db)).find(
    (one) => one.registrationId === platformId,
  )
  if (!platform || !registration)
    throw new NotFound('platform-unknown', 'no platform is registered under this id')
  const findings: Finding[] = []
  const found = (check: Check, look: Look) => findings.push({ check, ...look })

  found('state', platform.active ? look('ok', 'active') : look('warn', 'inactive'))
  found('deployments', deploymentsOf(platform))
  const { keys, clock } = await keysAndClock(ground, platform, guard)
  found('keys', keys)
  found('clock', clock)
  const { token, scopes, granted } = await tokens(ground, registration, guard)
  found('token', token)
  found('scopes', scopes)
  const last = await lastLaunch(ground.db, platformId)
  found('line-items', await lineItems(ground, registration, last, granted))
  found('roster', await roster(ground, registration, last, granted))
  found('launches', last ? look('ok', 'launched', { at: last.at }) : look('unknown', 'never-launched'))
  return { ok: findings.every(({ result }) => result !== 'fail'), findings }
}

function look(result: Finding['result'], code: FindingCode, values: Finding['values'] = {}): Look {
  return { result, code, values }
}

function deploymentsOf({ deployments }: PlatformInfo): Look {
  const pending = deployments.filter(({ state }) => state === 'pending').length
  const active = deployments.length - pending
  if (pending > 0) return look('warn', 'deployments-pending', { n: pending, active })
  return active > 0 ? look('ok', 'deployments-active', { n: active }) : look('warn', 'deployments-none')
}

async function keysAndClock(
  ground: Ground,
  { jwksUrl }: PlatformInfo,
  guard: AddressGuard,
): Promise<{ keys: Look; clock: Look }> {
  let fetched: Fetched
  try {
    fetched = await guardedFetch(guard, jwksUrl)
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    return {
      keys: look('fail', `keys-${error.fault}`, { url: jwksUrl }),
      clock: look('unknown', 'clock-unknown'),
    }
  }
  return { keys: keysIn(fetched, jwksUrl), clock: clockBy(fetched, ground.now() / 1_000_000) }
}

function keysIn({ status, body }: Fetched, url: string): Look {
  if (status !== 200) return look('fail', 'keys-status', { url, status })
  let keys: unknown
  try {
    keys = (JSON.parse(body) as { keys?: unknown }).keys
  } catch {
    return look('fail', 'keys-unreadable', { url })
  }
  if (!Array.isArray(keys)) return look('fail', 'keys-unreadable', { url })
  const usable = keys.filter(
    (key) => key?.kty === 'RSA' && typeof key.kid === 'string' && (key.use ?? 'sig') === 'sig',
  )
  return usable.length > 0
    ? look('ok', 'keys-found', { n: usable.length })
    : look('fail', 'keys-none', { url })
}

/** `Date` is cut to the second, so a second more or less says nothing. */
function clockBy({ headers }: Fetched, nowSeconds: number): Look {
  const theirs = Date.parse(headers.date ?? '') / 1000
  if (!Number.isFinite(theirs)) return look('unknown', 'clock-unknown')
  const ahead = Math.round(nowSeconds - theirs)
  if (Math.abs(ahead) <= evenSeconds) return look('ok', 'clock-even')
  const result = Math.abs(ahead) > tolerableSeconds ? 'fail' : 'warn'
  return look(result, ahead > 0 ? 'clock-ahead' : 'clock-behind', { seconds: Math.abs(ahead) })
}

/** Asks for a token of each scope by itself: a platform may give some and refuse others. */
async function tokens(
  ground: Ground,
  registration: ServiceRegistration,
  guard: AddressGuard,
): Promise<{ token: Look; scopes: Look; granted: ReadonlySet<string> }> {
  const { tokenUrl, serviceOrigins } = registration
  const none = { scopes: look('unknown', 'not-looked'), granted: new Set<string>() }
  for (const url of [tokenUrl, ...serviceOrigins])
    if (!(await isPermitted(guard, url)))
      return { ...none, token: look('fail', 'address-private', { host: new URL(url).host }) }
  await forgetTokens(ground, registration)
  const wanted = wantedScopes(true)
  const granted = new Set<string>()
  for (const scope of wanted) {
    const answer = await askToken(ground, registration, scope)
    if (answer.ok) granted.add(scope)
    else {
      const code = codeOfFailure(answer.failure)
      if (code !== 'SCOPE_REFUSED') return { ...none, token: look('fail', code, valuesOf(answer, tokenUrl)) }
    }
  }
  // Only whoever knows us says that it is the scope.
  return { token: look('ok', 'token-given'), scopes: scopesBy(wanted, granted), granted }
}

function scopesBy(wanted: string[], granted: ReadonlySet<string>): Look {
  const named = (scopes: string[]) =>
    scopes.map((scope) => scope.slice(scope.lastIndexOf('/') + 1)).join(', ')
  const missing = wanted.filter((scope) => !granted.has(scope))
  if (granted.size === 0) return look('fail', 'scopes-none')
  if (missing.length === 0) return look('ok', 'scopes-all')
  return look('warn', 'scopes-some', { granted: named([...granted]), missing: named(missing) })
}

function askToken(
  ground: Ground,
  registration: ServiceRegistration,
  scope: string,
): Promise<ServiceAnswer<void>> {
  const { iss, clientId } = registration
  return callService(ground, registration, async (lti) => {
    const platform = await lti.getPlatform(iss, clientId)
    if (!platform) throw new Error('PLATFORM_NOT_FOUND')
    await platform.platformAccessToken(scope)
  })
}

function valuesOf(answer: ServiceAnswer<unknown>, url: string): Finding['values'] {
  const status = answer.ok ? null : answer.failure.status
  return { host: new URL(url).host, status: status ?? '–' }
}

interface LastLaunch {
  at: string
  context: ServiceContext
}

/** The last launch of a registration from a course with services; else the last one at all. */
async function lastLaunch(handle: Handle, platformId: Id): Promise<LastLaunch | null> {
  const launches = () =>
    handle('lti_launch').where('registration_id', idBytes(platformId)).orderBy('launched_at', 'desc')
  const row =
    (await launches().whereNotNull('line_items_url').first('launch_id', 'launched_at')) ??
    (await launches().first('launch_id', 'launched_at'))
  if (!row) return null
  const at = isoOf(asInstant(Number(row.launched_at)))
  return { at, context: await contextOfLaunch(handle, idText(row.launch_id)) }
}

async function lineItems(
  ground: Ground,
  registration: ServiceRegistration,
  last: LastLaunch | null,
  granted: ReadonlySet<string>,
): Promise<Look> {
  const url = last?.context.lineItemsUrl
  const unseen = unseenBecause(registration, last, url, hasScope(granted, 'lineitem'))
  if (unseen || !last || !url) return unseen ?? look('unknown', 'not-offered')
  const answer = await lineItemsOfLink(ground, registration, last.context)
  if (answer.ok) return look('ok', 'line-items-listed', { n: answer.value.length })
  return look('fail', codeOfFailure(answer.failure), valuesOf(answer, url))
}

async function roster(
  ground: Ground,
  registration: ServiceRegistration,
  last: LastLaunch | null,
  granted: ReadonlySet<string>,
): Promise<Look> {
  const url = last?.context.membershipsUrl
  const unseen = unseenBecause(registration, last, url, hasScope(granted, 'contextmembership'))
  if (unseen || !last || !url) return unseen ?? look('unknown', 'not-offered')
  const answer = await callService(ground, registration, async (lti) => {
    const page = await lti.NamesAndRoles.getMembers(tokenOf(last.context), { url })
    const { members } = (page ?? {}) as { members?: unknown }
    if (!Array.isArray(members)) throw new SyntaxError('no list of members')
    return members.length
  })
  if (answer.ok) return look('ok', 'roster-listed', { n: answer.value })
  return look('fail', codeOfFailure(answer.failure), valuesOf(answer, url))
}

const hasScope = (granted: ReadonlySet<string>, part: string) =>
  [...granted].some((scope) => scope.includes(`/scope/${part}`))

/** Why a service was not asked, or null where it can be. */
function unseenBecause(
  { active }: ServiceRegistration,
  last: LastLaunch | null,
  url: string | null | undefined,
  isGranted: boolean,
): Look | null {
  if (!last || !active) return look('unknown', 'not-looked')
  if (!url) return look('unknown', 'not-offered')
  return isGranted ? null : look('unknown', 'not-looked')
}
