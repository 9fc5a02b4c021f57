import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { isIri } from '../language/terms.ts'
import { presetNames } from '../rules/rule-set.ts'
import { type CredentialWish, checkCredential, insertCredential, type NewCredential } from './credential.ts'
import type { Source } from './source.ts'

/** What `source add` needs; the rest has its defaults. */
export interface SourceWish {
  name: string
  preset: string
  actorHomePages: string[]
  profile?: 'standard' | 'conformance'
  onVoid?: 'review' | 'auto'
  onConflict?: 'refuse' | 'quiet'
  guard?: Source['guard']
  outside?: Source['outside']
  rates?: Source['rates']
  state?: 'trial' | 'live'
  /** Of its first credential. */
  credential?: CredentialWish
}

/**
 * Registers a source with a store of its own and a first credential, which permits everything inside it unless told
 * less. `by` is who did it, as the audit says it.
 *
 * Throws InvalidInput (`source-invalid`) for an unknown preset, an empty name, a home page that is no address or a conformance profile in production,
 * and Conflict (`source-exists`) for a name that is taken.
 */
export async function addSource(ground: Ground, wish: SourceWish, by = 'system'): Promise<NewCredential> {
  const name = wish.name.normalize('NFC').trim()
  checkWish(ground, { ...wish, name })
  const id = newId()
  try {
    return await transact(ground.db, async (trx) => {
      await insertSource(trx, id, { ...wish, name }, ground.now())
      await bumpMark(trx, 'source')
      const made = await insertCredential(trx, ground, id, wish.credential ?? {})
      await recordAudit(trx, {
        actor: by,
        action: 'source-added',
        subjectKind: 'source',
        subjectId: id,
        detail: {
          name,
          preset: wish.preset,
          profile: wish.profile ?? 'standard',
          state: wish.state ?? 'live',
        },
        now: ground.now(),
      })
      return made
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
  // Two names that look alike are one to whoever reads them.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(wish.name))
    throw new InvalidInput('source-invalid', 'the name of a source holds characters that nobody sees')
  // A name without rules would credit nothing.
  if (!(presetNames as readonly string[]).includes(wish.preset))
    throw new InvalidInput('source-invalid', `the preset is one of ${presetNames.join(', ')}`)
  checkNamespaces(wish.actorHomePages)
  if (wish.rates) checkRates(wish.rates)
  checkCredential(wish.credential ?? {})
  if (wish.profile === 'conformance' && config.production)
    throw new InvalidInput('source-invalid', 'the conformance profile is not for production')
}

/** Throws InvalidInput (`source-invalid`) unless each is a home page, a mail domain or `*`. */
export function checkNamespaces(pages: readonly string[]): void {
  if (pages.length === 0)
    throw new InvalidInput('source-invalid', 'at least one actor home page is needed; * allows any')
  if (!pages.every((page) => page === '*' || isIri(page) || mailDomain.test(page)))
    throw new InvalidInput(
      'source-invalid',
      'an actor home page is an address, such as https://moodle.example, or a mail domain, such as @example.org',
    )
}

/** Throws InvalidInput (`source-invalid`) unless each rate is a whole number of at least 1, or null. */
export function checkRates({ statements, bytes }: Source['rates']): void {
  for (const rate of [statements, bytes])
    if (rate !== null && !(Number.isSafeInteger(rate) && rate >= 1))
      throw new InvalidInput('source-invalid', 'a rate is a whole number by the second, 1 or more')
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
    guard: wish.guard ?? (wish.profile === 'conformance' ? 'off' : 'block'),
    outside: wish.outside ?? 'keep',
    rate_statements: wish.rates?.statements ?? null,
    rate_bytes: wish.rates?.bytes ?? null,
    state: wish.state ?? 'live',
    created_at: now,
  })
}
