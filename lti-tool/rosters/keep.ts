import { idBytes } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { identifierKey } from '../../ledger/roster/identity.ts'
import type { Member } from './walk.ts'

/** What a new roster changed against the one that was kept. */
export interface RosterChange {
  members: number
  joined: number
  /** Those who were there and are not any more. */
  gone: number
}

/**
 * Keeps a roster that was read whole in place of the one before. Who is not on it is noted as absent since now; nobody
 * is deleted, and who comes back is simply there again.
 */
export async function keepRoster(
  trx: Trx,
  roster: { id: Id; iss: string },
  members: readonly Member[],
  now: Instant,
): Promise<RosterChange> {
  const roster_id = idBytes(roster.id)
  const known: { identifier_key: Buffer; absent_since: unknown }[] = await trx('platform_roster_member')
    .where({ roster_id })
    .select('identifier_key', 'absent_since')
  const before = new Set(
    known
      .filter(({ absent_since }) => absent_since === null)
      .map(({ identifier_key }) => hex(identifier_key)),
  )
  const rows = members.map((member) => ({
    roster_id,
    identifier_key: identifierKey({ kind: 'account', homePage: roster.iss, name: member.sub }),
    sub: member.sub,
    shared_name: member.sharedName,
    sourced_id: member.sourcedId,
    launch_roles: member.launchRoles.join(),
    status: member.status,
    first_seen_at: now,
    last_seen_at: now,
    absent_since: null,
  }))
  if (rows.length > 0)
    await upsert(trx, 'platform_roster_member', rows, {
      key: ['roster_id', 'identifier_key'],
      set: ['shared_name', 'sourced_id', 'launch_roles', 'status', 'last_seen_at', 'absent_since'],
    })
  const gone = await trx('platform_roster_member')
    .where({ roster_id })
    .where('last_seen_at', '<', now)
    .whereNull('absent_since')
    .update({ absent_since: now })
  const joined = rows.filter(({ identifier_key }) => !before.has(hex(identifier_key))).length
  return { members: rows.length, joined, gone }
}

const hex = (bytes: Buffer) => Buffer.from(bytes).toString('hex')
