import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle } from '../../foundation/database/connect.ts'
import { insertRows, isDuplicateKey } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Id } from '../../foundation/ids.ts'
import { flag } from './flags.ts'
import type { StatementRow } from './read.ts'

/** Small enough for one packet and for the memory of a reader. */
const pieceBytes = 1024 * 1024

/**
 * Keeps bytes in one store, each once. They may be here already, from another statement or an earlier try: then nothing
 * is written. What no statement came for in the end stays, harmless: nothing leads to it.
 */
export async function keepBytes(
  db: Database,
  storeId: Id,
  parts: ReadonlyMap<string, Buffer>,
): Promise<void> {
  for (const [sha2, bytes] of parts) {
    const key = { store_id: idBytes(storeId), sha2: Buffer.from(sha2, 'hex') }
    const known = await db('attachment')
      .first('piece')
      .where({ ...key, piece: 0 })
    if (known) continue
    try {
      await transact(
        db,
        async (trx) => {
          for (let piece = 0; piece === 0 || piece * pieceBytes < bytes.length; piece++) {
            const content = bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes)
            await insertRows(trx, 'attachment', [{ ...key, piece, length: bytes.length, content }])
          }
        },
        { idempotent: true },
      )
    } catch (error) {
      // Somebody kept the same bytes meanwhile, all of them: the pieces are written in one transaction.
      if (!isDuplicateKey(error, 'PRIMARY')) throw error
    }
  }
}

/** The bytes of one statement that are here. */
export interface Attached {
  /** Counted from 0: attachments of the statement, then those of its SubStatement. */
  n: number
  /** In lower-case hexadecimal digits. */
  sha2: string
  /** In bytes. */
  length: number
}

/** Which bytes came with these statements, by seq; without those that brought none. */
export async function attachedTo(
  handle: Handle,
  rows: Pick<StatementRow, 'seq' | 'store_id' | 'flags'>[],
): Promise<Map<number, Attached[]>> {
  const found = new Map<number, Attached[]>()
  const seqs = rows.filter(({ flags }) => flags & flag.attached).map(({ seq }) => safeInteger(seq))
  for (let from = 0; from < seqs.length; from += 500) {
    const list: { seq: unknown; n: number; sha2: Buffer; length: unknown }[] = await handle(
      'statement_attachment as a',
    )
      .join('statement as s', 's.seq', 'a.seq')
      .join('attachment as b', (on) => {
        on.on('b.store_id', 's.store_id').andOn('b.sha2', 'a.sha2')
      })
      .select('a.seq', 'a.n', 'a.sha2', 'b.length')
      .whereIn('a.seq', seqs.slice(from, from + 500))
      .andWhere('b.piece', 0)
      .orderBy(['a.seq', 'a.n'])
    for (const { seq, n, sha2, length } of list) {
      const key = safeInteger(seq)
      const one = { n, sha2: sha2.toString('hex'), length: safeInteger(length) }
      found.set(key, [...(found.get(key) ?? []), one])
    }
  }
  return found
}

/** Bytes of one store by their SHA-2; null where this store has none of it. */
export async function bytesOf(handle: Handle, storeId: Id, sha2: string): Promise<Buffer | null> {
  const pieces: { content: Buffer }[] = await handle('attachment')
    .select('content')
    .where({ store_id: idBytes(storeId), sha2: Buffer.from(sha2, 'hex') })
    .orderBy('piece')
  return pieces.length === 0 ? null : Buffer.concat(pieces.map(({ content }) => content))
}
