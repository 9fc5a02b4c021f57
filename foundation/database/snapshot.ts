import type { Database, Trx } from './connect.ts'
import { engineOf } from './dialect.ts'

/**
 * Runs reads that must agree with each other, all as of one moment. The only use of REPEATABLE READ: nothing in it
 * decides a change of what it read (ledger.md §8.3, D13 and D14). Not repeated after an error.
 */
export async function inSnapshot<T>(db: Database, read: (trx: Trx) => Promise<T>): Promise<T> {
  // On SQLite every transaction is a snapshot.
  if (engineOf(db) === 'sqlite') return db.transaction(read)
  return db.transaction(read, { isolationLevel: 'repeatable read' })
}
