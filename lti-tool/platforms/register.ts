import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { registrationById } from '../launch/registration.ts'
import {
  keepInactivePlatform,
  type PlatformEndpoints,
  updatePlatform,
} from '../lti-services/kept-platform.ts'
import { makeKeyPair } from '../lti-services/key-pair.ts'
import { changeLane } from '../scores/lane.ts'
import {
  type ConfigurationFault,
  isAt,
  type PlatformConfiguration,
  readConfiguration,
} from './configuration.ts'
import { type Fetched, type FetchFault, FetchRefused, guardedFetch, type Resolve } from './guarded-fetch.ts'
import { consumeInvitation, type Invitation } from './invitation.ts'
import { type RegistrationAnswer, readAnswer, toolRegistration } from './tool-registration.ts'

/** What a platform's administrator brings along. */
export interface RegistrationCall {
  openidConfiguration: string
  /** Opaque; absent where the platform needs none. */
  registrationToken: string | undefined
}

/** Why a registration came to nothing, in words that a page has sentences for. */
export type RegistrationFault =
  | { step: 'address' }
  | { step: 'configuration' | 'registration'; fetch: FetchFault }
  | { step: 'configuration' | 'registration'; status: number }
  | { step: 'configuration'; field: ConfigurationFault }
  | { step: 'answer' }
  | { step: 'exists' }
  | { step: 'other-registration' }

/** What came of it. */
export type RegistrationOutcome =
  | {
      outcome: 'registered' | 'updated'
      platformId: Id
      issuer: string
      answer: RegistrationAnswer
      name: string
    }
  | { outcome: 'refused'; fault: RegistrationFault }
  | { outcome: 'closed' }

/** Whether the address of a configuration lies where the platform is expected, so that it may be fetched at all. */
export function mayFetch({ config }: Pick<Ground, 'config'>, { host }: Invitation, url: string): boolean {
  return url.length <= 2048 && isAt(url, config, [host])
}

/**
 * Registers with the platform that was invited (lti.md §6): uses the invitation up, reads the platform's configuration,
 * posts ours, and keeps what comes back, inactive. The key pair is made beside the loop that serves requests.
 */
export async function registerPlatform(
  ground: Ground,
  { token, invitation }: { token: string; invitation: Invitation },
  call: RegistrationCall,
  resolve?: Resolve,
): Promise<RegistrationOutcome> {
  if (!mayFetch(ground, invitation, call.openidConfiguration)) return refused({ step: 'address' })
  // Before anything is fetched: of two that come at once, one goes out.
  if (!(await consumeInvitation(ground.db, token, ground.now()))) return { outcome: 'closed' }
  const guard = addressGuard(ground.config.platformPrivate)

  const found = await asked('configuration', () => guardedFetch(guard, call.openidConfiguration, {}, resolve))
  if ('fault' in found) return refused(found.fault)
  const { allowHttp } = ground.config
  const hosts = [invitation.host, ...invitation.moreHosts]
  const read = readConfiguration(found.body, { hosts, issuer: invitation.issuer, allowHttp })
  if ('fault' in read) return refused({ step: 'configuration', field: read.fault })
  const { configuration } = read

  const wish = toolRegistration(ground.config.publicUrl, configuration, invitation)
  const request = {
    method: 'POST' as const,
    body: JSON.stringify(wish),
    headers: {
      'content-type': 'application/json',
      ...(call.registrationToken ? { authorization: `Bearer ${call.registrationToken}` } : {}),
    },
  }
  const { registrationUrl } = configuration
  const answered = await asked('registration', () => guardedFetch(guard, registrationUrl, request, resolve))
  if ('fault' in answered) return refused(answered.fault)
  const answer = readAnswer(answered.body)
  if (!answer) return refused({ step: 'answer' })
  return invitation.registrationId
    ? update(ground, invitation, configuration, answer)
    : keep(ground, invitation, configuration, answer)
}

function refused(fault: RegistrationFault): RegistrationOutcome {
  return { outcome: 'refused', fault }
}

