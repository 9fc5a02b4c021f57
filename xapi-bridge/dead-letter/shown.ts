import { isUtf8 } from 'node:buffer'
import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Fault as ShownFault } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, isoOf } from '../../foundation/time.ts'
import { shownFaults } from '../errors.ts'
import { uuidText } from '../language/uuid.ts'
import type { Draft } from './draft.ts'
import type { RejectedSummary } from './find.ts'
import { isCut, type RejectedInput } from './input.ts'
import { preview, rejectedWithSource } from './settle.ts'

/** How long a body is shown, in bytes, and how many statements of one input. */
const mostShown = { body: 256 * 1024, statements: 200 }

/** A rejected input in a list, as pages, scripts and commands see it. */
export function summaryJson(summary: RejectedSummary) {
  return {
    rejected_id: summary.id,
    source_id: summary.sourceId,
    source: summary.source,
    received_at: isoOf(summary.receivedAt),
    status: summary.status,
    method: summary.method,
    via: summary.via,
    codes: summary.codes,
    bytes: summary.bodyLength,
    masked: summary.isMasked,
    state: summary.state,
  }
}

/** One statement of a draft: its text before and after, and the faults of both. */
export interface ShownStatement {
  index: number
  before: string
  after: string
  changed: boolean
  left_out: boolean
  changes: string[]
  faults_before: ShownFault[]
  faults_after: ShownFault[]
  /** The same statement is stored already. */
  stored: boolean
}

/** A draft as pages and scripts see it: those statements first that have or had faults. */
export function draftJson(draft: Draft): {
  ready: boolean
  total: number
  remaining: number
  statements: ShownStatement[]
} {
  const shown = draft.statements.map((one) => ({
    index: one.index,
    before: one.before,
    after: one.after,
    changed: one.after !== one.before,
    left_out: one.isLeftOut,
    changes: one.changes,
    faults_before: shownFaults(one.faultsBefore),
    faults_after: shownFaults(one.faultsAfter),
    stored: one.checked?.isKnown ?? false,
  }))
  const rank = (one: ShownStatement) =>
    one.faults_after.length > 0 ? 0 : one.changed || one.faults_before.length > 0 ? 1 : 2
  return {
    ready: draft.isReady,
    total: shown.length,
    remaining: draft.statements.filter(({ faultsAfter }) => faultsAfter.length > 0).length,
    statements: shown.sort((a, b) => rank(a) - rank(b) || a.index - b.index).slice(0, mostShown.statements),
  }
}

/** Everything about one rejected input. Throws NotFound (`rejected-unknown`). */
export async function rejectedJson(ground: Ground, id: Id) {
  const { input, source } = await rejectedWithSource(ground.db, id)
  const draft = await preview(ground, id, {})
  return {
    rejected_id: input.id,
    source_id: source.id,
    source: source.name,
    received_at: isoOf(input.receivedAt),
    status: input.status,
    method: input.method,
    via: input.via,
    version: input.version,
    statement_id: input.addressId,
    headers: input.headers,
    bytes: input.bodyLength,
    masked: input.isMasked,
    cut: isCut(input),
    body: bodyText(input),
    errors: shownFaults(input.faults),
    state: input.state,
    settled_at: input.settled ? isoOf(input.settled.at) : null,
    settled_by: input.settled?.by ?? null,
    settled_reason: input.settled?.reason ?? null,
    replayed: await replayedFrom(ground.db, id),
    ...draftJson(draft),
  }
}

function bodyText({ body }: RejectedInput): string | null {
  return body.length <= mostShown.body && isUtf8(body) ? body.toString() : null
}

/** Which statements were made of a rejected input, by whom and why. */
export async function replayedFrom(handle: Handle, id: Id) {
  const rows: Record<string, unknown>[] = await handle('statement_replay')
    .where({ rejected_id: idBytes(id) })
    .orderBy('seq')
    .limit(mostShown.statements)
  return rows.map((row) => ({
    statement_id: uuidText(row.statement_id as Buffer),
    seq: safeInteger(row.seq),
    index: safeInteger(row.position),
    operator: row.operator as string,
    reason: row.reason as string,
    changes: (row.changes as string).split(' ').filter(Boolean),
    replayed_at: isoOf(asInstant(safeInteger(row.replayed_at))),
  }))
}
