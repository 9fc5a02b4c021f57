import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Trx } from '../../foundation/database/connect.ts'
import { lockForUpdate } from '../../foundation/database/dialect.ts'
import { releaseLease, takeLease } from '../../foundation/database/lease.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Destination } from './destination.ts'

/** So long a process that died keeps a destination waiting; longer than any one request may take. */
const ttlMs = 30_000
const kind = 'forwarding'

/** One process's turn at a destination. */
export interface Turn {
  /** Keeps the turn; false when it was lost. */
  renew(): Promise<boolean>
  /**
   * Runs a transaction that writes only while the turn is ours; null when it was lost. What was sent meanwhile is sent
   * again by whoever has the turn now, which its receiver knows by the ids.
   */
  settle<T>(body: (trx: Trx) => Promise<T>): Promise<T | null>
  release(): Promise<void>
}

/** Takes the turn at a destination; null while another process has it. */
export async function takeTurn(
  { db, now }: Pick<Ground, 'db' | 'now'>,
  { shard }: Pick<Destination, 'shard'>,
  owner: Id,
): Promise<Turn | null> {
  const lease = { kind, shard, owner }
  const take = () => takeLease(db, { ...lease, now: now(), ttlMs })
  const fence = await take()
  if (fence === null) return null
  return {
    renew: async () => (await take()) === fence,
    settle: (body) => settleUnder(db, { ...lease, fence }, body),
    release: () => releaseLease(db, lease),
  }
}

function settleUnder<T>(
  db: Database,
  lease: { kind: string; shard: number; owner: Id; fence: number },
  body: (trx: Trx) => Promise<T>,
): Promise<T | null> {
  return transact(
    db,
    async (trx) => {
      const { shard, owner, fence } = lease
      const row = await lockForUpdate(trx('lease').where({ kind, shard, owner: idBytes(owner) })).first(
        'fence',
      )
      if (!row || safeInteger(row.fence) !== fence) return null
      return body(trx)
    },
    { idempotent: true },
  )
}
