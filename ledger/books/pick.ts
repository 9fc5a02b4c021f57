import { idBytes, idText, idTextOrNull } from '../../foundation/database/codec.ts'
import type { Database } from '../../foundation/database/connect.ts'
import { releaseLease, takeLease } from '../../foundation/database/lease.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { factKinds, inboxStates } from '../claims/claim.ts'
import { groupBy } from '../claims/group.ts'
import { shards } from '../claims/submit.ts'
import { openAccounts } from './open.ts'
import { batchSize, type PostingGround, postBatch } from './post.ts'

/** How many facts a worker takes up before it gives its shards back, so that several workers share a backlog. */
const handful = 4 * batchSize

/** How long a shard stays leased when its worker dies. */
const leaseMs = 30_000

/**
 * Posts what is ready in shards that nobody else has leased, a handful at most; 0 when nothing is.
 *
 * Shards make workers disjoint by account: no waiting for each other's locks.
 * They are never what makes posting right (ledger.md §7).
 */
export async function postReady(ground: PostingGround, owner: Id, signal?: AbortSignal): Promise<number> {
  const { db, now } = ground
  const leased: number[] = []
  const found: Ready[] = []
  try {
    const first = Math.floor(Math.random() * shards)
    for await (const shard of shardsWithWork(db, first)) {
      if (found.length >= handful || signal?.aborted) break
      if ((await takeLease(db, { kind: 'inbox', shard, owner, now: now(), ttlMs: leaseMs })) === null)
        continue
      leased.push(shard)
      found.push(...(await readyIn(db, shard, now())))
    }
    await openAccountsFor(ground, found)
    let done = 0
    for (const batch of batchesOf(found)) {
      if (signal?.aborted) break
      done += await postBatch(ground, batch)
    }
    return done
  } finally {
    for (const shard of leased) await releaseLease(db, { kind: 'inbox', shard, owner })
  }
}

/** The shards that have ready rows, each once, beginning somewhere so that workers do not all begin at 0. */
async function* shardsWithWork(db: Database, first: number): AsyncGenerator<number> {
  for (const [from, to] of [
    [first, shards - 1],
    [0, first - 1],
  ] as const) {
    for (let at = from; at <= to; ) {
      // One seek in the index a shard, however long the backlog is.
      const row = await db('inbox')
        .select('shard')
        .where('state', inboxStates.code('ready'))
        .whereBetween('shard', [at, to])
        .orderBy('shard')
        .first()
      if (!row) break
      yield Number(row.shard)
      at = Number(row.shard) + 1
    }
  }
}

interface Ready {
  inboxId: Id
  accountId: Id | null
}

async function readyIn(db: Database, shard: number, now: Instant): Promise<Ready[]> {
  const rows = await db('inbox')
    .select('inbox_id', 'account_id')
    .where({ state: inboxStates.code('ready'), shard })
    .where('next_at', '<=', now)
    .orderBy(['next_at', 'inbox_id'])
    .limit(handful)
  return rows.map((row) => ({ inboxId: idText(row.inbox_id), accountId: idTextOrNull(row.account_id) }))
}

/**
 * Opens the accounts that a handful of facts needs, in one short transaction. Posting would find out by itself, but only
 * after it has taken its locks in vain.
 */
async function openAccountsFor({ db, now }: PostingGround, ready: readonly Ready[]): Promise<void> {
  const wanted = [...new Set(ready.flatMap(({ accountId }) => accountId ?? []))]
  const open = new Set<Id>()
  for (let from = 0; from < wanted.length; from += 500) {
    const rows = await db('account')
      .select('account_id')
      .whereIn('account_id', wanted.slice(from, from + 500).map(idBytes))
    for (const { account_id } of rows) open.add(idText(account_id))
  }
  const missing = ready.filter(({ accountId }) => accountId !== null && !open.has(accountId))
  const teachers = new Set<Id>()
  for (let from = 0; from < missing.length; from += 500) {
    const rows = await db('inbox')
      .select('account_id')
      .whereIn(
        'inbox_id',
        missing.slice(from, from + 500).map(({ inboxId }) => idBytes(inboxId)),
      )
      .where('kind', factKinds.code('claim'))
    for (const { account_id } of rows) teachers.add(idText(account_id))
  }
  if (teachers.size > 0) await openAccounts(db, [...teachers], now())
}

/** Batches of facts, those of one account together: they share its lock, its history and its posting. */
export function batchesOf(ready: readonly Ready[]): Id[][] {
  const batches: Id[][] = []
  let batch: Id[] = []
  for (const group of groupBy(ready, ({ accountId, inboxId }) => accountId ?? inboxId).values()) {
    for (let from = 0; from < group.length; from += batchSize) {
      const ids = group.slice(from, from + batchSize).map(({ inboxId }) => inboxId)
      if (batch.length + ids.length > batchSize) {
        batches.push(batch)
        batch = []
      }
      batch.push(...ids)
    }
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

/** How many facts will still be posted without a decision, those that wait for a later try included. */
export async function inboxReady(db: Database): Promise<number> {
  const row = await db('inbox').where('state', inboxStates.code('ready')).count({ n: '*' }).first()
  return Number(row?.n ?? 0)
}

/** Posts everything that is ready, for commands and tests; answers how many facts found their end. */
export async function postAll(ground: PostingGround): Promise<number> {
  let total = 0
  for (;;) {
    const rows = await ground
      .db('inbox')
      .select('inbox_id', 'account_id')
      .where('state', inboxStates.code('ready'))
      .where('next_at', '<=', ground.now())
      .orderBy(['shard', 'next_at', 'inbox_id'])
      .limit(handful)
    const ready = rows.map((row) => ({
      inboxId: idText(row.inbox_id),
      accountId: idTextOrNull(row.account_id),
    }))
    if (ready.length === 0) return total
    for (const batch of batchesOf(ready)) total += await postBatch(ground, batch)
  }
}
