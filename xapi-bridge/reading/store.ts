import { chunks } from '../../foundation/database/chunks.ts'
import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows, type Row, upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import { activityHash } from '../../ledger/catalogue/offering.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'
import type { HeldReading } from './reading.ts'

/** A row for each activity a reading is about. */
export async function insertReadings(trx: Trx, readings: readonly HeldReading[]): Promise<void> {
  await insertRows(trx, 'conversion_reading', readings.flatMap(rowsOf))
}

function rowsOf(held: HeldReading): Row[] {
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
}

/**
 * Replaces what these statements were read as. Rows of readings that say nothing any more stay and are passed over,
 * since nothing is deleted from this table.
 */
export async function replaceReadings(
  trx: Trx,
  seqs: readonly number[],
  readings: readonly HeldReading[],
): Promise<void> {
  for (const some of chunks([...new Set(seqs)], 400)) {
    await trx('conversion_reading').whereIn('seq', some).update({ kind: gone })
  }
  const rows = readings.flatMap(rowsOf)
  const set = Object.keys(rows[0] ?? {}).filter((column) => column !== 'seq' && column !== 'part')
  await upsert(trx, 'conversion_reading', rows, { key: ['seq', 'part'], set })
}

/** Stands as the kind of a row that new rules made meaningless. */
const gone = 'gone'

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
        .andWhere('part', 0)
        .whereNot('kind', gone)),
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
    rows.push(
      ...(await handle('conversion_reading').whereIn('seq', some).andWhere('part', 0).whereNot('kind', gone)),
    )
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
        .whereNot('kind', gone)
      for (const row of rows) bySeq.set(safeInteger(row.seq), heldReading(row))
    }
  }
  const held = [...bySeq.values()].sort((a, b) => a.seq - b.seq)
  return withVoids(handle, ask.storeId, held)
}

/** Seqs of what was read about these activities of a source and opened no completion, in order and after one of them. */
export async function unclaimedAbout(
  handle: Handle,
  ask: { sourceId: Id; hashes: readonly Buffer[]; after: number; limit: number },
): Promise<number[]> {
  const rows = await handle('conversion_reading as r')
    .leftJoin('conversion_item as i', 'i.opened_seq', 'r.seq')
    .where('r.source_id', idBytes(ask.sourceId))
    .whereIn('r.activity_key', [...ask.hashes])
    .andWhere('r.seq', '>', ask.after)
    .whereNot('r.kind', gone)
    .whereNull('i.item_id')
    .distinct('r.seq')
    .orderBy('r.seq')
    .limit(ask.limit)
  return rows.map((row) => safeInteger(row.seq))
}

/** The same readings, each with the statement that voided it. */
export async function withVoids(
  handle: Handle,
  storeId: Id,
  readings: HeldReading[],
): Promise<HeldReading[]> {
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
