import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'

/** One (issuer, client_id) pair as the door needs it. */
export interface Registration {
  registrationId: Id
  iss: string
  clientId: string
  active: boolean
  authUrl: string
  jwksUrl: string
  frameOrigins: string[]
  serviceOrigins: string[]
}

function registrations(handle: Handle) {
  return handle('platform_registration as r')
    .join('ltijs_platform as p', (on) => on.on('p.platform_url', 'r.iss').andOn('p.client_id', 'r.client_id'))
    .leftJoin('ltijs_platform_status as s', 's.id', 'p.kid')
    .select('r.*', 'p.auth_endpoint', 'p.auth_config', 's.active')
}

interface Row {
  registration_id: Buffer
  iss: string
  client_id: string
  frame_origins: string
  service_origins: string
  auth_endpoint: string
  auth_config: string
  active: number | null
}

function registrationOf(row: Row): Registration {
  return {
    registrationId: idText(row.registration_id),
    iss: row.iss,
    clientId: row.client_id,
    active: row.active === 1, // A registration without a status row is inactive.
    authUrl: row.auth_endpoint,
    jwksUrl: JSON.parse(row.auth_config).key,
    frameOrigins: JSON.parse(row.frame_origins),
    serviceOrigins: JSON.parse(row.service_origins),
  }
}

/**
 * The active registration a login names, or null. Without client_id only if the issuer has exactly one active one.
 * Compared once more here, since a server pads text with blanks when it compares.
 */
export async function activeRegistration(
  handle: Handle,
  iss: string,
  clientId: string | undefined,
): Promise<Registration | null> {
  const rows: Row[] = await registrations(handle).where('r.iss', iss).andWhere('s.active', 1)
  const found = rows.filter(
    (row) => row.iss === iss && (clientId === undefined || row.client_id === clientId),
  )
  return found.length === 1 ? registrationOf(found[0] as Row) : null
}

/** The registration of that id, whatever its state, or null. */
export async function registrationById(handle: Handle, registrationId: Id): Promise<Registration | null> {
  const row: Row | undefined = await registrations(handle)
    .where('r.registration_id', idBytes(registrationId))
    .first()
  return row ? registrationOf(row) : null
}

/** Origins that may show our pages in a frame: those of all active registrations, each once, in order. */
export async function frameOrigins(handle: Handle): Promise<string[]> {
  const rows: Row[] = await registrations(handle).where('s.active', 1)
  return [...new Set(rows.flatMap((row) => registrationOf(row).frameOrigins))].sort()
}

const mostPending = 100

/**
 * Whether launches of a deployment are let in. One that was never seen is listed for the administrator; nothing is
 * approved by itself.
 */
export async function isDeploymentActive(
  handle: Handle,
  registrationId: Id,
  deploymentId: string,
  now: Instant,
): Promise<boolean> {
  const rows: { deployment_id: string; state: string }[] = await handle('platform_deployment').where({
    registration_id: idBytes(registrationId),
  })
  const known = rows.find((row) => row.deployment_id === deploymentId)
  if (known) return known.state === 'active'
  // A platform that makes up deployments must not fill the table.
  if (rows.filter(({ state }) => state === 'pending').length >= mostPending) return false
  try {
    await handle('platform_deployment').insert({
      registration_id: idBytes(registrationId),
      deployment_id: deploymentId,
      state: 'pending',
      first_seen_at: now,
      decided_at: null,
    })
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
  return false
}
