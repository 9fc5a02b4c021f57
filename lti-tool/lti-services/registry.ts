import { z } from 'zod'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { withLtijs } from './ltijs.ts'
import { pairOf, setActive, subjectOf } from './platform-state.ts'
import { LtijsStore } from './store.ts'

/** What an administrator says of a platform. */
export interface PlatformInput {
  name: string
  issuer: string
  clientId: string
  /** Active from the start; absent, the first launch lists its deployment for approval. */
  deploymentId?: string | undefined
  authUrl: string
  tokenUrl: string
  jwksUrl: string
  /** Origins that may show our pages in a frame; the origin of the issuer unless told otherwise. */
  frameOrigins?: string[] | undefined
  /** Origins on which service URLs may lie; those of issuer, authentication, token and key address unless told. */
  serviceOrigins?: string[] | undefined
  active: boolean
}

/** What the administrator enters on the platform's side. */
export interface PlatformAdded extends ToolAddresses {
  platform_id: Id
}

/** One deployment of a registration. */
export interface DeploymentInfo {
  deploymentId: string
  state: 'pending' | 'active'
  firstSeenAt: Instant
}

/** One registration, as lists show it. */
export interface PlatformInfo {
  platformId: Id
  name: string
  issuer: string
  clientId: string
  authUrl: string
  tokenUrl: string
  jwksUrl: string
  active: boolean
  deployments: DeploymentInfo[]
  registeredAt: Instant
  /** By hand, or by its one-time link. */
  registeredBy: 'hand' | 'link'
  /** `product_family_code`, where the platform said one. */
  family: string | null
  frameOrigins: string[]
  serviceOrigins: string[]
  /** The key of ours that signs what this platform gets. */
  kid: string
}

/**
 * Registers a platform with keys of its own. The keys are made synchronously (RSA 4096, 1 to 4 s): only from a
 * command or the worker, never on a loop that serves requests. Throws Conflict `platform-exists` when the pair
 * (issuer, client_id) is there, since ltijs would quietly change it, and InvalidInput `platform-invalid`.
 */
export async function addPlatform(
  ground: Ground,
  input: PlatformInput,
  actor: string,
): Promise<PlatformAdded> {
  const platform = checked(ground, input)
  const platformId = newId()
  await reserve(ground, platformId, platform)
  try {
    await registerWithLtijs(ground, platform)
    if (input.deploymentId) await addDeployment(ground, platformId, input.deploymentId)
    await noteAdded(ground, platformId, platform, actor)
    if (input.active) await setActive(ground, platformId, true, actor)
  } catch (error) {
    await removePlatform(ground, platformId)
    throw error
  }
  ground.log.info({ platformId, active: input.active }, 'platform registered')
  return { platform_id: platformId, ...toolAddresses(ground.config.publicUrl) }
}

async function noteAdded(
  { db, now }: Ground,
  platformId: Id,
  { issuer, clientId, deploymentId }: Checked,
  actor: string,
): Promise<void> {
  const detail = { iss: issuer, clientId, deploymentId: deploymentId ?? null }
  await transact(db, (trx) =>
    recordAudit(trx, { actor, action: 'platform-added', ...subjectOf(platformId), detail, now: now() }),
  )
}

/** What the administrator of a platform enters there. */
export interface ToolAddresses {
  login_url: string
  launch_url: string
  jwks_url: string
}

/** The three addresses a platform's administrator needs. */
export function toolAddresses(publicUrl: string): ToolAddresses {
  return {
    login_url: `${publicUrl}/lti/login`,
    launch_url: `${publicUrl}/lti/launch`,
    jwks_url: `${publicUrl}/lti/jwks`,
  }
}

type Checked = PlatformInput & { frameOrigins: string[]; serviceOrigins: string[] }

function checked(ground: Ground, input: PlatformInput): Checked {
  const scheme = ground.config.allowHttp ? /^https?:$/ : /^https:$/
  const address = z
    .string()
    .max(255)
    .refine((text) => isAddress(text, scheme), 'an https address')
  const origin = z
    .string()
    .refine((text) => isAddress(text, scheme) && new URL(text).origin === text, 'an origin')
  const parsed = z
    .object({
      name: z.string().min(1).max(255),
      issuer: address,
      clientId: z.string().min(1).max(255),
      deploymentId: z.string().min(1).max(255).optional(),
      authUrl: address,
      tokenUrl: address,
      jwksUrl: address,
      frameOrigins: z.array(origin).max(20).optional(),
      serviceOrigins: z.array(origin).max(20).optional(),
      active: z.boolean(),
    })
    .safeParse(input)
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({
      pointer: `/${issue.path.join('/')}`,
      detail: issue.message,
    }))
    throw new InvalidInput('platform-invalid', 'the platform cannot be registered like this', errors)
  }
  const originsOf = (...urls: string[]) => [...new Set(urls.map((url) => new URL(url).origin))]
  return {
    ...parsed.data,
    frameOrigins: parsed.data.frameOrigins ?? originsOf(input.issuer),
    serviceOrigins:
      parsed.data.serviceOrigins ?? originsOf(input.issuer, input.authUrl, input.tokenUrl, input.jwksUrl),
  }
}

