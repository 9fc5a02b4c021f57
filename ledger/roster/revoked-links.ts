import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'

/** A link that was ended: the key of its identifier, and when. */
export interface RevokedLink {
  identifierKey: Buffer
  revokedAt: Instant
}

/** The links that were revoked at or after an instant, oldest first. An identifier may be linked again by now. */
export async function linksRevokedSince(handle: Handle, since: Instant): Promise<RevokedLink[]> {
  const rows = await handle('identity_link')
    .where('revoked_at', '>=', since)
    .orderBy(['revoked_at', 'identity_link_id'])
    .select('identifier_key', 'revoked_at')
  return rows.map((row) => ({
    identifierKey: row.identifier_key,
    revokedAt: asInstant(safeInteger(row.revoked_at)),
  }))
}
