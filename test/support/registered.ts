import { idBytes } from '../../foundation/database/codec.ts'
import { insertRows } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { insertKeyPair, makeKeyPair } from '../../lti-tool/lti-services/key-pair.ts'

/** What a platform says of itself. */
export interface TestRegistration {
  name: string
  issuer: string
  clientId: string
  deploymentId: string
  authUrl: string
  tokenUrl: string
  jwksUrl: string
}

/**
 * Registers a platform as a command would, active, with a key of ours that is short: the real ones take seconds to make,
 * and calls of services are not about their length.
 */
export async function registerQuickly(ground: Ground, platform: TestRegistration): Promise<Id> {
  const { name, issuer, clientId, deploymentId, authUrl, tokenUrl, jwksUrl } = platform
  const platformId = newId()
  const registration_id = idBytes(platformId)
  const pair = await makeKeyPair(2048)
  const at = ground.now()
  const origins = JSON.stringify([new URL(issuer).origin])
  await transact(ground.db, async (trx) => {
    await insertRows(trx, 'platform_registration', [
      {
        registration_id,
        iss: issuer,
        client_id: clientId,
        name,
        frame_origins: origins,
        service_origins: origins,
        registered_at: at,
      },
    ])
    await insertRows(trx, 'ltijs_platform', [
      {
        platform_url: issuer,
        client_id: clientId,
        platform_name: name,
        auth_endpoint: authUrl,
        accesstoken_endpoint: tokenUrl,
        kid: pair.kid,
        auth_config: JSON.stringify({ method: 'JWK_SET', key: jwksUrl }),
        created_at: at,
      },
    ])
    await insertRows(trx, 'ltijs_platform_status', [{ id: pair.kid, active: 1, created_at: at }])
    await insertRows(trx, 'platform_deployment', [
      { registration_id, deployment_id: deploymentId, state: 'active', first_seen_at: at, decided_at: at },
    ])
    await insertKeyPair(trx, ground.config.toolKeySecret, { iss: issuer, clientId }, pair, at)
  })
  return platformId
}
