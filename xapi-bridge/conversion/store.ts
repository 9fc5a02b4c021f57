import {
  idBytes,
  idBytesOrNull,
  idText,
  idTextOrNull,
  safeInteger,
  sumOf,
} from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows, lockForUpdate, type Row, upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import { activityHash } from '../../ledger/catalogue/offering.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import type { ReasonCode } from './guard.ts'
import { type Item, type ItemState, stateFor } from './item.ts'
import type { HeldReading } from './topic.ts'

/**
 * Takes the one lock of conversion and says how far the statements are converted. Everything that changes readings or
 * items begins with it, so that two workers whose leases overlapped, a command and a page never work on the same
 * completion at once.
 */
export async function lockConversion(trx: Trx): Promise<number> {
  const row = await lockForUpdate(trx('conversion_cursor').where({ name: 'statements' })).first()
  return safeInteger(row.reached)
}

/** How far conversion has come in the statements. */
export async function convertedThrough(handle: Handle): Promise<number> {
  const row = await handle('conversion_cursor').where({ name: 'statements' }).first('reached')
  return row ? safeInteger(row.reached) : 0
}

/** Moves the cursor. */
export async function moveCursor(trx: Trx, seq: number): Promise<void> {
  await trx('conversion_cursor').where({ name: 'statements' }).update({ reached: seq })
}

/** The marks as they were when waiting items were last looked at, by name. */
export async function seenMarks(handle: Handle): Promise<Map<string, number>> {
  const rows = await handle('conversion_cursor').where('name', 'like', 'mark:%')
  return new Map(rows.map((row) => [row.name.slice('mark:'.length), safeInteger(row.reached)]))
}

/** Notes marks as seen. */
export async function noteMarks(trx: Trx, marks: Record<string, number>): Promise<void> {
  const rows = Object.entries(marks).map(([name, reached]) => ({ name: `mark:${name}`, reached }))
  if (rows.length > 0) await upsert(trx, 'conversion_cursor', rows, { key: ['name'], set: ['reached'] })
}

/** A row for each activity a reading is about. */
export async function insertReadings(trx: Trx, readings: readonly HeldReading[]): Promise<void> {
  const rows = readings.flatMap((held) => {
    const { seq, sourceId, statementId, occurred, stored, rawHash, voided: _, ...reading } = held
    const content = Buffer.from(JSON.stringify(reading))
    return reading.activities.map((activityId, part) => ({
      seq,
      part,
      source_id: idBytes(sourceId),
      statement_id: uuidBytes(statementId),
      actor_key: Buffer.from(reading.actor.key, 'hex'),
      activity_key: activityHash(activityId),
      kind: reading.kind,
      occurred,
      stored,
      raw_hash: rawHash,
      content,
    }))
  })
  await insertRows(trx, 'conversion_reading', rows)
}

/** Keeps which statement voided which; of several voids of one target the first is kept. */
export async function insertVoids(
  trx: Trx,
  voids: readonly { storeId: Id; target: string; seq: number; statementId: string }[],
): Promise<void> {
  const rows = new Map<string, Row>()
  for (const [storeId, mine] of groupBy(voids, (one) => one.storeId)) {
    const targets = mine.map(({ target }) => target)
    const known = await voidsOf(trx, storeId, targets)
    for (const { target, seq, statementId } of mine) {
      const key = `${storeId} ${target}`
      if (rows.has(key) || known.has(target)) continue
      const ids = { store_id: idBytes(storeId), target_id: uuidBytes(target) }
      rows.set(key, { ...ids, seq, statement_id: uuidBytes(statementId) })
    }
  }
  await insertRows(trx, 'conversion_void', [...rows.values()])
}

/** The voids that name these statements of one store, by target. */
async function voidsOf(handle: Handle, storeId: Id, targets: readonly string[]) {
  const found = new Map<string, { seq: number; statementId: string }>()
  for (const some of chunks([...new Set(targets)], 400)) {
    const rows = await handle('conversion_void')
      .where('store_id', idBytes(storeId))
      .whereIn('target_id', some.map(uuidBytes))
    for (const row of rows) {
      found.set(uuidText(row.target_id), {
        seq: safeInteger(row.seq),
        statementId: uuidText(row.statement_id),
      })
    }
  }
  return found
}

/** The readings of these statements of one source's store. */
export async function readingsOfStatements(
  handle: Handle,
  ask: { sourceIds: readonly Id[]; storeId: Id; statementIds: readonly string[] },
): Promise<HeldReading[]> {
  const rows: Row[] = []
  for (const some of chunks([...new Set(ask.statementIds)], 400)) {
    rows.push(
      ...(await handle('conversion_reading')
        .whereIn('statement_id', some.map(uuidBytes))
        .andWhere('part', 0)),
    )
  }
  const mine = new Set(ask.sourceIds)
  const held = rows.map(heldReading).filter(({ sourceId }) => mine.has(sourceId))
  return withVoids(handle, ask.storeId, held)
}

