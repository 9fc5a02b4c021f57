import { z } from 'zod'
import { idBytes, idTextOrNull } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { InvalidInput } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { isSecretWord, secretWord } from '../launch/form.ts'
import { registrationById } from '../launch/registration.ts'

/** Whom an administrator expects to register. */
export interface InvitationWish {
  /** Host of the platform, with its port where it has one; a whole address is taken for its host. */
  host: string
  /** Its issuer, where that lies on another host. */
  issuer?: string | undefined
  /** Further hosts on which its endpoints may lie. */
  moreHosts?: string[] | undefined
  /** What lists call it; else what it calls itself. */
  name?: string | undefined
  /** Whether Xueshi shall make columns of the gradebook by itself. */
  managesColumns?: boolean | undefined
  /** The registration to update; else a new one. */
  registrationId?: Id | undefined
}

/** A one-time registration that still waits. */
export interface Invitation {
  host: string
  issuer: string | null
  moreHosts: string[]
  name: string | null
  managesColumns: boolean
  registrationId: Id | null
  invitedBy: string
}

const lifeSeconds = 3600

const hostText = z
  .string()
  .transform((text) => hostOf(text))
  .refine((host) => host !== null, 'a host such as moodle.example')
  .transform((host) => host as string)

const wishShape = z.object({
  host: hostText,
  issuer: z
    .url({ protocol: /^https?$/ })
    .max(255)
    .optional(),
  moreHosts: z.array(hostText).max(10).default([]),
  name: z.string().trim().min(1).max(255).optional(),
  managesColumns: z.boolean().default(false),
  registrationId: z.uuid().optional(),
})

/** The host of an address or of a bare name, as browsers write it; null where there is none. */
function hostOf(text: string): string | null {
  const address = /^https?:\/\//i.test(text.trim()) ? text.trim() : `https://${text.trim()}`
  if (!URL.canParse(address)) return null
  const { host, username, password } = new URL(address)
  return username || password || host.length > 255 ? null : host
}

/**
 * Makes an address at which a platform may register itself once, within the hour. The word in it is shown here only: its
 * hash is kept. Throws InvalidInput `platform-invalid`, NotFound `platform-unknown` for an update of nothing.
 */
export async function invitePlatform(
  ground: Ground,
  wish: InvitationWish,
  actor: string,
): Promise<{ registrationUrl: string; expiresAt: Instant }> {
  const read = wishShape.safeParse(wish)
  if (!read.success) {
    const errors = read.error.issues.map(({ path, message }) => ({
      pointer: `/${path.join('/')}`,
      detail: message,
    }))
    throw new InvalidInput('platform-invalid', 'a platform cannot be invited like this', errors)
  }
  const { host, issuer, moreHosts, name, managesColumns, registrationId } = read.data
  if (registrationId && !(await registrationById(ground.db, registrationId)))
    throw new InvalidInput('platform-invalid', 'no platform is registered under the id to update')
  const token = secretWord()
  const now = ground.now()
  const expiresAt = asInstant(now + lifeSeconds * 1_000_000)
  await transact(
    ground.db,
    async (trx) => {
      await trx('registration_token').insert({
        token_hash: sha256(token),
        host,
        issuer: issuer ?? null,
        more_hosts: JSON.stringify(moreHosts),
        name: name ?? null,
        manages_columns: managesColumns ? 1 : 0,
        registration_id: registrationId ? idBytes(registrationId) : null,
        invited_by: actor,
        expires_at: expiresAt,
      })
      await recordAudit(trx, {
        actor,
        action: 'platform-invited',
        subjectKind: 'platform_registration',
        subjectId: registrationId ?? host,
        detail: { host, update: registrationId !== undefined },
        now,
      })
    },
    { idempotent: true },
  )
  return { registrationUrl: `${ground.config.publicUrl}/lti/register/${token}`, expiresAt }
}

/** The invitation of a word that was not used and has not expired, or null. */
export async function openInvitation(
  handle: Handle,
  token: string,
  now: Instant,
): Promise<Invitation | null> {
  if (!isSecretWord(token)) return null
  const row = await handle('registration_token')
    .where('token_hash', sha256(token))
    .whereNull('used_at')
    .andWhere('expires_at', '>', now)
    .first()
  if (!row) return null
  return {
    host: row.host,
    issuer: row.issuer,
    moreHosts: JSON.parse(row.more_hosts),
    name: row.name,
    managesColumns: row.manages_columns === 1,
    registrationId: idTextOrNull(row.registration_id),
    invitedBy: row.invited_by,
  }
}

/** Uses an invitation up. Of several who try exactly one gets true. */
export async function consumeInvitation(handle: Handle, token: string, now: Instant): Promise<boolean> {
  const used = await handle('registration_token')
    .where('token_hash', sha256(token))
    .whereNull('used_at')
    .andWhere('expires_at', '>', now)
    .update({ used_at: now })
  return used === 1
}
