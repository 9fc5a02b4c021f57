import { idBytes } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { NotFound } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/ids.ts'
import type { ServiceContext } from './service-call.ts'

/** What services need of a launch. Throws NotFound `launch-unknown`. */
export async function contextOfLaunch(handle: Handle, launchId: Id): Promise<ServiceContext> {
  const row = await handle('lti_launch')
    .where({ launch_id: idBytes(launchId) })
    .first()
  if (!row) throw new NotFound('launch-unknown', 'no launch has this id')
  return {
    iss: row.iss,
    clientId: row.client_id,
    deploymentId: row.deployment_id,
    sub: row.sub,
    resourceLinkId: row.resource_link_id,
    lineItemsUrl: row.line_items_url,
    membershipsUrl: row.memberships_url,
  }
}
