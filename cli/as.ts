import { InvalidInput } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { readApiToken, TokenRefused } from '../foundation/http/bearer.ts'
import type { Id } from '../foundation/ids.ts'
import { isUsable } from '../ledger/access/bearer.ts'
import { viewerOf } from '../ledger/access/login.ts'
import { actorOf } from '../ledger/access/role.ts'

/**
 * The account in whose name a command acts, proved by its token in XUESHI_TOKEN: where maker and checker must differ the
 * operating system's user says too little. Throws `bad-usage` without `--as`, TokenRefused for a token that may not
 * write or is another account's.
 */
export async function accountFor(
  ground: Ground,
  login: string | undefined,
  token = process.env.XUESHI_TOKEN,
): Promise<{ loginId: Id; actor: string }> {
  if (!login || !token) {
    throw new InvalidInput('bad-usage', 'this needs --as LOGIN with a token of that account in XUESHI_TOKEN')
  }
  const claims = await readApiToken(ground.config.tokenSecret, token)
  const viewer = await viewerOf(ground.db, claims.sub)
  const mayWrite = claims.scopes.includes('write') && (await isUsable(ground.db, claims, ground.now()))
  if (!viewer || viewer.login !== login || !mayWrite) throw new TokenRefused()
  return { loginId: viewer.loginId, actor: actorOf(viewer) }
}
