import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Trx } from './connect.ts'
import { isConnectionLost, isRetryable } from './dialect.ts'

/** How one transaction is to be repeated. */
export interface TransactOptions {
  /** At most so many tries; 8 unless told otherwise. */
  attempts?: number
  /**
   * True when `body`, run again after a COMMIT whose answer was lost, finds out by itself what got in (fixed ids, an
   * inbox row). Without it such a loss is thrown, since nobody may guess.
   */
  idempotent?: boolean
}

/**
 * Runs one transaction, and runs it again from the top where ledger.md §4.7 says so: always ROLLBACK first (after 1205
 * a transaction is still open and a COMMIT would keep half of it), full jitter from 5 ms doubling to 1 s. `body` must
 * keep nothing from an earlier try.
 */
export async function transact<T>(
  db: Database,
  body: (trx: Trx) => Promise<T>,
  options: TransactOptions = {},
): Promise<T> {
  const attempts = options.attempts ?? 8
  for (let attempt = 1; ; attempt++) {
    const failed = await once(db, body)
    if ('value' in failed) return failed.value
    const { error, committing } = failed
    const unknown = committing && isConnectionLost(error)
    if (attempt >= attempts || !isRetryable(error) || (unknown && !options.idempotent)) throw error
    await sleep(Math.random() * Math.min(1000, 5 * 2 ** attempt))
  }
}

type Outcome<T> = { value: T } | { error: unknown; committing: boolean }

async function once<T>(db: Database, body: (trx: Trx) => Promise<T>): Promise<Outcome<T>> {
  let trx: Trx
  try {
    trx = await db.transaction()
    // knex hands out a transaction whose BEGIN failed as well; only this tells.
    if (trx.isCompleted()) await trx.executionPromise
  } catch (error) {
    return { error, committing: false }
  }
  let value: T
  try {
    value = await body(trx)
  } catch (error) {
    await trx.rollback().catch(() => undefined)
    return { error, committing: false }
  }
  try {
    await trx.commit()
    // A COMMIT that fails, or is never answered, does not reject commit(): knex tells it here alone.
    await trx.executionPromise
    return { value }
  } catch (error) {
    await trx.rollback().catch(() => undefined)
    return { error, committing: true }
  }
}
