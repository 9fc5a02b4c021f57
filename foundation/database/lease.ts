import type { Id } from '../ids.ts'
import type { Instant } from '../time.ts'
import { idBytes } from './codec.ts'
import type { Database } from './connect.ts'
import { isDuplicateKey } from './dialect.ts'

/** What is leased: a kind of work, and which part of it. */
export interface LeaseName {
  kind: string
  shard: number
}

/**
 * Takes or renews a lease by one conditional statement; returns its fence, which grows with every new owner, or null
 * while somebody else holds it. A lease saves waiting; it is never what makes work right (ledger.md §7).
 */
export async function takeLease(
  db: Database,
  lease: LeaseName & { owner: Id; now: Instant; ttlMs: number },
): Promise<number | null> {
  const { kind, shard, now } = lease
  const owner = idBytes(lease.owner)
  const until = now + lease.ttlMs * 1000
  const renewed = await db('lease').where({ kind, shard, owner }).update({ until })
  if (renewed === 1) return fenceOf(db, lease)
  const taken = await db('lease')
    .where({ kind, shard })
    .andWhere('until', '<', now)
    .update({ owner, until, fence: db.raw('fence + 1') })
  if (taken === 1) return fenceOf(db, lease)
  if (await db('lease').where({ kind, shard }).first('kind')) return null
  try {
    await db('lease').insert({ kind, shard, owner, until, fence: 1 })
    return 1
  } catch (error) {
    if (isDuplicateKey(error)) return null
    throw error
  }
}

async function fenceOf(
  db: Database,
  { kind, shard, owner }: LeaseName & { owner: Id },
): Promise<number | null> {
  const row: { fence: number } | undefined = await db('lease')
    .where({ kind, shard, owner: idBytes(owner) })
    .first('fence')
  return row ? Number(row.fence) : null
}

/** Gives a lease back, so that the next owner need not wait for its end. Does nothing where it is another's. */
export async function releaseLease(db: Database, lease: LeaseName & { owner: Id }): Promise<void> {
  const { kind, shard, owner } = lease
  await db('lease')
    .where({ kind, shard, owner: idBytes(owner) })
    .update({ until: 0 })
}
