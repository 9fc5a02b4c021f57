import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { BornStatement } from './statements.ts'

/** `waiting` until the bridge has it; `refused` when the bridge will never take it, which is a defect of ours. */
export type OutboxState = 'waiting' | 'sent' | 'refused'

/** One statement on its way. */
export interface WaitingStatement {
  statementId: Id
  content: Buffer
  attempts: number
}

/** Puts statements into the outbox, in the order they are given, inside the transaction of the act they tell of. */
export async function enqueue(trx: Trx, enrolmentId: Id, statements: BornStatement[]): Promise<void> {
  const rows = statements.map(({ statementId, bornAt, content }, place) => ({
    statement_id: idBytes(statementId),
    enrolment_id: idBytes(enrolmentId),
    born_at: bornAt,
    place,
    content,
    state: 'waiting',
    attempts: 0,
    due_at: bornAt,
  }))
  if (rows.length > 0) await insertRows(trx, 'statement_outbox', rows)
}

/** Statements that may be sent now, oldest first. */
export async function dueStatements(db: Database, now: Instant, limit: number): Promise<WaitingStatement[]> {
  const rows = await db('statement_outbox')
    .where({ state: 'waiting' })
    .where('due_at', '<=', now)
    .orderBy([{ column: 'due_at' }, { column: 'born_at' }, { column: 'place' }])
    .limit(limit)
    .select('statement_id', 'content', 'attempts')
  return rows.map((row) => ({
    statementId: idText(row.statement_id),
    content: row.content,
    attempts: safeInteger(row.attempts),
  }))
}

/** Notes that the bridge has these statements. */
export async function markSent(
  db: Database,
  ids: Id[],
  answer: { status: number; receipt: string | null; now: Instant },
): Promise<void> {
  await db('statement_outbox').whereIn('statement_id', ids.map(idBytes)).increment('attempts', 1).update({
    state: 'sent',
    sent_at: answer.now,
    receipt: answer.receipt,
    answer_status: answer.status,
    fault: null,
  })
}

/** Notes that the bridge will never take this statement as it is. */
export async function markRefused(
  db: Database,
  id: Id,
  answer: { status: number; fault: string },
): Promise<void> {
  await db('statement_outbox')
    .where('statement_id', idBytes(id))
    .increment('attempts', 1)
    .update({ state: 'refused', answer_status: answer.status, fault: answer.fault.slice(0, 500) })
}

/** Keeps statements for another try, not before `dueAt`. */
export async function postpone(
  db: Database,
  ids: Id[],
  answer: { status: number | null; fault: string; dueAt: Instant },
): Promise<void> {
  await db('statement_outbox')
    .whereIn('statement_id', ids.map(idBytes))
    .where({ state: 'waiting' })
    .increment('attempts', 1)
    .update({ due_at: answer.dueAt, answer_status: answer.status, fault: answer.fault.slice(0, 500) })
}

/** Where a statement is, or null when it was never written. */
export async function outboxStateOf(
  handle: Handle,
  statementId: Id,
): Promise<{
  state: OutboxState
  attempts: number
  receipt: string | null
  answerStatus: number | null
} | null> {
  const row = await handle('statement_outbox')
    .where('statement_id', idBytes(statementId))
    .first('state', 'attempts', 'receipt', 'answer_status')
  if (!row) return null
  return {
    state: row.state,
    attempts: safeInteger(row.attempts),
    receipt: row.receipt,
    answerStatus: row.answer_status === null ? null : safeInteger(row.answer_status),
  }
}

/** How much stands in the outbox, by state, and since when the oldest waits: for metrics and `queue status`. */
export async function outboxCounts(
  handle: Handle,
): Promise<{ waiting: number; refused: number; oldestWaiting: Instant | null }> {
  const count = async (state: OutboxState) =>
    sumOf((await handle('statement_outbox').where({ state }).count({ n: '*' }).first())?.n)
  const oldest = await handle('statement_outbox').where({ state: 'waiting' }).min({ at: 'born_at' }).first()
  return {
    waiting: await count('waiting'),
    refused: await count('refused'),
    oldestWaiting: oldest?.at == null ? null : (safeInteger(oldest.at) as Instant),
  }
}
