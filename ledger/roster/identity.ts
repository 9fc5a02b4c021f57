import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, lockForUpdate } from '../../foundation/database/dialect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { type Id, newId, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'

/**
 * By what another system knows a person. A launch's (iss, sub) is the account {homePage: iss, name: sub}, so that
 * a launch and a statement of the same LMS meet without a mapping.
 */
export type PersonIdentifier =
  | { kind: 'account'; homePage: string; name: string }
  | { kind: 'mbox'; mbox: string }
  | { kind: 'mbox_sha1sum' | 'openid'; value: string }

/** A link that holds: which teacher an identifier stands for. */
export interface ActiveLink {
  linkId: Id
  teacherId: Id
  teacherNo: string
}

/** What became of a wish to link: `known` when the same link holds already, `taken` when another teacher has it. */
export type LinkOutcome =
  | { outcome: 'linked' | 'known'; linkId: Id }
  | { outcome: 'taken'; linkId: Id; teacherId: Id }

/** A link as people read it, whether it still holds or not. */
export interface LinkRecord {
  linkId: Id
  kind: PersonIdentifier['kind']
  homePage: string | null
  value: string
  teacherId: Id
  madeBy: string
  reason: string
  madeAt: Instant
  revokedAt: Instant | null
  revokedBy: string | null
  revokeReason: string | null
}

/**
 * The 32 bytes an identifier is compared by: SHA-256 of its canonical form.
 *
 * Accounts compare exactly, as LTI and xAPI demand; a mailbox without `mailto:` and without regard to case.
 */
export function identifierKey(identifier: PersonIdentifier): Buffer {
  const { homePage, value } = partsOf(identifier)
  return sha256(`person-identifier/1\n${JSON.stringify([identifier.kind, homePage ?? '', value])}`)
}

function partsOf(identifier: PersonIdentifier): { homePage: string | null; value: string } {
  if (identifier.kind === 'account') return { homePage: identifier.homePage, value: identifier.name }
  if (identifier.kind === 'mbox') return { homePage: null, value: canonicalMailbox(identifier.mbox) }
  if (identifier.kind === 'mbox_sha1sum') return { homePage: null, value: identifier.value.toLowerCase() }
  return { homePage: null, value: identifier.value }
}

function canonicalMailbox(mbox: string): string {
  return mbox
    .trim()
    .replace(/^mailto:/i, '')
    .toLowerCase()
}

/** The links that hold for these keys, by the key in hexadecimal. Keys without a link are absent. */
export async function linksOf(handle: Handle, keys: Buffer[]): Promise<Map<string, ActiveLink>> {
  const found = new Map<string, ActiveLink>()
  for (let from = 0; from < keys.length; from += 400) {
    const rows = await handle('identity_link as l')
      .join('teacher as t', 't.teacher_id', 'l.teacher_id')
      .whereIn('l.identifier_key', keys.slice(from, from + 400))
      .where('l.active_flag', 1)
      .whereNull('t.removed_at')
      .select('l.identifier_key', 'l.identity_link_id', 'l.teacher_id', 't.teacher_no')
    for (const row of rows) {
      found.set(Buffer.from(row.identifier_key).toString('hex'), {
        linkId: idText(row.identity_link_id),
        teacherId: idText(row.teacher_id),
        teacherNo: row.teacher_no,
      })
    }
  }
  return found
}

/**
 * Links an identifier to a teacher, inside the caller's transaction. Of two at once the unique key lets one in; the
 * other learns whose it is. A new link raises the mark `identity`, on which parked claims are looked at again.
 */
export async function link(
  trx: Trx,
  wish: { identifier: PersonIdentifier; teacherId: Id; madeBy: string; reason: string; now: Instant },
): Promise<LinkOutcome> {
  const key = identifierKey(wish.identifier)
  const held = await heldBy(trx, key)
  if (held) return outcomeFor(held, wish.teacherId)

  const { homePage, value } = partsOf(wish.identifier)
  const linkId = newId()
  try {
    await trx('identity_link').insert({
      identity_link_id: idBytes(linkId),
      identifier_key: key,
      kind: wish.identifier.kind,
      home_page: homePage === null ? null : cut(homePage, 1000),
      value: cut(value, 1000),
      teacher_id: idBytes(wish.teacherId),
      active_flag: 1,
      made_by: cut(wish.madeBy, 200),
      reason: cut(wish.reason, 500),
      made_at: wish.now,
    })
  } catch (error) {
    if (!isDuplicateKey(error, 'identity_link_active')) throw error
    const winner = await heldBy(trx, key)
    if (!winner) throw error
    return outcomeFor(winner, wish.teacherId)
  }
  await bumpMark(trx, 'identity')
  return { outcome: 'linked', linkId }
}

async function heldBy(handle: Handle, key: Buffer): Promise<{ linkId: Id; teacherId: Id } | null> {
  const row = await handle('identity_link').where({ identifier_key: key, active_flag: 1 }).first()
  return row ? { linkId: idText(row.identity_link_id), teacherId: idText(row.teacher_id) } : null
}

function outcomeFor(held: { linkId: Id; teacherId: Id }, teacherId: Id): LinkOutcome {
  return held.teacherId === teacherId
    ? { outcome: 'known', linkId: held.linkId }
    : { outcome: 'taken', ...held }
}

function cut(text: string, most: number): string {
  return [...text.normalize('NFC')].slice(0, most).join('')
}

/**
 * Ends a link; its row stays, so that history can say who was meant. Raises the mark `identity`, on which the bridge
 * derives the claims of the identifier again. False: there was no such link, or it had ended before.
 */
export async function revokeLink(
  trx: Trx,
  order: { linkId: Id; revokedBy: string; reason: string; now: Instant },
): Promise<boolean> {
  const changed = await trx('identity_link')
    .where({ identity_link_id: idBytes(order.linkId), active_flag: 1 })
    .update({
      active_flag: null,
      revoked_by: cut(order.revokedBy, 200),
      revoke_reason: cut(order.reason, 500),
      revoked_at: order.now,
    })
  if (changed === 0) return false
  await bumpMark(trx, 'identity')
  return true
}

/** Holds a teacher until the transaction ends: of several who look at her links in order to add one, each sees what the last one did. */
export async function holdTeacher(trx: Trx, teacherId: Id): Promise<void> {
  await lockForUpdate(
    trx('teacher')
      .where({ teacher_id: idBytes(teacherId) })
      .select('teacher_id'),
  )
}

/** Every link a teacher has or had, oldest first. */
export async function linksOfTeacher(handle: Handle, teacherId: Id): Promise<LinkRecord[]> {
  const rows = await handle('identity_link')
    .where({ teacher_id: idBytes(teacherId) })
    .orderBy(['made_at', 'identity_link_id'])
  return rows.map((row) => ({
    linkId: idText(row.identity_link_id),
    kind: row.kind,
    homePage: row.home_page,
    value: row.value,
    teacherId: idText(row.teacher_id),
    madeBy: row.made_by,
    reason: row.reason,
    madeAt: row.made_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
    revokeReason: row.revoke_reason,
  }))
}
