import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { viewerOf } from './login.ts'
import { type AccessRole, hasRole } from './role.ts'
import { bearerOf } from './token.ts'

/** What a token for `/api/*` may be used for. */
export const apiScopes = ['read', 'write'] as const

/** The scope that marks a token which a page made for one request of whoever is signed in; it lives for a minute. */
export const deskScope = 'desk'

/** Who may read, and who may change, what `/api/*` of the bridge shows: nobody's own record, but the district's. */
const rolesFor: Record<(typeof apiScopes)[number], readonly AccessRole[]> = {
  read: ['district_admin', 'checker', 'inspector', 'operator'],
  write: ['district_admin'],
}

/**
 * Whether a token may be used now: not revoked, its account open, and that account still in a role which its scopes
 * need. A role that is taken away ends what its tokens may do.
 */
export async function isUsable(
  handle: Handle,
  token: { jti: Id; sub: Id; scopes: string[] },
  now: Instant,
): Promise<boolean> {
  const viewer = token.scopes.includes(deskScope)
    ? await viewerOf(handle, token.sub)
    : ((await bearerOf(handle, token.jti, now))?.viewer ?? null)
  if (!viewer || viewer.loginId !== token.sub) return false
  return apiScopes.every((scope) => !token.scopes.includes(scope) || hasRole(viewer, ...rolesFor[scope]))
}