/** The readings of these seqs. */
export async function readingsAt(handle: Handle, seqs: readonly number[]): Promise<HeldReading[]> {
  const rows: Row[] = []
  for (const some of chunks([...new Set(seqs)], 400)) {
    rows.push(...(await handle('conversion_reading').whereIn('seq', some).andWhere('part', 0)))
  }
  return rows.map(heldReading)
}

/** All readings of these people in one source about any of these activities, each once, in the order of seq. */
export async function readingsAbout(
  handle: Handle,
  ask: { sourceId: Id; storeId: Id; actorKeys: readonly string[]; activityIds: readonly string[] },
): Promise<HeldReading[]> {
  const keys = [...new Set(ask.activityIds)].map(activityHash)
  const bySeq = new Map<number, HeldReading>()
  for (const actors of chunks([...new Set(ask.actorKeys)], 200)) {
    for (const activities of chunks(keys, 200)) {
      const rows = await handle('conversion_reading')
        .where('source_id', idBytes(ask.sourceId))
        .whereIn(
          'actor_key',
          actors.map((key) => Buffer.from(key, 'hex')),
        )
        .whereIn('activity_key', activities)
      for (const row of rows) bySeq.set(safeInteger(row.seq), heldReading(row))
    }
  }
  const held = [...bySeq.values()].sort((a, b) => a.seq - b.seq)
  return withVoids(handle, ask.storeId, held)
}

async function withVoids(handle: Handle, storeId: Id, readings: HeldReading[]): Promise<HeldReading[]> {
  if (readings.length === 0) return readings
  const voids = await voidsOf(
    handle,
    storeId,
    readings.map(({ statementId }) => statementId),
  )
  return readings.map((reading) => ({
    ...reading,
    voided: voids.get(reading.statementId) ?? null,
  }))
}

function heldReading(row: Row): HeldReading {
  return {
    ...JSON.parse((row.content as Buffer).toString('utf8')),
    seq: safeInteger(row.seq),
    sourceId: idText(row.source_id as Buffer),
    statementId: uuidText(row.statement_id as Buffer),
    occurred: asInstant(safeInteger(row.occurred)),
    stored: asInstant(safeInteger(row.stored)),
    rawHash: row.raw_hash as Buffer,
    voided: null,
  }
}

/** The items that these statements opened. */
export async function itemsOpenedBy(handle: Handle, seqs: readonly number[]): Promise<Item[]> {
  const items: Item[] = []
  for (const some of chunks([...new Set(seqs)], 400)) {
    items.push(...(await handle('conversion_item').whereIn('opened_seq', some)).map(itemOf))
  }
  return items
}

/** Items by their ids; unknown ids are absent. */
export async function itemsById(handle: Handle, itemIds: readonly Id[]): Promise<Item[]> {
  const items: Item[] = []
  for (const some of chunks([...new Set(itemIds)], 400)) {
    items.push(...(await handle('conversion_item').whereIn('item_id', some.map(idBytes))).map(itemOf))
  }
  return items
}

/** Items that wait for one reason, after a seq and in the order of seq, at most `limit`. */
export async function waitingItems(
  handle: Handle,
  ask: { reason: ReasonCode; actorKeys?: readonly Buffer[]; after: number; limit: number },
): Promise<Item[]> {
  const query = handle('conversion_item')
    .where({ state: stateFor(ask.reason), reason: ask.reason })
    .andWhere('opened_seq', '>', ask.after)
    .orderBy('opened_seq')
    .limit(ask.limit)
  if (ask.actorKeys) query.whereIn('actor_key', [...ask.actorKeys])
  return (await query).map(itemOf)
}

/** The people who wait for a link, each once, in the order of their keys; at most `limit` after one of them. */
export async function strangers(
  handle: Handle,
  ask: { after: Buffer | null; limit: number },
): Promise<Buffer[]> {
  const query = handle('conversion_item')
    .distinct('actor_key')
    .where({ state: stateFor('ACTOR_UNKNOWN'), reason: 'ACTOR_UNKNOWN' })
    .orderBy('actor_key')
    .limit(ask.limit)
  if (ask.after) query.andWhere('actor_key', '>', ask.after)
  return (await query).map((row) => row.actor_key as Buffer)
}

/** Items of these people whose claims stand, after a seq and in the order of seq, at most `limit`. */
export async function claimedItems(
  handle: Handle,
  ask: { actorKeys: readonly Buffer[]; after: number; limit: number },
): Promise<Item[]> {
  const rows = await handle('conversion_item')
    .where({ state: 'claimed', reason: null })
    .whereIn('actor_key', [...ask.actorKeys])
    .andWhere('opened_seq', '>', ask.after)
    .orderBy('opened_seq')
    .limit(ask.limit)
  return rows.map(itemOf)
}

