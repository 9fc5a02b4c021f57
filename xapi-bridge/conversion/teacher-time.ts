import { chunks } from '../../foundation/database/chunks.ts'
import { idBytes, idBytesOrNull, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import { offeringsById } from '../../ledger/catalogue/offering.ts'
import type { Item } from '../completion/item.ts'
import type { SpentTime, TeacherTime } from '../completion/spent-time.ts'

/** What the claims of these teachers that stand say about a stretch of time, by teacher. */
export async function timesOf(
  handle: Handle,
  ask: { teacherIds: readonly Id[]; from: number; to: number },
): Promise<Map<Id, SpentTime[]>> {
  const times: TeacherTime[] = []
  for (const some of chunks([...new Set(ask.teacherIds)], 400)) {
    const rows = await handle('teacher_time')
      .whereIn('teacher_id', some.map(idBytes))
      .whereBetween('ends_at', [ask.from, ask.to])
      .andWhere('standing', 1)
    times.push(...rows.map(timeOf))
  }
  const offerings = await offeringsById(handle, [...new Set(times.map(({ offeringId }) => offeringId))])
  const byTeacher = new Map<Id, SpentTime[]>()
  for (const time of times) {
    const spent = { ...time, offering: offerings.get(time.offeringId) ?? null }
    byTeacher.set(time.teacherId, [...(byTeacher.get(time.teacherId) ?? []), spent])
  }
  return byTeacher
}

function timeOf(row: Record<string, unknown>): TeacherTime {
  return {
    itemId: idText(row.item_id as Buffer),
    teacherId: idText(row.teacher_id as Buffer),
    offeringId: idText(row.offering_id as Buffer),
    sessionId: idTextOrNull(row.session_id as Buffer | null),
    beginsAt: row.begins_at === null ? null : asInstant(safeInteger(row.begins_at)),
    endsAt: asInstant(safeInteger(row.ends_at)),
  }
}

/**
 * Keeps what newly claimed completions say, and lets go of what these items said while they were claims and are not
 * any more. Returns the teachers whose time became free.
 */
export async function keepTimes(
  trx: Trx,
  claimed: readonly TeacherTime[],
  items: readonly Item[],
): Promise<Id[]> {
  const last = new Map(items.map((item) => [item.itemId, item]))
  const ended = [...last.values()].filter(({ isOpen, claimedAt }) => !isOpen || claimedAt === null)
  const freed: Id[] = []
  for (const some of chunks(ended, 400)) {
    const rows = await trx('teacher_time')
      .whereIn(
        'item_id',
        some.map(({ itemId }) => idBytes(itemId)),
      )
      .andWhere('standing', 1)
      .select('item_id', 'teacher_id')
    if (rows.length === 0) continue
    freed.push(...rows.map((row) => idText(row.teacher_id)))
    await trx('teacher_time')
      .whereIn(
        'item_id',
        rows.map((row) => row.item_id),
      )
      .update({ standing: 0 })
  }
  const standing = claimed.filter(({ itemId }) => last.get(itemId)?.claimedAt && last.get(itemId)?.isOpen)
  freed.push(...(await movedFrom(trx, standing)))
  await upsert(trx, 'teacher_time', standing.map(rowOf), {
    key: ['item_id'],
    set: ['teacher_id', 'offering_id', 'session_id', 'begins_at', 'ends_at', 'standing'],
  })
  return [...new Set(freed)]
}

/** Teachers whose time these claims took before they were found to be somebody else's. */
async function movedFrom(trx: Trx, claimed: readonly TeacherTime[]): Promise<Id[]> {
  const teachers = new Map(claimed.map(({ itemId, teacherId }) => [itemId, teacherId]))
  const moved: Id[] = []
  for (const some of chunks([...teachers.keys()], 400)) {
    const rows = await trx('teacher_time')
      .whereIn('item_id', some.map(idBytes))
      .andWhere('standing', 1)
      .select('item_id', 'teacher_id')
    for (const row of rows) {
      const before = idText(row.teacher_id)
      if (teachers.get(idText(row.item_id)) !== before) moved.push(before)
    }
  }
  return moved
}

function rowOf(time: TeacherTime) {
  return {
    item_id: idBytes(time.itemId),
    teacher_id: idBytes(time.teacherId),
    offering_id: idBytes(time.offeringId),
    session_id: idBytesOrNull(time.sessionId),
    begins_at: time.beginsAt,
    ends_at: time.endsAt,
    standing: 1,
  }
}
