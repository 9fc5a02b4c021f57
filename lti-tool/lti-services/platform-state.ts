import { idBytes, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'

/** Lets launches of a registration in. Throws NotFound `platform-unknown`. */
export async function activatePlatform(ground: Ground, platformId: Id, actor: string): Promise<void> {
  await setActive(ground, platformId, true, actor)
}

/** Refuses launches of a registration from now on; what it launched before stays. Throws NotFound `platform-unknown`. */
export async function deactivatePlatform(ground: Ground, platformId: Id, actor: string): Promise<void> {
  await setActive(ground, platformId, false, actor)
}

/**
 * Switches a registration. Written as ltijs's store would write it, and with its trace in the same transaction: ltijs itself
 * knows none. Throws NotFound `platform-unknown`.
 */
export async function setActive(
  ground: Ground,
  platformId: Id,
  active: boolean,
  actor: string,
): Promise<void> {
  const { iss, clientId } = await pairOf(ground, platformId)
  await transact(
    ground.db,
    async (trx) => {
      const now = ground.now()
      const row: { kid: string } | undefined = await trx('ltijs_platform')
        .where({ platform_url: iss, client_id: clientId })
        .first('kid')
      if (!row) throw unknownPlatform()
      const status = { id: row.kid, active: active ? 1 : 0, created_at: now }
      await upsert(trx, 'ltijs_platform_status', [status], { key: ['id'], set: ['active', 'created_at'] })
      const action = active ? 'platform-activated' : 'platform-deactivated'
      await recordAudit(trx, { actor, action, ...subjectOf(platformId), now })
    },
    { idempotent: true },
  )
  ground.log.info({ platformId, active }, 'platform switched')
}

/** How the audit names a registration. */
export function subjectOf(platformId: Id): { subjectKind: string; subjectId: Id } {
  return { subjectKind: 'platform_registration', subjectId: platformId }
}

/** How many deployments wait for somebody to approve them. */
export async function pendingDeployments(handle: Handle): Promise<number> {
  const [row] = await handle('platform_deployment').where({ state: 'pending' }).count('* as n')
  return sumOf(row?.n)
}

/** Lets launches of a deployment in that was only seen so far. Throws NotFound `deployment-unknown`. */
export async function approveDeployment(
  ground: Ground,
  platformId: Id,
  deploymentId: string,
  actor: string,
): Promise<void> {
  await decideDeployment(ground, { platformId, deploymentId, state: 'active' }, actor)
}

/** Refuses launches of a deployment from now on; it is listed as pending again. Throws NotFound `deployment-unknown`. */
export async function withdrawDeployment(
  ground: Ground,
  platformId: Id,
  deploymentId: string,
  actor: string,
): Promise<void> {
  await decideDeployment(ground, { platformId, deploymentId, state: 'pending' }, actor)
}

async function decideDeployment(
  ground: Ground,
  { platformId, deploymentId, state }: { platformId: Id; deploymentId: string; state: 'pending' | 'active' },
  actor: string,
): Promise<void> {
  await transact(
    ground.db,
    async (trx) => {
      const now = ground.now()
      const changed = await trx('platform_deployment')
        .where({ registration_id: idBytes(platformId), deployment_id: deploymentId })
        .update({ state, decided_at: now })
      if (changed === 0) throw new NotFound('deployment-unknown', 'no launch has named this deployment')
      const action = state === 'active' ? 'deployment-approved' : 'deployment-withdrawn'
      await recordAudit(trx, { actor, action, ...subjectOf(platformId), detail: { deploymentId }, now })
    },
    { idempotent: true },
  )
  ground.log.info({ platformId, state }, 'deployment decided')
}

/** The pair that names a registration for ltijs. Throws NotFound `platform-unknown`. */
export async function pairOf(
  { db }: Pick<Ground, 'db'>,
  platformId: Id,
): Promise<{ iss: string; clientId: string }> {
  const row = await db('platform_registration')
    .where({ registration_id: idBytes(platformId) })
    .first()
  if (!row) throw unknownPlatform()
  return { iss: row.iss, clientId: row.client_id }
}

function unknownPlatform(): NotFound {
  return new NotFound('platform-unknown', 'no platform is registered under this id')
}
