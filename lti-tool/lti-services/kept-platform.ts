import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { insertKeyPair, type KeyPair } from './key-pair.ts'

/** Where a platform's endpoints are, and whose pages and services are believed to be its own. */
export interface PlatformEndpoints {
  authUrl: string
  tokenUrl: string
  jwksUrl: string
  /** The `aud` of token requests, where it is another than the token address. */
  authorizationServer: string | null
  frameOrigins: string[]
  serviceOrigins: string[]
}

/** A platform that registered itself. */
export interface NewPlatform extends PlatformEndpoints {
  platformId: Id
  name: string
  family: string | null
  iss: string
  clientId: string
  deploymentId: string | null
}

/**
 * Keeps a platform with a key pair made beforehand, all in the caller's transaction and inactive: there is no status row,
 * which ltijs's store answers as a no. False when the pair (issuer, client_id) is there already.
 */
export async function keepInactivePlatform(
  trx: Trx,
  secret: string,
  platform: NewPlatform,
  pair: KeyPair,
  now: Instant,
): Promise<boolean> {
  const { platformId, iss, clientId, name, family, frameOrigins, serviceOrigins } = platform
  try {
    await trx('platform_registration').insert({
      registration_id: idBytes(platformId),
      iss,
      client_id: clientId,
      name,
      frame_origins: JSON.stringify(frameOrigins),
      service_origins: JSON.stringify(serviceOrigins),
      registered_at: now,
      registered_by: 'link',
      family,
    })
  } catch (error) {
    if (isDuplicateKey(error, 'platform_registration_pair')) return false
    throw error
  }
  await insertKeyPair(trx, secret, { iss, clientId }, pair, now)
  await trx('ltijs_platform').insert({
    platform_url: iss,
    client_id: clientId,
    platform_name: name,
    kid: pair.kid,
    ...endpointColumns(platform),
    created_at: now,
  })
  if (platform.deploymentId !== null) await keepDeployment(trx, platformId, platform.deploymentId, now)
  return true
}

/** Sets new endpoints and a further deployment of a registration; its keys and its state stay. */
export async function updatePlatform(
  trx: Trx,
  platform: PlatformEndpoints & Pick<NewPlatform, 'platformId' | 'iss' | 'clientId' | 'deploymentId'>,
  now: Instant,
): Promise<void> {
  const { platformId, iss, clientId, frameOrigins, serviceOrigins, deploymentId } = platform
  await trx('platform_registration')
    .where('registration_id', idBytes(platformId))
    .update({
      frame_origins: JSON.stringify(frameOrigins),
      service_origins: JSON.stringify(serviceOrigins),
    })
  await trx('ltijs_platform')
    .where({ platform_url: iss, client_id: clientId })
    .update(endpointColumns(platform))
  if (deploymentId !== null) await keepDeployment(trx, platformId, deploymentId, now)
}

function endpointColumns({ authUrl, tokenUrl, jwksUrl, authorizationServer }: PlatformEndpoints) {
  return {
    auth_endpoint: authUrl,
    accesstoken_endpoint: tokenUrl,
    authorization_server: authorizationServer,
    auth_config: JSON.stringify({ method: 'JWK_SET', key: jwksUrl }),
  }
}

/** A deployment that the registration itself named: whoever activates the one means the other. */
async function keepDeployment(trx: Trx, platformId: Id, deploymentId: string, now: Instant): Promise<void> {
  const key = { registration_id: idBytes(platformId), deployment_id: deploymentId }
  const changed = await trx('platform_deployment').where(key).update({ state: 'active', decided_at: now })
  if (changed === 1) return
  await trx('platform_deployment').insert({ ...key, state: 'active', first_seen_at: now, decided_at: now })
}
