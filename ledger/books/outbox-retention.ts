import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { relay } from './outbox-relay.ts'
import { outboxStates } from './words.ts'

const day = 86_400_000_000
/** So long a row stays after it was numbered, though every reader has passed it: a new reader begins with these. */
const keptFor = 30 * day
/** A reader goes on within a second; whoever has not for so long has stopped. */
const stoppedAfter = day
/** How many rows one piece of work deletes. */
const together = 500

/**
 * Deletes some rows of the outbox that every reader has passed and that are older than 30 days; returns how many, 0
 * when none is left.
 *
 * A reader that has stopped keeps what it has not passed, however old that is: `stoppedReaders` tells of it, nothing is
 * thrown away for it (docs/decisions/0021). Places only grow, so none has to be locked.
 */
export async function pruneOutbox({ db, now }: Pick<Ground, 'db' | 'now'>): Promise<number> {
  const places = await placesOf(db)
  const passed = Math.min(...places.map(({ relayNo }) => relayNo))
  if (!Number.isFinite(passed)) return 0
  const rows: { relay_no: unknown; relayed_at: unknown }[] = await db('outbox_order')
    .select('relay_no', 'relayed_at')
    .where('relay_no', '<=', passed)
    .orderBy('relay_no')
    .limit(together)
  const old = now() - keptFor
  const young = rows.findIndex((row) => safeInteger(row.relayed_at) >= old)
  const expired = (young < 0 ? rows : rows.slice(0, young)).map((row) => safeInteger(row.relay_no))
  if (expired.length === 0) return 0
  return transact(
    db,
    async (trx) => {
      const sent: { outbox_id: Buffer }[] = await trx('outbox as o')
        .join('outbox_order as n', (on) =>
          on.on('o.account_id', 'n.account_id').andOn('o.seq', 'n.seq').andOn('o.topic', 'n.topic'),
        )
        .whereIn('n.relay_no', expired)
        .orderBy('o.outbox_id')
        .select('o.outbox_id')
      const ids = sent.map(({ outbox_id }) => outbox_id)
      if (ids.length > 0) await trx('outbox').whereIn('outbox_id', ids).delete()
      return trx('outbox_order').whereIn('relay_no', expired).delete()
    },
    { idempotent: true },
  )
}

/** A reader of the outbox that does not go on. */
export interface StoppedReader {
  /** Its name; `relay` for the numbering itself. */
  reader: string
  /** How many rows it has not passed. */
  behind: number
  /** When the first of them was ready for it. */
  since: Instant
}

/** Readers that something has waited for longer than a day; empty when all go on. */
export async function stoppedReaders(handle: Handle, now: Instant): Promise<StoppedReader[]> {
  const before = now - stoppedAfter
  const stopped: StoppedReader[] = []
  const waiting = () => handle('outbox').where('state', outboxStates.code('waiting'))
  const oldest = await waiting().orderBy('next_at').first('next_at')
  if (oldest && safeInteger(oldest.next_at) < before) {
    const behind = safeInteger((await waiting().count({ n: '*' }).first())?.n)
    stopped.push({ reader: relay, behind, since: asInstant(safeInteger(oldest.next_at)) })
  }
  const dealt = await handle('outbox_place').where({ reader: relay }).first('relay_no')
  for (const { reader, relayNo } of await placesOf(handle)) {
    const next = await handle('outbox_order')
      .where('relay_no', '>', relayNo)
      .orderBy('relay_no')
      .first('relayed_at')
    if (!next || safeInteger(next.relayed_at) >= before) continue
    const behind = safeInteger(dealt?.relay_no ?? relayNo) - relayNo
    stopped.push({ reader, behind, since: asInstant(safeInteger(next.relayed_at)) })
  }
  return stopped
}

/** How far each reader has come; the numbering itself is none. */
async function placesOf(handle: Handle): Promise<{ reader: string; relayNo: number }[]> {
  const rows: { reader: string; relay_no: unknown }[] = await handle('outbox_place')
    .whereNot({ reader: relay })
    .orderBy('reader')
  return rows.map(({ reader, relay_no }) => ({ reader, relayNo: safeInteger(relay_no) }))
}
