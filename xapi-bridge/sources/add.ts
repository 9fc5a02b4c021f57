import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { isIri } from '../language/terms.ts'
import { type Source, sourceById } from './source.ts'

/** What a new source is told about itself. The secret is shown once and kept nowhere. */
export interface NewCredential {
  source_id: Id
  key: string
  secret: string
  endpoint: string
}

/** What `source add` needs; the rest has its defaults. */
export interface SourceWish {
  name: string
  preset: string
  actorHomePages: string[]
  profile?: 'standard' | 'conformance'
  onVoid?: 'review' | 'auto'
  onConflict?: 'refuse' | 'quiet'
  state?: 'trial' | 'live'
}

/** The rule sets a source may be read by: those that this version ships. A name without rules would credit nothing. */
export const presets = ['moodle-logstore', 'cmi5', 'adl', 'xueshi-tool'] as const

/**
 * Registers a source with a store of its own and a first credential that permits everything inside it.
 *
 * Throws InvalidInput (`source-invalid`) for an unknown preset, an empty name, a home page that is no address or a conformance profile in production,
 * and Conflict (`source-exists`) for a name that is taken.
 */
export async function addSource(ground: Ground, wish: SourceWish): Promise<NewCredential> {
  const name = wish.name.normalize('NFC').trim()
  checkWish(ground, { ...wish, name })
  const id = newId()
  try {
    return await transact(ground.db, async (trx) => {
      await insertSource(trx, id, { ...wish, name }, ground.now())
      await bumpMark(trx, 'source')
      return insertCredential(trx, ground, id)
    })
  } catch (error) {
    if (isDuplicateKey(error, 'source_name'))
      throw new Conflict('source-exists', 'a source with this name exists already')
    throw error
  }
}

/** A namespace of mailboxes is named by its domain. */
const mailDomain = /^@[^\s@]+\.[^\s@]+$/

function checkWish({ config }: Ground, wish: SourceWish): void {
  if (wish.name === '' || wish.name.length > 120)
    throw new InvalidInput('source-invalid', 'a source needs a name of at most 120 characters')
  if (!(presets as readonly string[]).includes(wish.preset))
    throw new InvalidInput('source-invalid', `the preset is one of ${presets.join(', ')}`)
  if (wish.actorHomePages.length === 0)
    throw new InvalidInput('source-invalid', 'at least one actor home page is needed; * allows any')
  if (!wish.actorHomePages.every((page) => page === '*' || isIri(page) || mailDomain.test(page)))
    throw new InvalidInput(
      'source-invalid',
      'an actor home page is an address, such as https://moodle.example, or a mail domain, such as @example.org',
    )
  if (wish.profile === 'conformance' && config.production)
    throw new InvalidInput('source-invalid', 'the conformance profile is not for production')
}

async function insertSource(trx: Trx, id: Id, wish: SourceWish, now: Instant): Promise<void> {
  const storeId = newId()
  await trx('store').insert({ store_id: idBytes(storeId), created_at: now })
  await trx('source').insert({
    source_id: idBytes(id),
    store_id: idBytes(storeId),
    name: wish.name,
    preset: wish.preset,
    rule_set: null,
    actor_home_pages: Buffer.from(JSON.stringify(wish.actorHomePages)),
    profile: wish.profile ?? 'standard',
    on_void: wish.onVoid ?? 'review',
    on_conflict: wish.onConflict ?? 'refuse',
    // Moodle's log store does not send again what was answered with 5xx, so it is better held for a moment.
    on_overload: wish.preset === 'moodle-logstore' ? 'wait' : 'refuse',
    guard: wish.profile === 'conformance' ? 'off' : 'block',
    state: wish.state ?? 'live',
    created_at: now,
  })
}

async function insertCredential(trx: Trx, ground: Ground, sourceId: Id): Promise<NewCredential> {
  const key = `xk_${randomBytes(12).toString('hex')}`
  const secret = randomBytes(32).toString('base64url')
  await trx('credential').insert({
    credential_id: idBytes(newId()),
    source_id: idBytes(sourceId),
    access_key: key,
    secret_hash: secretHash(ground.config.tokenSecret, secret),
    scopes: 'all',
    created_at: ground.now(),
    revoked_at: null,
  })
  return { source_id: sourceId, key, secret, endpoint: `${ground.config.publicUrl}/xapi` }
}

/**
 * Gives a source a further credential; the earlier ones stay valid until they are revoked. Throws NotFound
 * (`source-unknown`).
 */
export async function rotateCredential(ground: Ground, sourceId: Id): Promise<NewCredential> {
  return transact(ground.db, async (trx) => {
    await requireSource(trx, sourceId)
    return insertCredential(trx, ground, sourceId)
  })
}

/** Ends a credential. Every process forgets it within a second. Throws NotFound (`credential-unknown`). */
export async function revokeCredential(ground: Ground, key: string): Promise<void> {
  await transact(ground.db, async (trx) => {
    const ended = await trx('credential')
      .where({ access_key: key, revoked_at: null })
      .update({ revoked_at: ground.now() })
    if (ended === 0) throw new NotFound('credential-unknown', 'there is no valid credential with this key')
    await bumpMark(trx, 'source')
  })
}

/** Sets the state of a source. Throws NotFound (`source-unknown`). */
export async function setSourceState(ground: Ground, sourceId: Id, state: Source['state']): Promise<void> {
  await transact(ground.db, async (trx) => {
    await requireSource(trx, sourceId)
    await trx('source')
      .where({ source_id: idBytes(sourceId) })
      .update({ state })
    await bumpMark(trx, 'source')
  })
}

async function requireSource(trx: Trx, sourceId: Id): Promise<Source> {
  const source = await sourceById(trx, sourceId)
  if (!source) throw new NotFound('source-unknown', 'there is no such source')
  return source
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

/** Who a valid key and secret belong to; null if the pair is not valid. */
export async function credentialOf(
  { db, config }: Pick<Ground, 'db' | 'config'>,
  key: string,
  secret: string,
): Promise<{ credentialId: Id; source: Source; scopes: ReadonlySet<string> } | null> {
  const row = await db('credential').first().where({ access_key: key, revoked_at: null })
  if (!row || !isSameHash(row.secret_hash, secretHash(config.tokenSecret, secret))) return null
  const source = await sourceById(db, idText(row.source_id))
  if (!source) return null
  return { credentialId: idText(row.credential_id), source, scopes: new Set(row.scopes.split(' ')) }
}
