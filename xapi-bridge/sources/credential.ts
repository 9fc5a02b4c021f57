import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { type Scope, scopes } from './scopes.ts'
import { type Source, sourceById } from './source.ts'

/** What a source is told about a new credential. The secret is shown once and kept nowhere. */
export interface NewCredential {
  source_id: Id
  key: string
  secret: string
  endpoint: string
}

/** What a credential is made with: everything inside the source, for ever, unless told less. */
export interface CredentialWish {
  scopes?: readonly Scope[]
  /** Days from now after which it is refused. */
  expiresDays?: number
}

/** A credential as administrators see it. */
export interface Credential {
  credentialId: Id
  sourceId: Id
  key: string
  scopes: string[]
  createdAt: Instant
  /** Null: never. */
  expiresAt: Instant | null
  /** Null before the first use. A second behind at most. */
  lastUsedAt: Instant | null
  revokedAt: Instant | null
}

const day = 86_400_000_000
const longestDays = 3660

/** Throws InvalidInput (`source-invalid`) for an unknown scope, none at all, or a term that is no term. */
export function checkCredential({ scopes: wished, expiresDays }: CredentialWish): void {
  if (wished && (wished.length === 0 || !wished.every((scope) => scopes.includes(scope))))
    throw new InvalidInput('source-invalid', `a scope is one of ${scopes.join(', ')}`)
  const isTerm = expiresDays === undefined || (Number.isInteger(expiresDays) && expiresDays > 0)
  if (!isTerm || (expiresDays ?? 0) > longestDays)
    throw new InvalidInput('source-invalid', `a credential expires after 1 to ${longestDays} days, or never`)
}

/** Makes a credential inside the caller's transaction. */
export async function insertCredential(
  trx: Trx,
  ground: Pick<Ground, 'config' | 'now'>,
  sourceId: Id,
  wish: CredentialWish,
): Promise<NewCredential> {
  const key = `xk_${randomBytes(12).toString('hex')}`
  const secret = randomBytes(32).toString('base64url')
  const now = ground.now()
  await trx('credential').insert({
    credential_id: idBytes(newId()),
    source_id: idBytes(sourceId),
    access_key: key,
    secret_hash: secretHash(ground.config.tokenSecret, secret),
    scopes: [...new Set(wish.scopes ?? ['all'])].join(' '),
    created_at: now,
    expires_at: wish.expiresDays === undefined ? null : now + wish.expiresDays * day,
    revoked_at: null,
  })
  return { source_id: sourceId, key, secret, endpoint: `${ground.config.publicUrl}/xapi` }
}

/**
 * Gives a source a further credential; the earlier ones stay valid until they are revoked, so nothing pauses. Throws
 * NotFound (`source-unknown`) and InvalidInput (`source-invalid`).
 */
export async function rotateCredential(
  ground: Ground,
  sourceId: Id,
  wish: CredentialWish = {},
  by = 'system',
): Promise<NewCredential> {
  checkCredential(wish)
  return transact(ground.db, async (trx) => {
    await requireSource(trx, sourceId)
    const made = await insertCredential(trx, ground, sourceId, wish)
    const detail = { key: made.key, scopes: wish.scopes ?? ['all'], expires_days: wish.expiresDays ?? null }
    await audit(trx, ground, { by, action: 'credential-made', sourceId, detail })
    return made
  })
}

/**
 * Ends a credential and the tokens made with it. Every process forgets it within a second. With a source, only a
 * credential of that. Throws NotFound (`credential-unknown`).
 */
export async function revokeCredential(
  ground: Ground,
  key: string,
  { by = 'system', sourceId }: { by?: string; sourceId?: Id } = {},
): Promise<void> {
  await transact(ground.db, async (trx) => {
    const row = await trx('credential').where({ access_key: key, revoked_at: null }).first('source_id')
    if (!row || (sourceId && idText(row.source_id) !== sourceId))
      throw new NotFound('credential-unknown', 'there is no valid credential with this key')
    await trx('credential').where({ access_key: key }).update({ revoked_at: ground.now() })
    await bumpMark(trx, 'source')
    const revoked = { by, action: 'credential-revoked', sourceId: idText(row.source_id), detail: { key } }
    await audit(trx, ground, revoked)
  })
}

