import { idBytes } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'

/** What a platform wants to be given (LTI Deep Linking 2.0, deep_linking_settings), until it is answered. */
export interface LinkRequest {
  /** Where the answer goes; it lies on the platform, as the launch was checked for. */
  returnUrl: string
  /** Whether it takes links that launch us; without, there is nothing to choose. */
  acceptsLinks: boolean
  acceptMultiple: boolean
  /** False where the platform says that it makes no column of the gradebook from a link. */
  acceptLineItem: boolean
  /** The settings as they came: what signs the answer reads `data` and `accept_types` out of them. */
  settings: Record<string, unknown>
}

/** The request that a launch brought and nobody has answered yet, or null. */
export async function linkRequestOf(handle: Handle, launchId: Id): Promise<LinkRequest | null> {
  const row: { deep_linking: Buffer | null } | undefined = await handle('lti_launch')
    .where('launch_id', idBytes(launchId))
    .first('deep_linking')
  return row?.deep_linking ? requestFrom(row.deep_linking) : null
}

function requestFrom(kept: Uint8Array): LinkRequest {
  const settings = JSON.parse(Buffer.from(kept).toString('utf8')) as Record<string, unknown>
  return {
    // As a browser would read it: quotes and tags in it are percent-encoded.
    returnUrl: new URL(settings.deep_link_return_url as string).href,
    acceptsLinks: (settings.accept_types as string[]).includes('ltiResourceLink'),
    acceptMultiple: isYes(settings.accept_multiple),
    acceptLineItem: !isNo(settings.accept_lineitem),
    settings,
  }
}

// Some platforms write booleans as text.
const isYes = (value: unknown) => value === true || value === 'true'
const isNo = (value: unknown) => value === false || value === 'false'

/** Marks a request as answered, by removing its settings. False when somebody answered it before. */
export async function closeLinkRequest(handle: Handle, launchId: Id): Promise<boolean> {
  const closed = await handle('lti_launch')
    .where('launch_id', idBytes(launchId))
    .whereNotNull('deep_linking')
    .update({ deep_linking: null })
  return closed === 1
}