/** Asks, and makes what goes wrong a value. A platform answers 200 or 201. */
async function asked(
  step: 'configuration' | 'registration',
  fetching: () => Promise<Fetched>,
): Promise<Fetched | { fault: RegistrationFault }> {
  try {
    const fetched = await fetching()
    return fetched.status === 200 || fetched.status === 201
      ? fetched
      : { fault: { step, status: fetched.status } }
  } catch (error) {
    if (error instanceof FetchRefused) return { fault: { step, fetch: error.fault } }
    throw error
  }
}

async function keep(
  ground: Ground,
  invitation: Invitation,
  configuration: PlatformConfiguration,
  answer: RegistrationAnswer,
): Promise<RegistrationOutcome> {
  const { issuer, family } = configuration
  const platformId = newId()
  const name = invitation.name ?? [family, new URL(issuer).host].filter(Boolean).join(' ')
  const pair = await makeKeyPair()
  const platform = {
    platformId,
    iss: issuer,
    name,
    family,
    ...answer,
    ...endpointsOf(invitation, configuration),
  }
  const kept = await transact(ground.db, async (trx) => {
    const now = ground.now()
    if (!(await keepInactivePlatform(trx, ground.config.toolKeySecret, platform, pair, now))) return false
    if (invitation.managesColumns) await changeLane(trx, platformId, { line_items: 'create' })
    await note(trx, 'platform-registered', platformId, invitation, now, answer)
    return true
  })
  if (!kept) return refused({ step: 'exists' })
  ground.log.info({ platformId }, 'platform registered by its link')
  return { outcome: 'registered', platformId, issuer, answer, name }
}

/** An update is of the registration that the invitation names, or of none. */
async function update(
  ground: Ground,
  invitation: Invitation,
  configuration: PlatformConfiguration,
  answer: RegistrationAnswer,
): Promise<RegistrationOutcome> {
  const platformId = invitation.registrationId as Id
  const known = await registrationById(ground.db, platformId)
  if (known?.iss !== configuration.issuer || known.clientId !== answer.clientId)
    return refused({ step: 'other-registration' })
  const { iss, clientId } = known
  const endpoints = endpointsOf(invitation, configuration)
  const platform = {
    platformId,
    iss,
    clientId,
    ...endpoints,
    // What an administrator added by hand stays.
    frameOrigins: [...new Set([...known.frameOrigins, ...endpoints.frameOrigins])],
    serviceOrigins: [...new Set([...known.serviceOrigins, ...endpoints.serviceOrigins])],
    deploymentId: answer.deploymentId,
  }
  await transact(
    ground.db,
    async (trx) => {
      const now = ground.now()
      await updatePlatform(trx, platform, now)
      if (invitation.managesColumns) await changeLane(trx, platformId, { line_items: 'create' })
      await note(trx, 'platform-updated', platformId, invitation, now, answer)
    },
    { idempotent: true },
  )
  ground.log.info({ platformId }, 'platform updated by its link')
  return { outcome: 'updated', platformId, issuer: iss, answer, name: invitation.name ?? new URL(iss).host }
}

function endpointsOf(
  { moreHosts }: Invitation,
  { issuer, authUrl, tokenUrl, jwksUrl, authorizationServer }: PlatformConfiguration,
): PlatformEndpoints {
  const origins = (urls: string[]) => [...new Set(urls.map((url) => new URL(url).origin))]
  const { protocol } = new URL(authUrl)
  const further = moreHosts.map((host) => `${protocol}//${host}`)
  return {
    authUrl,
    tokenUrl,
    jwksUrl,
    authorizationServer,
    // A person sees us inside pages of whoever signed her in.
    frameOrigins: origins([issuer, authUrl]),
    serviceOrigins: origins([issuer, authUrl, tokenUrl, jwksUrl, ...further]),
  }
}

async function note(
  trx: Parameters<typeof recordAudit>[0],
  action: 'platform-registered' | 'platform-updated',
  platformId: Id,
  { invitedBy, host }: Invitation,
  now: Parameters<typeof recordAudit>[1]['now'],
  { clientId, deploymentId }: RegistrationAnswer,
): Promise<void> {
  await recordAudit(trx, {
    actor: `platform:${platformId}`,
    action,
    subjectKind: 'platform_registration',
    subjectId: platformId,
    detail: { host, clientId, deploymentId, invitedBy },
    now,
  })
}