async function audit(
  trx: Trx,
  { now }: Pick<Ground, 'now'>,
  act: { by: string; action: string; sourceId: Id; detail: Record<string, unknown> },
): Promise<void> {
  const { by, action, sourceId, detail } = act
  await recordAudit(trx, {
    actor: by,
    action,
    subjectKind: 'source',
    subjectId: sourceId,
    detail,
    now: now(),
  })
}

/** The source of that id. Throws NotFound (`source-unknown`). */
export async function requireSource(handle: Handle, sourceId: Id): Promise<Source> {
  const source = await sourceById(handle, sourceId)
  if (!source) throw new NotFound('source-unknown', 'there is no such source')
  return source
}

/** Credentials of one source or of all, oldest first. Those that were revoked only if asked for. */
export async function credentialsOf(
  handle: Handle,
  { sourceId, revoked = false }: { sourceId?: Id; revoked?: boolean } = {},
): Promise<Credential[]> {
  const query = handle('credential').orderBy(['created_at', 'credential_id'])
  if (sourceId) query.where({ source_id: idBytes(sourceId) })
  if (!revoked) query.whereNull('revoked_at')
  return (await query).map((row) => ({
    credentialId: idText(row.credential_id),
    sourceId: idText(row.source_id),
    key: row.access_key,
    scopes: row.scopes.split(' '),
    createdAt: asInstant(safeInteger(row.created_at)),
    expiresAt: instantOrNull(row.expires_at),
    lastUsedAt: instantOrNull(row.last_used_at),
    revokedAt: instantOrNull(row.revoked_at),
  }))
}

function instantOrNull(value: unknown): Instant | null {
  return value === null ? null : asInstant(safeInteger(value))
}

/**
 * Keyed SHA-256 of a secret. A slow hash would add nothing: the secret is 32 random bytes, and every request would pay
 * for it.
 */
export function secretHash(tokenSecret: string, secret: string): Buffer {
  const key = createHmac('sha256', tokenSecret).update('credential secrets').digest()
  return createHmac('sha256', key).update(secret).digest()
}

/** Whether two hashes are equal, in constant time. */
export function isSameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** A credential that is good now, and whose it is. */
export interface ValidCredential {
  credentialId: Id
  source: Source
  scopes: ReadonlySet<string>
  expiresAt: Instant | null
}

type Asking = Pick<Ground, 'db' | 'config' | 'now'>

/** Who a key and secret belong to; null if the pair is not valid, was revoked or has expired. */
export async function credentialOf(
  ground: Asking,
  key: string,
  secret: string,
): Promise<ValidCredential | null> {
  // Longer than any key of ours: it need not reach the database.
  if (key.length > 40) return null
  const row = await ground.db('credential').first().where({ access_key: key, revoked_at: null })
  if (!row || !isSameHash(row.secret_hash, secretHash(ground.config.tokenSecret, secret))) return null
  return validOf(ground, row)
}

/** The credential of that id; null if it was revoked or has expired. */
export async function credentialById(ground: Asking, credentialId: Id): Promise<ValidCredential | null> {
  const row = await ground
    .db('credential')
    .first()
    .where({ credential_id: idBytes(credentialId), revoked_at: null })
  return row ? validOf(ground, row) : null
}

async function validOf(
  { db, now }: Asking,
  row: { credential_id: Buffer; source_id: Buffer; scopes: string; expires_at: unknown },
): Promise<ValidCredential | null> {
  const expiresAt = instantOrNull(row.expires_at)
  if (expiresAt !== null && expiresAt <= now()) return null
  const source = await sourceById(db, idText(row.source_id))
  if (!source) return null
  return {
    credentialId: idText(row.credential_id),
    source,
    scopes: new Set(row.scopes.split(' ')),
    expiresAt,
  }
}
