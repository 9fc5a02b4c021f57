import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { pushersOf } from './delivery.ts'
import { hour, hourOf } from './health.ts'

/**
 * What was stored longer ago than this has been counted by the process that took it, if that still runs; and so far
 * `stored` may run ahead of the clock. Microseconds.
 */
const settled = 15_000_000
/** How far back the first look goes, and how far before that an hour is looked for that began in quiet. */
const firstReach = 24 * hour
const mostHoursBack = 24
/** So much of an hour is counted by one query. */
const slice = hour / 6
/** A look rests so many times as long as it took. */
const restFactor = 100

/** One source of which statements are counted. */
export interface Recounted {
  sourceId: Id
  storeId: Id
}

/** Statements that a source pushed in one hour, and the newest of them. */
interface Stored {
  accepted: number
  newest: number
}

/**
 * Makes what puts right the figures of sources after a process was killed with up to a second of them unwritten:
 * `accepted` and the last push are counted again from the statements stored since the last look, a day at the first.
 * Answers how many statements had not been counted. What left no statement (duplicates, refusals, conflicts, requests)
 * stays short.
 *
 * It never counts what a running process is about to write: of a source that pushes without a pause it may add too little
 * and takes the rest up later.
 */
export function createRecount({ db, log, now }: Pick<Ground, 'db' | 'log' | 'now'>): () => Promise<number> {
  /** Up to where the figures of each source are right. */
  const right = new Map<Id, number>()
  const restUntil = new Map<Id, number>()

  async function look(source: Recounted): Promise<number> {
    const { sourceId, storeId } = source
    const newest = await newestOf(db, storeId)
    if (newest === null || right.get(sourceId) === newest) return 0
    const begun = now()
    const until = begun - settled
    const since = right.get(sourceId) ?? Math.min(newest, begun) - firstReach
    const added = await recount(db, source, { from: await quietHour(db, storeId, since), until })
    if (newest <= until) right.set(sourceId, newest)
    restUntil.set(sourceId, now() + restFactor * (now() - begun))
    if (added > 0) log.warn({ source: sourceId, statements: added }, 'source health recounted')
    return added
  }

  return async () => {
    let added = 0
    for (const row of await db('source').select('source_id', 'store_id')) {
      const source = { sourceId: idText(row.source_id), storeId: idText(row.store_id) }
      if ((restUntil.get(source.sourceId) ?? 0) <= now()) added += await look(source)
    }
    return added
  }
}

/**
 * Adds what is stored of a source and was not counted, of statements stored from an hour's beginning or shortly after
 * until then. The statements are counted before the figures are read, so that what is counted meanwhile is not added.
 */
export async function recount(
  db: Database,
  { sourceId, storeId }: Recounted,
  { from, until }: { from: number; until: number },
): Promise<number> {
  const stored = await storedByHour(db, { sourceId, storeId }, { from, until })
  const newest = Math.max(0, ...[...stored.values()].map((one) => one.newest))
  if (newest === 0) return 0
  return transact(db, (trx) => addMissing(trx, sourceId, { stored, newest, from: hourOf(from) }), {
    idempotent: true,
  })
}

async function addMissing(
  trx: Trx,
  sourceId: Id,
  { stored, newest, from }: { stored: Map<number, Stored>; newest: number; from: number },
): Promise<number> {
  const source = { source_id: idBytes(sourceId) }
  const none = { duplicate: 0, refused: 0, conflict: 0 }
  // First, as by whoever writes figures: it holds the row until the end, also where there was none.
  const total = { key: ['source_id'], max: ['last_push_at'] }
  await upsert(trx, 'source_health', [{ ...source, last_push_at: newest, accepted: 0, ...none }], total)
  const rows: { hour: unknown; accepted: unknown }[] = await trx('source_hour')
    .select('hour', 'accepted')
    .where(source)
    .andWhere('hour', '>=', from)
  const counted = new Map(rows.map((row) => [safeInteger(row.hour), safeInteger(row.accepted)]))
  const sum = (values: Iterable<number>) => [...values].reduce((all, one) => all + one, 0)
  // Over all hours: what was stored at the end of one may have been counted in the next.
  const missing = sum([...stored.values()].map(({ accepted }) => accepted)) - sum(counted.values())
  if (missing <= 0) return 0
  let left = missing
  const added: { hour: number; accepted: number }[] = []
  for (const [at, { accepted }] of [...stored].sort(([a], [b]) => b - a)) {
    const here = Math.min(left, Math.max(0, accepted - (counted.get(at) ?? 0)))
    if (here > 0) added.push({ hour: at, accepted: here })
    left -= here
  }
  const hours = added.map((one) => ({ ...source, ...one, ...none, requests: 0, limited: 0 }))
  await trx('source_health').where(source).increment('accepted', missing)
  await upsert(trx, 'source_hour', hours, { key: ['source_id', 'hour'], add: ['accepted'] })
  return missing
}

/** When the newest statement of a store was stored, by whatever way it came; null where there is none. */
async function newestOf(handle: Handle, storeId: Id): Promise<number | null> {
  const row = await handle('statement')
    .where({ store_id: idBytes(storeId) })
    .max({ at: 'stored' })
    .first()
  return row?.at == null ? null : safeInteger(row.at)
}

/**
 * The last hour's beginning until then around which nothing was stored, so that it is sure in which hour everything was
 * counted. Where there is none for a day, shortly after the one before then: too little is counted from there, never too
 * much.
 */
async function quietHour(handle: Handle, storeId: Id, since: number): Promise<number> {
  const last = hourOf(since)
  for (let back = 0; back < mostHoursBack; back++) {
    const at = last - back * hour
    const loud = await handle('statement')
      .where({ store_id: idBytes(storeId) })
      .whereBetween('stored', [at - settled, at + settled])
      .first('seq')
    if (!loud) return at
  }
  return last + settled
}

async function storedByHour(
  handle: Handle,
  { sourceId, storeId }: Recounted,
  { from, until }: { from: number; until: number },
): Promise<Map<number, Stored>> {
  const pushers = [...(await pushersOf(handle, sourceId))].map(idBytes)
  const stored = new Map<number, Stored>()
  for (let at: number | null = from; at !== null; ) {
    // Over what is empty at once.
    const first: { at?: unknown } | undefined = await handle('statement')
      .where({ store_id: idBytes(storeId) })
      .andWhere('stored', '>=', at)
      .andWhere('stored', '<=', until)
      .min({ at: 'stored' })
      .first()
    if (first?.at == null) break
    const begin = safeInteger(first.at)
    const end: number = begin - (begin % slice) + slice
    const row = await handle('statement')
      .where({ store_id: idBytes(storeId), source_id: idBytes(sourceId) })
      .whereIn('credential_id', pushers)
      .andWhere('stored', '>=', begin)
      .andWhere('stored', '<', Math.min(end, until + 1))
      .count({ n: '*' })
      .max({ newest: 'stored' })
      .first()
    const known = stored.get(hourOf(begin)) ?? { accepted: 0, newest: 0 }
    if (row && sumOf(row.n) > 0)
      stored.set(hourOf(begin), {
        accepted: known.accepted + sumOf(row.n),
        newest: Math.max(known.newest, safeInteger(row.newest)),
      })
    at = end
  }
  return stored
}
