import type { Ground } from '../foundation/ground.ts'
import { saveToolCredential, toolCredential } from '../lti-tool/coursework/credential.ts'
import { addSource, type SourceWish } from '../xapi-bridge/sources/add.ts'
import { credentialOf, type NewCredential, rotateCredential } from '../xapi-bridge/sources/credential.ts'
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
  // A key that was revoked is replaced, so a restart mends the relay.
  if (kept && (await credentialOf(ground, kept.key, kept.secret))) {
    if (kept.endpoint !== endpoint) await saveToolCredential(ground, { ...kept, endpoint })
    return
  }
  const { source_id, key, secret } = await freshCredential(ground)
  await saveToolCredential(ground, { endpoint, source: source_id, key, secret })
  ground.log.info({ source: source_id }, 'the tool is registered as a source')
}

async function freshCredential(ground: Ground): Promise<NewCredential> {
  const known = await sourceByName(ground.db, toolSourceName)
  if (known) return rotateCredential(ground, known.id)
  const wish: SourceWish = {
    name: toolSourceName,
    preset: 'xueshi-tool',
    actorHomePages: ['*'],
    onVoid: 'auto',
  }
  try {
    return await addSource(ground, wish)
  } catch (error) {
    // Another process of a first start was quicker; each of the two keys is good.
    const made = await sourceByName(ground.db, toolSourceName)
    if (!made) throw error
    return rotateCredential(ground, made.id)
  }
}
