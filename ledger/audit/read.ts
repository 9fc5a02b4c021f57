import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { type AuditRow, chainCount, chainStart, hashOf } from './record.ts'

/** An audit event as pages show it. */
export interface AuditEvent extends Omit<AuditRow, 'detail'> {
  detail: Record<string, unknown> | null
}

/** What to look for; absent fields take all. */
export interface AuditFilter {
  actor?: string
  action?: string
  subjectKind?: string
  subjectId?: string
  from?: Instant
  /** Up to this instant, not included. */
  to?: Instant
}

/** A page of events, newest first, and where the next begins; `next` is null on the last. */
export interface AuditPage {
  events: AuditEvent[]
  next: string | null
}

/** Events that match, newest first. `after` is the `next` of the page before; one that is not understood is ignored. */
export async function auditPage(
  handle: Handle,
  filter: AuditFilter = {},
  paging: { after?: string | undefined; size?: number } = {},
): Promise<AuditPage> {
  const size = Math.min(Math.max(paging.size ?? 50, 1), 500)
  const query = handle('audit_event')
    .orderBy([
      { column: 'recorded_at', order: 'desc' },
      { column: 'chain_no', order: 'desc' },
      { column: 'event_no', order: 'desc' },
    ])
    .limit(size + 1)
  if (filter.actor !== undefined) query.where('actor', filter.actor)
  if (filter.action !== undefined) query.where('action', filter.action)
  if (filter.subjectKind !== undefined) query.where('subject_kind', filter.subjectKind)
  if (filter.subjectId !== undefined) query.where('subject_id', filter.subjectId)
  if (filter.from !== undefined) query.where('recorded_at', '>=', filter.from)
  if (filter.to !== undefined) query.where('recorded_at', '<', filter.to)
  const cursor = /^(\d{1,16})\.(\d{1,2})\.(\d{1,15})$/.exec(paging.after ?? '')
  if (cursor) {
    const [time, chain, event] = cursor.slice(1).map(Number) as [number, number, number]
    query.where((before) =>
      before
        .where('recorded_at', '<', time)
        .orWhere((same) =>
          same
            .where('recorded_at', time)
            .where((sooner) =>
              sooner
                .where('chain_no', '<', chain)
                .orWhere((own) => own.where('chain_no', chain).where('event_no', '<', event)),
            ),
        ),
    )
  }
  const events = ((await query) as Record<string, unknown>[]).map((row) => eventOf(rowOf(row)))
  const last = events[size - 1]
  return {
    events: events.slice(0, size),
    next: events.length > size && last ? `${last.recordedAt}.${last.chainNo}.${last.eventNo}` : null,
  }
}

function rowOf(row: Record<string, unknown>): AuditRow {
  return {
    chainNo: safeInteger(row.chain_no),
    eventNo: safeInteger(row.event_no),
    actor: row.actor as string,
    action: row.action as string,
    subjectKind: row.subject_kind as string,
    subjectId: row.subject_id as string,
    detail: row.detail === null ? null : Buffer.from(row.detail as Uint8Array),
    recordedAt: asInstant(safeInteger(row.recorded_at)),
  }
}

function eventOf(row: AuditRow): AuditEvent {
  return { ...row, detail: row.detail === null ? null : JSON.parse(row.detail.toString('utf8')) }
}

/** What checking the audit found: `ok` when every chain is whole. */
export interface AuditVerification {
  ok: boolean
  events: number
  findings: { chainNo: number; eventNo: number; what: 'gap' | 'link_broken' | 'content_changed' }[]
  /** Hash of the newest event of each chain, in hexadecimal: kept elsewhere, it shows later that an end is missing. */
  heads: Record<number, string>
}

/** Walks every chain and computes every hash again. An end that was cut off shows only against heads kept elsewhere. */
export async function verifyAudit(handle: Handle): Promise<AuditVerification> {
  const result: AuditVerification = { ok: true, events: 0, findings: [], heads: {} }
  for (let chainNo = 0; chainNo < chainCount; chainNo++) await verifyChain(handle, chainNo, result)
  result.ok = result.findings.length === 0
  return result
}

async function verifyChain(handle: Handle, chainNo: number, result: AuditVerification): Promise<void> {
  let eventNo = 0
  let hash = chainStart
  for (;;) {
    const rows: Record<string, unknown>[] = await handle('audit_event')
      .where({ chain_no: chainNo })
      .where('event_no', '>', eventNo)
      .orderBy('event_no')
      .limit(500)
    for (const stored of rows) {
      const row = rowOf(stored)
      const note = (what: AuditVerification['findings'][number]['what']) =>
        result.findings.push({ chainNo, eventNo: row.eventNo, what })
      const prevHash = Buffer.from(stored.prev_hash as Uint8Array)
      if (row.eventNo !== eventNo + 1) note('gap')
      if (!prevHash.equals(hash)) note('link_broken')
      if (!hashOf(row, prevHash).equals(Buffer.from(stored.hash as Uint8Array))) note('content_changed')
      eventNo = row.eventNo
      hash = Buffer.from(stored.hash as Uint8Array)
      result.events += 1
    }
    if (rows.length < 500) break
  }
  if (eventNo > 0) result.heads[chainNo] = hash.toString('hex')
}