/** How many items wait for a link of these people. */
export async function waitingFor(handle: Handle, actorKeys: readonly Buffer[]): Promise<number> {
  const row = await handle('conversion_item')
    .where({ state: stateFor('ACTOR_UNKNOWN'), reason: 'ACTOR_UNKNOWN' })
    .whereIn('actor_key', [...actorKeys])
    .count({ n: '*' })
    .first()
  return sumOf(row?.n)
}

/**
 * Writes items as they now stand. Those that let go of their completion come first, since another may take its key in
 * the same transaction.
 */
export async function writeItems(trx: Trx, items: readonly Item[]): Promise<void> {
  const last = new Map(items.map((item) => [item.itemId, item]))
  const known = new Set((await itemsById(trx, [...last.keys()])).map(({ itemId }) => itemId))
  const ordered = [...last.values()].sort(
    (a, b) => Number(a.isOpen) - Number(b.isOpen) || a.openedSeq - b.openedSeq,
  )
  for (const isOpen of [false, true]) {
    const rows = ordered.filter((item) => known.has(item.itemId) && item.isOpen === isOpen).map(rowOf)
    const set = Object.keys(rows[0] ?? {}).filter((column) => column !== 'item_id')
    await upsert(trx, 'conversion_item', rows, { key: ['item_id'], set })
  }
  await insertRows(trx, 'conversion_item', ordered.filter(({ itemId }) => !known.has(itemId)).map(rowOf))
}

function rowOf(item: Item): Row {
  return {
    item_id: idBytes(item.itemId),
    source_id: idBytes(item.sourceId),
    opened_seq: item.openedSeq,
    statement_id: uuidBytes(item.statementId),
    opening: item.opening,
    actor_key: Buffer.from(item.actorKey, 'hex'),
    completion_key: Buffer.from(item.completionKey, 'hex'),
    open_flag: item.isOpen ? 1 : null,
    state: item.state,
    reason: item.reason,
    detail: item.detail,
    rules: item.rules,
    teacher_id: idBytesOrNull(item.teacherId),
    offering_id: idBytesOrNull(item.offeringId),
    training_class_id: idBytesOrNull(item.trainingClassId),
    claim_id: idBytes(item.claimId),
    claimed_at: item.claimedAt,
    evidence: item.evidence.join(' '),
    kept_through: item.keptThrough,
    released: item.released.join(' '),
    teacher_hint: cut(item.teacherHint, 200),
    offering_hint: cut(item.offeringHint, 200),
    since: item.since,
  }
}

function itemOf(row: Record<string, unknown>): Item {
  const { claimed_at: claimedAt } = row
  return {
    itemId: idText(row.item_id as Buffer),
    sourceId: idText(row.source_id as Buffer),
    openedSeq: safeInteger(row.opened_seq),
    statementId: uuidText(row.statement_id as Buffer),
    opening: safeInteger(row.opening),
    actorKey: (row.actor_key as Buffer).toString('hex'),
    completionKey: (row.completion_key as Buffer).toString('hex'),
    isOpen: row.open_flag !== null,
    state: row.state as ItemState,
    reason: row.reason as ReasonCode | null,
    detail: row.detail as string | null,
    rules: row.rules as string,
    teacherId: idTextOrNull(row.teacher_id as Buffer | null),
    offeringId: idTextOrNull(row.offering_id as Buffer | null),
    trainingClassId: idTextOrNull(row.training_class_id as Buffer | null),
    claimId: idText(row.claim_id as Buffer),
    claimedAt: claimedAt === null ? null : asInstant(safeInteger(claimedAt)),
    evidence: (row.evidence as string).split(' ').filter(Boolean),
    keptThrough: safeInteger(row.kept_through),
    released: (row.released as string).split(' ').filter(Boolean),
    teacherHint: row.teacher_hint as string,
    offeringHint: row.offering_hint as string,
    since: asInstant(safeInteger(row.since)),
  }
}

/** Adds to the counts of what statements of a source were read as. */
export async function addTally(trx: Trx, counts: Map<string, number>): Promise<void> {
  const rows = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, statements]) => {
      const [sourceId = '', outcome = ''] = key.split(' ')
      return { source_id: idBytes(sourceId), outcome, statements }
    })
  if (rows.length > 0) {
    await upsert(trx, 'conversion_tally', rows, { key: ['source_id', 'outcome'], add: ['statements'] })
  }
}

/** Cuts by characters, so that no half of one is left. */
function cut(text: string, most: number): string {
  return [...text].slice(0, most).join('')
}

function* chunks<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size)
}
