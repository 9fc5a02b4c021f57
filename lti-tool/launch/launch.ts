import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { identifierKey } from '../../ledger/roster/identity.ts'
import { type LaunchClaims, readClaims } from './claims.ts'
import { claimsDropped } from './counts.ts'
import { isSecretWord, matchesHash, secretWord } from './form.ts'
import { consumeLogin, type Login, loginByState } from './login.ts'
import { requestedOffering } from './offering.ts'
import type { PlatformKeys } from './platform-keys.ts'
import { LaunchRefused } from './refusal.ts'
import { isDeploymentActive, type Registration, registrationById } from './registration.ts'
import type { LaunchRole } from './session.ts'
import { type Target, targetOf } from './target.ts'
import { verifiedClaims } from './token.ts'

/** What a browser posts to the launch address. */
export interface LaunchForm {
  id_token?: string
  state?: string
  error?: string
  /** From platform storage, sent by our own page. */
  binding?: string
}

/** Names of the fields of a launch; a repeated one is refused. */
export const launchFields = ['id_token', 'state', 'error', 'binding']

/** What a launch came to: let in, or a page that fetches the binding from the platform's storage. */
export type LaunchOutcome =
  | { outcome: 'accepted'; launch: AcceptedLaunch }
  | { outcome: 'ask-storage'; login: Login; registration: Registration }

/** A launch that was let in. */
export interface AcceptedLaunch {
  launchId: Id
  personId: Id
  launchRole: LaunchRole
  launchedAt: Instant
  /** The hand-over code: for the fragment of the address, once. */
  code: string
}

/** A hand-over code is good for so long. */
const handoverLifeSeconds = 60

const longestToken = 32_768
const tokenShape = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Takes a launch through every check of lti.md §1.3, in that order: no claim is read before the browser is bound, and
 * no login is used up before the token is good. Throws LaunchRefused with the code of the step.
 */
export async function acceptLaunch(
  ground: Ground,
  keys: PlatformKeys,
  form: LaunchForm,
  cookieOf: (state: string) => string | undefined,
): Promise<LaunchOutcome> {
  if (!isSecretWord(form.state)) throw new LaunchRefused('lti-malformed', 'state is not one of ours')
  const cookie = cookieOf(form.state)
  if (form.error !== undefined) return platformRefused(ground, form.state, cookie)
  const token = wellFormed(form.id_token)

  const login = await loginByState(ground.db, form.state, ground.now())
  if (!login) throw new LaunchRefused('lti-state-unknown', 'no login has this state')
  const registration = await registrationById(ground.db, login.registrationId)
  if (!registration?.active)
    throw new LaunchRefused('lti-platform-inactive', 'the registration is not active')
  if (cookie === undefined && login.storageTarget && form.binding === undefined) {
    return { outcome: 'ask-storage', login, registration }
  }
  try {
    // Only a login that named a storage may be bound through it.
    const brought = cookie ?? (login.storageTarget ? form.binding : undefined)
    if (!matchesHash(brought, login.bindingHash)) {
      throw new LaunchRefused('lti-browser-unbound', cookie === undefined ? 'no cookie' : 'another cookie')
    }
    return { outcome: 'accepted', launch: await letIn(ground, keys, { token, login, registration }) }
  } catch (error) {
    if (error instanceof LaunchRefused) error.registrationId = registration.registrationId
    throw error
  }
}

/** Steps 6 to 15, for a browser that is bound to its login. */
async function letIn(
  ground: Ground,
  keys: PlatformKeys,
  { token, login, registration }: { token: string; login: Login; registration: Registration },
): Promise<AcceptedLaunch> {
  const nowSeconds = ground.now() / 1_000_000
  const claims = readClaims(
    await verifiedClaims(token, { registration, nonce: login.nonce, keys, nowSeconds }),
  )
  if (
    !(await isDeploymentActive(ground.db, registration.registrationId, claims.deploymentId, ground.now()))
  ) {
    throw new LaunchRefused('lti-deployment-unknown', 'the deployment is not approved')
  }
  const target = targetOf(ground.config.publicUrl, claims.targetLinkUri)
  if (!target) throw new LaunchRefused('lti-target-refused', 'target_link_uri of the token is not ours')
  const trusted = withTrustedServices(ground, registration, claims)
  refuseUnfit(trusted)
  return keep(ground, login, registration, trusted, target)
}

function wellFormed(token: string | undefined): string {
  if (token === undefined || token.length > longestToken || !tokenShape.test(token)) {
    throw new LaunchRefused('lti-malformed', 'id_token is no token')
  }
  return token
}

/** The platform sent `error` in place of a token: the login is over, if it is this browser's. Its text is never shown. */
async function platformRefused(ground: Ground, state: string, cookie: string | undefined): Promise<never> {
  const login = await loginByState(ground.db, state, ground.now())
  if (login && matchesHash(cookie, login.bindingHash)) await consumeLogin(ground.db, state)
  throw new LaunchRefused('lti-platform-refused', 'the platform sent an error')
}

