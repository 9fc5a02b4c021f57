import { chunks } from '../../foundation/database/chunks.ts'
import {
  idBytes,
  idBytesOrNull,
  idText,
  idTextOrNull,
  safeInteger,
  sumOf,
} from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows, type Row, upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import type { ReasonCode } from '../completion/guard.ts'
import { type Item, type ItemState, stateFor } from '../completion/item.ts'
import { tellOutcomes } from '../forwarding/happenings.ts'
import { uuidBytes, uuidText } from '../language/uuid.ts'

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

/** Items of these teachers that wait for one of these reasons, in the order of seq. */
export async function waitingOf(
  handle: Handle,
  ask: { reasons: readonly ReasonCode[]; teacherIds: readonly Id[] },
): Promise<Item[]> {
  const items: Item[] = []
  for (const some of chunks([...new Set(ask.teacherIds)], 400)) {
    const rows = await handle('conversion_item')
      .where({ state: 'quarantined', claimed_at: null })
      .whereIn('reason', [...ask.reasons])
      .whereIn('teacher_id', some.map(idBytes))
    items.push(...rows.map(itemOf))
  }
  return items.sort((a, b) => a.openedSeq - b.openedSeq)
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

/** Items of these people whose claims stand, also under a name that has moved, after a seq and in the order of seq, at most `limit`. */
export async function claimedItems(
  handle: Handle,
  ask: { actorKeys: readonly Buffer[]; after: number; limit: number },
): Promise<Item[]> {
  const rows = await handle('conversion_item')
    .where((either) =>
      either
        .where({ state: 'claimed', reason: null })
        .orWhere({ state: 'quarantined', reason: 'MAPPING_CHANGED' }),
    )
    .whereNotNull('claimed_at')
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
 * Writes items as they now stand, and tells webhooks and LRSs of those whose outcome changed, so that both are kept or
 * lost together. Those that let go of their completion come first, since another may take its key in the same
 * transaction.
 */
export async function writeItems(trx: Trx, items: readonly Item[]): Promise<void> {
  const last = new Map(items.map((item) => [item.itemId, item]))
  const known = new Map((await itemsById(trx, [...last.keys()])).map((item) => [item.itemId, item]))
  const ordered = [...last.values()].sort(
    (a, b) => Number(a.isOpen) - Number(b.isOpen) || a.openedSeq - b.openedSeq,
  )
  for (const isOpen of [false, true]) {
    const rows = ordered.filter((item) => known.has(item.itemId) && item.isOpen === isOpen).map(rowOf)
    const set = Object.keys(rows[0] ?? {}).filter((column) => column !== 'item_id')
    await upsert(trx, 'conversion_item', rows, { key: ['item_id'], set })
  }
  await insertRows(trx, 'conversion_item', ordered.filter(({ itemId }) => !known.has(itemId)).map(rowOf))
  const changed = ordered.filter((item) => isOtherOutcome(known.get(item.itemId), item))
  await tellOutcomes(trx, changed)
}

/** Whether it stands in another state, waits for another reason, or is another claim than before. */
function isOtherOutcome(before: Item | undefined, { state, reason, claimId, claimedAt }: Item): boolean {
  return (
    !before ||
    before.state !== state ||
    before.reason !== reason ||
    before.claimId !== claimId ||
    (before.claimedAt === null) !== (claimedAt === null)
  )
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

/** An item as its row says it. */
export function itemOf(row: Record<string, unknown>): Item {
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

/** Cuts by characters, so that no half of one is left. */
function cut(text: string, most: number): string {
  return [...text].slice(0, most).join('')
}