function isAddress(text: string, scheme: RegExp): boolean {
  return URL.canParse(text) && scheme.test(new URL(text).protocol)
}

/** The unique pair decides who may go on; a look beforehand would let two administrators make two keys. */
async function reserve(ground: Ground, platformId: Id, platform: Checked): Promise<void> {
  try {
    await ground.db('platform_registration').insert({
      registration_id: idBytes(platformId),
      iss: platform.issuer,
      client_id: platform.clientId,
      name: platform.name,
      frame_origins: JSON.stringify(platform.frameOrigins),
      service_origins: JSON.stringify(platform.serviceOrigins),
      registered_at: ground.now(),
    })
  } catch (error) {
    if (!isDuplicateKey(error, 'platform_registration_pair')) throw error
    throw new Conflict('platform-exists', 'this issuer and client_id are registered already')
  }
}

async function registerWithLtijs(ground: Ground, platform: Checked): Promise<void> {
  await withLtijs(storeOf(ground), (lti) =>
    lti.registerPlatform({
      url: platform.issuer,
      name: platform.name,
      clientId: platform.clientId,
      authenticationEndpoint: platform.authUrl,
      accesstokenEndpoint: platform.tokenUrl,
      authConfig: { method: 'JWK_SET', key: platform.jwksUrl },
    }),
  )
}

/** A further deployment of a registration, active at once; for administrators who know it beforehand. */
export async function addDeployment(ground: Ground, platformId: Id, deploymentId: string): Promise<void> {
  await ground.db('platform_deployment').insert({
    registration_id: idBytes(platformId),
    deployment_id: deploymentId,
    state: 'active',
    first_seen_at: ground.now(),
    decided_at: ground.now(),
  })
}

/** Every registration, oldest first. */
export async function listPlatforms({ db }: Pick<Ground, 'db'>): Promise<PlatformInfo[]> {
  const rows = await db('platform_registration as r')
    .join('ltijs_platform as p', (on) => on.on('p.platform_url', 'r.iss').andOn('p.client_id', 'r.client_id'))
    .leftJoin('ltijs_platform_status as s', 's.id', 'p.kid')
    .select('r.*', 'p.auth_endpoint', 'p.accesstoken_endpoint', 'p.auth_config', 'p.kid', 's.active')
    .orderBy('r.registration_id')
  const deployments = await db('platform_deployment').orderBy('first_seen_at')
  return rows.map((row) => ({
    platformId: idText(row.registration_id),
    name: row.name,
    issuer: row.iss,
    clientId: row.client_id,
    authUrl: row.auth_endpoint,
    tokenUrl: row.accesstoken_endpoint,
    jwksUrl: JSON.parse(row.auth_config).key,
    active: row.active === 1,
    deployments: deployments
      .filter((deployment) => idText(deployment.registration_id) === idText(row.registration_id))
      .map(({ deployment_id, state, first_seen_at }) => ({
        deploymentId: deployment_id,
        state,
        firstSeenAt: asInstant(Number(first_seen_at)),
      })),
    registeredAt: asInstant(Number(row.registered_at)),
    registeredBy: row.registered_by,
    family: row.family,
    frameOrigins: JSON.parse(row.frame_origins),
    serviceOrigins: JSON.parse(row.service_origins),
    kid: row.kid,
  }))
}

/** Removes a registration with its keys and deployments; people and launches stay. Throws NotFound `platform-unknown`. */
export async function removePlatform(ground: Ground, platformId: Id, actor?: string): Promise<void> {
  const { iss, clientId } = await pairOf(ground, platformId)
  await withLtijs(storeOf(ground), (lti) => lti.deletePlatform(iss, clientId))
  await transact(
    ground.db,
    async (trx) => {
      // ltijs deletes one key pair by its kid; a rotation or a broken registration may have left another.
      for (const table of ['ltijs_publickey', 'ltijs_privatekey', 'ltijs_accesstoken', 'ltijs_platform']) {
        await trx(table).where({ platform_url: iss, client_id: clientId }).delete()
      }
      const registration = { registration_id: idBytes(platformId) }
      for (const table of ['tool_key_rotation', 'platform_deployment', 'platform_registration'])
        await trx(table).where(registration).delete()
      // A registration that broke off half-way leaves nothing to tell of.
      if (actor === undefined) return
      const detail = { iss, clientId }
      await recordAudit(trx, {
        actor,
        action: 'platform-removed',
        ...subjectOf(platformId),
        detail,
        now: ground.now(),
      })
    },
    { idempotent: true },
  )
  ground.log.info({ platformId }, 'platform removed')
}

function storeOf({ db, config, now }: Ground): LtijsStore {
  return new LtijsStore(db, config.toolKeySecret, now)
}
