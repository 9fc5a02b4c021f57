import type { Handle } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { seal, unseal } from '../lti-services/seal.ts'

/** How the tool, a source like any other, reaches the bridge. */
export interface ToolCredential {
  /** Ends with /xapi, without a slash behind. */
  endpoint: string
  /** Name of the source in the bridge's own addresses. */
  source: string
  key: string
  secret: string
}

const NAME = 'bridge-credential'

/** Keeps the credential of the tool's own source, sealed with TOOL_KEY_SECRET, in place of an earlier one. */
export async function saveToolCredential(
  { db, config, now }: Pick<Ground, 'config' | 'now'> & { db: Handle },
  credential: ToolCredential,
): Promise<void> {
  const { iv, data } = seal(config.toolKeySecret, NAME, credential)
  await upsert(db, 'tool_setting', [{ name: NAME, content: Buffer.concat([iv, data]), changed_at: now() }], {
    key: ['name'],
    set: ['content', 'changed_at'],
  })
}

/** The credential of the tool's own source, or null while there is none: then statements wait in the outbox. */
export async function toolCredential({
  db,
  config,
}: Pick<Ground, 'db' | 'config'>): Promise<ToolCredential | null> {
  const row = await db('tool_setting').where({ name: NAME }).first('content')
  if (!row) return null
  const { content } = row as { content: Buffer }
  const sealed = { iv: content.subarray(0, 12), data: content.subarray(12) }
  return unseal(config.toolKeySecret, NAME, sealed) as unknown as ToolCredential
}

/** The credential as an Authorization header (the client's own function stumbles over letters beyond Latin-1). */
export function basicOf({ key, secret }: ToolCredential): string {
  return `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
}
