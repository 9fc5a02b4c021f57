import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows, isDuplicateKey, lockForUpdate } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { outboxStates } from './words.ts'

/** A posting of which readers of the outbox are told. */
export interface OutboxEvent {
  /** 1, 2, 3 …: once a number is visible, no smaller one ever becomes visible later. */
  relayNo: number
  accountId: Id
  seq: number
  recordedAt: Instant
}

/** The name of the place up to which rows are numbered. */
export const relay = 'relay'

/**
 * Numbers waiting rows of the outbox, at most `limit`; returns how many.
 *
 * Postings of several workers become visible in any order, so no column that the posting writes can serve as a
 * bookmark. Here one row is locked to commit while numbers are dealt: their order is the order of commit, and each
 * reader needs no more than the last number it saw. A row that becomes visible late is simply numbered late.
 */
export async function relayOutbox(
  { db, now }: { db: Database; now: () => Instant },
  limit = 500,
): Promise<number> {
  if (!(await waiting(db).first('outbox_id'))) return 0
  return transact(db, (trx) => relayBatch(trx, now(), limit), { idempotent: true })
}

async function relayBatch(trx: Trx, now: Instant, limit: number): Promise<number> {
  const last = await lockPlace(trx, relay, now)
  const rows: Record<string, Buffer | number>[] = await waiting(trx)
    .select('outbox_id', 'account_id', 'seq', 'topic', 'next_at')
    .orderBy(['next_at', 'account_id', 'seq'])
    .limit(limit)
  if (rows.length === 0) return 0
  const numbered = rows.map((row, index) => ({
    relay_no: last + index + 1,
    account_id: row.account_id as Buffer,
    seq: safeInteger(row.seq),
    topic: row.topic as number,
    recorded_at: safeInteger(row.next_at),
    relayed_at: now,
  }))
  await insertRows(trx, 'outbox_order', numbered)
  await trx('outbox')
    .whereIn(
      'outbox_id',
      rows.map(({ outbox_id }) => outbox_id as Buffer),
    )
    .update({ state: outboxStates.code('sent') })
  await movePlace(trx, relay, last + rows.length, now)
  return rows.length
}

function waiting(handle: Handle) {
  return handle('outbox').where('state', outboxStates.code('waiting'))
}

/**
 * How far a reader has come; its row stays locked to the end of the transaction, so that one reader's work is done by
 * one process at a time. A reader that is new begins before the first number that is kept.
 */
export async function lockPlace(trx: Trx, reader: string, now: Instant): Promise<number> {
  const read = () => lockForUpdate(trx('outbox_place').where({ reader })).first('relay_no')
  const row = await read()
  if (row) return safeInteger(row.relay_no)
  try {
    await trx('outbox_place').insert({ reader, relay_no: 0, moved_at: now })
    return 0
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    return safeInteger((await read()).relay_no)
  }
}

/** Notes how far a reader has come, in the transaction of what it did with the events. */
export async function movePlace(trx: Trx, reader: string, relayNo: number, now: Instant): Promise<void> {
  await trx('outbox_place').where({ reader }).update({ relay_no: relayNo, moved_at: now })
}

/** Events after a number, in order, at most `limit`. Reading changes nothing: each reader keeps a place of its own. */
export async function outboxAfter(
  handle: Handle,
  { relayNo, limit }: { relayNo: number; limit: number },
): Promise<OutboxEvent[]> {
  const rows = await handle('outbox_order').where('relay_no', '>', relayNo).orderBy('relay_no').limit(limit)
  return rows.map((row) => ({
    relayNo: safeInteger(row.relay_no),
    accountId: idText(row.account_id),
    seq: safeInteger(row.seq),
    recordedAt: asInstant(safeInteger(row.recorded_at)),
  }))
}

/** How many numbered events a reader has not passed; null before it began, where nothing is numbered yet 0. */
export async function outboxBehind(handle: Handle, reader: string): Promise<number | null> {
  const rows: { reader: string; relay_no: unknown }[] = await handle('outbox_place').whereIn('reader', [
    relay,
    reader,
  ])
  const at = (name: string) => rows.find((row) => row.reader === name)
  const dealt = safeInteger(at(relay)?.relay_no ?? 0)
  if (dealt === 0) return 0
  const own = at(reader)
  return own ? dealt - safeInteger(own.relay_no) : null
}
