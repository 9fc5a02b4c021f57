import { idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Database, Handle } from '../../foundation/database/connect.ts'
import { readMarks } from '../../foundation/database/marks.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { inboxReady } from '../../ledger/books/pick.ts'
import type { ReasonCode } from '../completion/guard.ts'
import { uuidText } from '../language/uuid.ts'
import { convertedThrough, seenMarks } from '../reading/cursor.ts'
import { nextToApply } from '../rules/versions.ts'
import { lastSeq } from '../statements/read.ts'

/** A completion that waits, as people and commands see it. */
export interface QueueEntry {
  itemId: Id
  reason: ReasonCode
  sourceId: Id
  /** Name of the source. */
  source: string
  /** The statement that opened the completion. */
  statementId: string
  seq: number
  /** The teacher's number where the person is known, else the identifier as sent. */
  teacherHint: string
  /** The offering's code where the activity is mapped, else its name or id. */
  offeringHint: string
  /** The failing condition, with value and limit. */
  detail: string | null
  /** Rule set and rule that read it. */
  rules: string
  /** The claim it was, where one was filed already and a person has to decide on it. */
  claimId: Id | null
  since: Instant
}

/** Which part of the queue to show. Without a page everything comes at once. */
export interface QueueAsk {
  reason?: string
  page?: { after: number; size: number }
}

/** What waits, oldest first, each completion once; and how much there is in all. */
export async function queueList(
  handle: Handle,
  { reason, page }: QueueAsk = {},
): Promise<{ items: QueueEntry[]; total: number }> {
  const waiting = () => {
    const query = handle('conversion_item as i').whereIn('i.state', ['parked', 'quarantined'])
    return reason === undefined ? query : query.andWhere('i.reason', reason)
  }
  const query = waiting()
    .join('source as s', 's.source_id', 'i.source_id')
    .orderBy(['i.opened_seq', 'i.item_id'])
    .select('i.*', 's.name as source_name')
  if (page) query.andWhere('i.opened_seq', '>', page.after).limit(page.size)
  const [rows, count] = [await query, await waiting().count({ n: '*' }).first()]
  return { items: rows.map(entryOf), total: sumOf(count?.n) }
}

function entryOf(row: Record<string, unknown>): QueueEntry {
  return {
    itemId: idText(row.item_id as Buffer),
    reason: row.reason as ReasonCode,
    sourceId: idText(row.source_id as Buffer),
    source: row.source_name as string,
    statementId: uuidText(row.statement_id as Buffer),
    seq: safeInteger(row.opened_seq),
    teacherHint: row.teacher_hint as string,
    offeringHint: row.offering_hint as string,
    detail: row.detail as string | null,
    rules: row.rules as string,
    claimId: row.claimed_at === null ? null : idText(row.claim_id as Buffer),
    since: asInstant(safeInteger(row.since)),
  }
}

/** How much waits for each reason. */
export async function queueCounts(handle: Handle): Promise<Map<ReasonCode, number>> {
  const rows = await handle('conversion_item')
    .whereIn('state', ['parked', 'quarantined'])
    .groupBy('reason')
    .select('reason')
    .count({ n: '*' })
  return new Map(rows.map((row: Record<string, unknown>) => [row.reason as ReasonCode, sumOf(row.n)]))
}

/** How far everything has come. */
export interface QueueStatus {
  /** Nothing moves any more without a decision: all converted, all looked at, nothing ready to post. */
  settled: boolean
  /** The last seq stored, and the last converted; 0 before the first statement. */
  storedThrough: number
  convertedThrough: number
  /** Completions that wait. */
  waiting: number
  /** Facts in the ledger's inbox that will be posted. */
  inboxReady: number
}

/** Says how far statements have come on their way into the book. */
export async function queueStatus(db: Database): Promise<QueueStatus> {
  // From the end of the way to its beginning: what moves on meanwhile is counted once or twice, never missed.
  const ready = await inboxReady(db)
  const marks = await readMarks(db)
  const seen = await seenMarks(db)
  const converted = await convertedThrough(db)
  const stored = await lastSeq(db)
  const waiting = [...(await queueCounts(db)).values()].reduce((sum, n) => sum + n, 0)
  const isLookedAt = Object.entries(marks).every(([name, mark]) => (seen.get(name) ?? 0) >= mark)
  return {
    settled:
      ready === 0 &&
      converted === stored &&
      isLookedAt &&
      (await nextToApply(db)) === null &&
      (await inboxReady(db)) === 0,
    storedThrough: stored,
    convertedThrough: converted,
    waiting,
    inboxReady: ready,
  }
}
