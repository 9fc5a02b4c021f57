import { z } from 'zod'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { secretWord } from './form.ts'
import { LaunchRefused } from './refusal.ts'
import { activeRegistration, type Registration } from './registration.ts'
import { targetOf } from './target.ts'

/** A login that waits for its launch. */
export interface Login {
  state: string
  nonce: string
  bindingHash: Buffer
  registrationId: Id
  iss: string
  clientId: string
  storageTarget: string | null
  expiresAt: Instant
}

/** A login that has just begun: where the browser goes, and what it must bring back. */
export interface BegunLogin {
  state: string
  /** The third secret of the login. Only its hash is stored. */
  binding: string
  authenticationUrl: string
  registration: Registration
  storageTarget: string | null
}

/** A login waits so long for its launch. */
export const loginLifeSeconds = 600

const parameters = z.object({
  iss: z
    .string()
    .max(255)
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)),
  login_hint: z.string().min(1).max(4096),
  target_link_uri: z
    .string()
    .max(2048)
    .refine((text) => URL.canParse(text)),
  client_id: z.string().min(1).max(255).optional(),
  lti_message_hint: z.string().max(8192).optional(),
  lti_deployment_id: z.string().max(255).optional(),
  deployment_id: z.string().max(255).optional(),
  lti_storage_target: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
})

/** Parameters of a login initiation; a repeated one of these is refused. */
export const loginParameters = Object.keys(parameters.shape)

/** Begins a login (lti.md §1.2, steps 1 to 6). Throws LaunchRefused. */
export async function beginLogin(ground: Ground, given: Record<string, string>): Promise<BegunLogin> {
  const read = parameters.safeParse(given)
  if (!read.success) {
    throw new LaunchRefused(
      'lti-malformed',
      `not valid: ${read.error.issues.map((issue) => issue.path.join('.')).join()}`,
    )
  }
  const wish = read.data
  const registration = await activeRegistration(ground.db, wish.iss, wish.client_id)
  // An unknown and an inactive platform get the same page, so that nobody learns who is registered.
  if (!registration)
    throw new LaunchRefused('lti-platform-unknown', 'no active registration of this issuer and client')
  if (!targetOf(ground.config.publicUrl, wish.target_link_uri)) {
    throw new LaunchRefused('lti-target-refused', 'target_link_uri of the login is not ours', 'invalid')
  }
  const [state, nonce, binding] = [secretWord(), secretWord(), secretWord()]
  const storageTarget = wish.lti_storage_target ?? null
  await ground.db('lti_login').insert({
    state,
    nonce,
    binding_hash: sha256(binding),
    registration_id: idBytes(registration.registrationId),
    iss: registration.iss,
    client_id: registration.clientId,
    target_link_uri: wish.target_link_uri,
    storage_target: storageTarget,
    expires_at: ground.now() + loginLifeSeconds * 1_000_000,
  })
  const authenticationUrl = authenticationUrlOf(registration, {
    redirect_uri: `${ground.config.publicUrl}/lti/launch`,
    login_hint: wish.login_hint,
    lti_message_hint: wish.lti_message_hint,
    state,
    nonce,
  })
  return { state, binding, authenticationUrl, registration, storageTarget }
}

/** The authentication request on the registered endpoint, whose own query stays. Hints go back exactly as they came. */
function authenticationUrlOf(registration: Registration, more: Record<string, string | undefined>): string {
  const url = new URL(registration.authUrl)
  const request = {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: registration.clientId,
    ...more,
  }
  for (const [name, value] of Object.entries(request))
    if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

/** The login of that state that has not expired, or null. */
export async function loginByState(handle: Handle, state: string, now: Instant): Promise<Login | null> {
  const row = await handle('lti_login').where({ state }).andWhere('expires_at', '>', now).first()
  if (!row) return null
  return {
    state: row.state,
    nonce: row.nonce,
    bindingHash: Buffer.from(row.binding_hash),
    registrationId: idText(row.registration_id),
    iss: row.iss,
    clientId: row.client_id,
    storageTarget: row.storage_target,
    expiresAt: asInstant(Number(row.expires_at)),
  }
}

/** Uses a login up. False when somebody else did, or it was never there: exactly one caller gets true. */
export async function consumeLogin(handle: Handle, state: string): Promise<boolean> {
  return (await handle('lti_login').where({ state }).delete()) === 1
}