/** Drops service addresses that do not lie with the platform; a deep-linking answer would go astray, so it refuses. */
function withTrustedServices(
  { config, log }: Ground,
  registration: Registration,
  claims: LaunchClaims,
): LaunchClaims {
  const isTrusted = (text: string) => {
    if (!URL.canParse(text)) return false
    const url = new URL(text)
    const scheme = config.allowHttp ? /^https?:$/ : /^https:$/
    return scheme.test(url.protocol) && registration.serviceOrigins.includes(url.origin)
  }
  if (claims.deepLinking && !isTrusted(claims.deepLinking.returnUrl)) {
    throw new LaunchRefused(
      'lti-return-url-refused',
      'deep_link_return_url is not on an origin of the platform',
    )
  }
  const dropped: string[] = []
  const kept = (name: string, url: string | null) => {
    if (url === null || isTrusted(url)) return url
    dropped.push(name)
    return null
  }
  const trusted = {
    ...claims,
    lineItemUrl: kept('lineitem', claims.lineItemUrl),
    lineItemsUrl: kept('lineitems', claims.lineItemsUrl),
    membershipsUrl: kept('memberships', claims.membershipsUrl),
  }
  const { registrationId } = registration
  for (const name of [...dropped, ...claims.dropped]) claimsDropped.inc({ claim: name })
  if (dropped.length > 0) log.warn({ registrationId, dropped }, 'service addresses on foreign hosts dropped')
  if (claims.dropped.length > 0)
    log.info({ registrationId, dropped: claims.dropped }, 'optional claims dropped')
  return trusted
}

/** What only some roles may ask for is refused before the login is used up. */
function refuseUnfit({ messageType, launchRoles, forUser, sub }: LaunchClaims): void {
  const leads = launchRoles.includes('course_leader')
  if (messageType === 'LtiDeepLinkingRequest' && !leads)
    throw new LaunchRefused('lti-leader-only', messageType)
  const looksAtOwn = launchRoles.includes('learner') && forUser === sub
  if (messageType === 'LtiSubmissionReviewRequest' && !leads && !looksAtOwn)
    throw new LaunchRefused('lti-review-refused', messageType)
}

/**
 * Uses the login up and keeps the launch, its person and the hand-over code, in one transaction: of eight copies of a
 * launch exactly one deletes the row.
 */
async function keep(
  ground: Ground,
  login: Login,
  registration: Registration,
  claims: LaunchClaims,
  target: Target,
): Promise<AcceptedLaunch> {
  const launchId = newId()
  const code = secretWord()
  const launchedAt = ground.now()
  return transact(ground.db, async (trx) => {
    if (!(await consumeLogin(trx, login.state)))
      throw new LaunchRefused('lti-replayed', 'the login was used already')
    const personId = await keepPerson(trx, registration.iss, claims, launchedAt)
    const offeringId = await requestedOffering(trx, target.offering ?? claims.offeringCode)
    await trx('lti_launch').insert({
      launch_id: idBytes(launchId),
      launched_at: launchedAt,
      message_type: claims.messageType,
      registration_id: idBytes(registration.registrationId),
      person_id: idBytes(personId),
      iss: registration.iss,
      client_id: registration.clientId,
      deployment_id: claims.deploymentId,
      sub: claims.sub,
      course_id: claims.course.id,
      course_label: claims.course.label,
      course_title: claims.course.title,
      course_type: claims.course.type,
      course_sourcedid: claims.course.sourcedId,
      resource_link_id: claims.resourceLink.id,
      resource_link_title: claims.resourceLink.title,
      offering_id: offeringId === null ? null : idBytes(offeringId),
      roles: Buffer.from(JSON.stringify(claims.roles)),
      launch_roles: claims.launchRoles.join(),
      is_test: claims.test ? 1 : 0,
      line_item_url: claims.lineItemUrl,
      line_items_url: claims.lineItemsUrl,
      ags_scopes: claims.agsScopes.join(' ').slice(0, 1000) || null,
      memberships_url: claims.membershipsUrl,
      deep_linking: claims.deepLinking ? Buffer.from(JSON.stringify(claims.deepLinking.settings)) : null,
      for_sub: claims.forUser,
      document_target: claims.documentTarget,
      locale: claims.locale,
      return_url: claims.returnUrl,
      platform_family: claims.platformFamily,
      platform_version: claims.platformVersion,
    })
    await insertHandover(trx, launchId, code, launchedAt)
    return { launchId, personId, launchRole: claims.launchRole, launchedAt, code }
  })
}

async function keepPerson(trx: Trx, iss: string, claims: LaunchClaims, now: Instant): Promise<Id> {
  const key = identifierKey({ kind: 'account', homePage: iss, name: claims.sub })
  const row = {
    person_id: idBytes(newId()),
    iss,
    sub: claims.sub,
    identifier_key: key,
    shared_name: claims.sharedName,
    first_seen_at: now,
    last_seen_at: now,
  }
  // A platform that stops sharing names does not take back the one it shared.
  const set = claims.sharedName === null ? ['last_seen_at'] : ['last_seen_at', 'shared_name']
  await upsert(trx, 'lti_person', [row], { key: ['identifier_key'], set })
  const kept: { person_id: Buffer } = await trx('lti_person')
    .where({ identifier_key: key })
    .first('person_id')
  return idText(kept.person_id)
}

/** Keeps the hash of a hand-over code, good for a minute. */
export async function insertHandover(
  trx: Trx | Ground['db'],
  launchId: Id,
  code: string,
  now: Instant,
): Promise<void> {
  await trx('lti_handover').insert({
    code_hash: sha256(code),
    launch_id: idBytes(launchId),
    expires_at: now + handoverLifeSeconds * 1_000_000,
  })
}
