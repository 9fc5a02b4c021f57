import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { canonical, documentBytes } from '../claims/canonical.ts'

/** Something worth knowing later: who looked at or decided what. Identifiers only, never names or numbers of people. */
export interface AuditEntry {
  /** Whose act it was: `login:…`, `os:…`, `platform:…`, `source:…`. */
  actor: string
  /** kebab-case, such as `transcript-viewed`, `claim-recognised`. */
  action: string
  /** What it was about: a table's word, such as `teacher`, `claim`, `offering`. */
  subjectKind: string
  subjectId: string
  /** Why, and what changed. */
  detail?: Record<string, unknown>
  now: Instant
}

/** An audit event as it stands in its chain. */
export interface AuditRow {
  chainNo: number
  /** 1, 2, 3 … within the chain. */
  eventNo: number
  actor: string
  action: string
  subjectKind: string
  subjectId: string
  detail: Buffer | null
  recordedAt: Instant
}

/** How many chains there are. Fixed for ever: an actor's chain follows from it. */
export const chainCount = 16

/** What the first event of a chain names as the hash before it. */
export const chainStart: Buffer = sha256('audit-event/1')

/**
 * Records one audit event, inside the transaction of what it tells of: no deed without its trace, no trace without
 * its deed. Say it last, since the end of a chain stays locked until commit.
 */
export async function recordAudit(trx: Trx, entry: AuditEntry): Promise<void> {
  const chainNo = chainOf(entry.actor)
  const detail = entry.detail === undefined ? null : documentBytes(entry.detail)
  for (let attempt = 1; ; attempt++) {
    const last = await lastOf(trx, chainNo)
    const row: AuditRow = {
      chainNo,
      eventNo: last.eventNo + 1,
      actor: cut(entry.actor, 200),
      action: entry.action,
      subjectKind: entry.subjectKind,
      subjectId: cut(entry.subjectId, 200),
      detail,
      recordedAt: entry.now,
    }
    try {
      await trx('audit_event').insert(columnsOf(row, last.hash))
      return
    } catch (error) {
      // Someone else took the number; the wait for their commit is over, so the next look sees their event.
      if (attempt === 20 || !isDuplicateKey(error, 'PRIMARY')) throw error
    }
  }
}

function chainOf(actor: string): number {
  return (sha256(actor)[0] ?? 0) % chainCount
}

async function lastOf(handle: Handle, chainNo: number): Promise<{ eventNo: number; hash: Buffer }> {
  const row = await handle('audit_event')
    .where({ chain_no: chainNo })
    .orderBy('event_no', 'desc')
    .first('event_no', 'hash')
  return row
    ? { eventNo: safeInteger(row.event_no), hash: Buffer.from(row.hash) }
    : { eventNo: 0, hash: chainStart }
}

function columnsOf(row: AuditRow, prevHash: Buffer) {
  return {
    chain_no: row.chainNo,
    event_no: row.eventNo,
    actor: row.actor,
    action: row.action,
    subject_kind: row.subjectKind,
    subject_id: row.subjectId,
    detail: row.detail,
    recorded_at: row.recordedAt,
    prev_hash: prevHash,
    hash: hashOf(row, prevHash),
  }
}

/** The hash of an event over the one before it and all it says. */
export function hashOf(row: AuditRow, prevHash: Buffer): Buffer {
  return sha256(
    canonical([
      prevHash,
      row.chainNo,
      row.eventNo,
      row.actor,
      row.action,
      row.subjectKind,
      row.subjectId,
      row.detail,
      row.recordedAt,
    ]),
  )
}

function cut(text: string, most: number): string {
  return [...text].slice(0, most).join('')
}
