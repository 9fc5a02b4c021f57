import type { Ground } from '../foundation/ground.ts'
import { saveToolCredential, toolCredential } from '../lti-tool/coursework/credential.ts'
import { addSource, rotateCredential } from '../xapi-bridge/sources/add.ts'
import { sourceByName } from '../xapi-bridge/sources/source.ts'

/** Under which name our own tool pushes: a source like any other. */
const toolSourceName = 'xueshi-tool'

/**
 * Sees to it that the tool can push: registers it as a source at the first start and keeps its credential, sealed, for
 * the relay. A credential that is there is only brought to the bridge's present address.
 */
export async function ensureToolSource(ground: Ground): Promise<void> {
  const endpoint = ground.config.bridgeUrl
  const kept = await toolCredential(ground).catch(() => null)
  if (kept) {
    if (kept.endpoint !== endpoint) await saveToolCredential(ground, { ...kept, endpoint })
    return
  }
  const known = await sourceByName(ground.db, toolSourceName)
  const { source_id, key, secret } = known
    ? await rotateCredential(ground, known.id)
    : await addSource(ground, {
        name: toolSourceName,
        preset: 'xueshi-tool',
        actorHomePages: ['*'],
        onVoid: 'auto',
      })
  await saveToolCredential(ground, { endpoint, source: source_id, key, secret })
  ground.log.info({ source: source_id }, 'the tool is registered as a source')
}
