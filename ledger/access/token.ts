import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../audit/record.ts'
import { viewerOf } from './login.ts'
import type { Viewer } from './role.ts'

/** An API token as it is known here; the JWT that carries its id is made by the door. */
export interface ApiToken {
  tokenId: Id
  loginId: Id
  login: string
  scopes: string[]
  endsAt: Instant
}

const longestDays = 366

/**
 * Registers an API token for an account: for so many days, with these scopes (`teachers:read` …). Throws NotFound
 * `login-unknown` and InvalidInput `token-invalid`.
 */
export async function addApiToken(
  ground: Ground,
  wish: { login: string; scopes: string[]; days: number; actor: string },
): Promise<ApiToken> {
  const scopes = [...new Set(wish.scopes)]
  if (scopes.length === 0 || scopes.some((scope) => !/^[a-z][a-z-]{0,30}(:[a-z-]{1,30})?$/.test(scope))) {
    throw new InvalidInput('token-invalid', 'a scope is a word such as teachers:read; at least one is needed')
  }
  if (scopes.join(' ').length > 500) throw new InvalidInput('token-invalid', 'too many scopes')
  if (!Number.isInteger(wish.days) || wish.days < 1 || wish.days > longestDays) {
    throw new InvalidInput('token-invalid', `a token lives from 1 to ${longestDays} days`)
  }
  return transact(ground.db, async (trx) => {
    const now = ground.now()
    const row = await trx('login').where({ login: wish.login }).whereNull('disabled_at').first('login_id')
    if (!row) throw new NotFound('login-unknown', `there is no login ${wish.login}`)
    const token: ApiToken = {
      tokenId: newId(),
      loginId: idText(row.login_id),
      login: wish.login,
      scopes,
      endsAt: asInstant(now + wish.days * 86_400_000_000),
    }
    await trx('api_token').insert({
      api_token_id: idBytes(token.tokenId),
      login_id: row.login_id,
      scopes: scopes.join(' '),
      made_at: now,
      ends_at: token.endsAt,
    })
    await recordAudit(trx, {
      actor: wish.actor,
      action: 'token-created',
      subjectKind: 'api_token',
      subjectId: token.tokenId,
      detail: { login: wish.login, scopes, days: wish.days },
      now,
    })
    return token
  })
}

/** Who acts by a token and what it allows, or null when it ended, was revoked or its account is closed. */
export async function bearerOf(
  handle: Handle,
  tokenId: Id,
  now: Instant,
): Promise<{ viewer: Viewer; scopes: string[] } | null> {
  const row = await handle('api_token')
    .where({ api_token_id: idBytes(tokenId) })
    .whereNull('revoked_at')
    .where('ends_at', '>', now)
    .first()
  if (!row) return null
  const viewer = await viewerOf(handle, idText(row.login_id))
  return viewer ? { viewer, scopes: row.scopes.split(' ') } : null
}

/** Ends a token. False: there is none, or it had been revoked. */
export async function revokeApiToken(
  ground: Ground,
  order: { tokenId: Id; actor: string },
): Promise<boolean> {
  return transact(ground.db, async (trx) => {
    const now = ground.now()
    const changed = await trx('api_token')
      .where({ api_token_id: idBytes(order.tokenId) })
      .whereNull('revoked_at')
      .update({ revoked_at: now })
    if (changed === 0) return false
    await recordAudit(trx, {
      actor: order.actor,
      action: 'token-revoked',
      subjectKind: 'api_token',
      subjectId: order.tokenId,
      now,
    })
    return true
  })
}

/** Tokens of an account that have not ended, newest first. */
export async function apiTokensOf(handle: Handle, viewer: Viewer, now: Instant): Promise<ApiToken[]> {
  const rows = await handle('api_token')
    .where({ login_id: idBytes(viewer.loginId) })
    .whereNull('revoked_at')
    .where('ends_at', '>', now)
    .orderBy([{ column: 'made_at', order: 'desc' }, { column: 'api_token_id' }])
  return rows.map((row) => ({
    tokenId: idText(row.api_token_id),
    loginId: viewer.loginId,
    login: viewer.login,
    scopes: row.scopes.split(' '),
    endsAt: asInstant(safeInteger(row.ends_at)),
  }))
}
