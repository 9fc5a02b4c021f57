import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { isoOf } from '../../foundation/time.ts'
import { rejectedById } from '../dead-letter/find.ts'
import type { RejectedInput } from '../dead-letter/input.ts'
import { type Outcome, outcomesOf } from '../dead-letter/outcomes.ts'
import { uuidBytes } from '../language/uuid.ts'
import {
  type ConversionStatesOf,
  type LineOf,
  linesFor,
  type ReceiptLine,
  type StoredRow,
  storedById,
} from './receipt-line.ts'

/**
 * What became of a request that was refused: until a person decides, each fault; then what was made of each statement,
 * and what that is now. Null where nothing of that id was refused. What was replayed is still told of when the request
 * itself is no longer kept.
 */
export async function refusedLines(
  handle: Handle,
  ask: { sourceId: Id; receipt: Id; statesOf?: ConversionStatesOf },
): Promise<ReceiptLine[] | null> {
  const { sourceId, receipt, statesOf } = ask
  const input = await rejectedById(handle, sourceId, receipt)
  const outcomes = await outcomesOf(handle, sourceId, receipt)
  const [first] = outcomes.values()
  const status = input?.status ?? first?.status
  if (status === undefined) return null
  const ids = [...outcomes.values()].flatMap(({ statementId }) =>
    statementId ? [uuidBytes(statementId)] : [],
  )
  const stored = await storedById(handle, sourceId, ids)
  const told: Told = {
    receipt,
    received: status === 409 ? 'conflict' : 'refused',
    input,
    stored,
    lineOf: await linesFor(handle, [...stored.values()], statesOf),
  }
  const indexes = new Set([...(input?.faults ?? []).map(({ index }) => index), ...outcomes.keys()])
  return [...indexes].sort((a, b) => a - b).flatMap((index) => linesAt(index, outcomes.get(index), told))
}

interface Told {
  receipt: Id
  received: 'refused' | 'conflict'
  /** Null once it was kept long enough. */
  input: RejectedInput | null
  stored: ReadonlyMap<Id, StoredRow>
  lineOf: LineOf
}

function linesAt(index: number, outcome: Outcome | undefined, told: Told): ReceiptLine[] {
  const { receipt, received, input, stored, lineOf } = told
  const faults = (input?.faults ?? []).filter((fault) => fault.index === index)
  const begun = { index, refused_receipt: receipt }
  const row = outcome?.statementId ? stored.get(outcome.statementId) : undefined
  if (outcome && row) {
    const refused_for = faults.map(({ pointer, code }) => ({ pointer, code }))
    const settled = { settled: 'mended', settled_at: isoOf(outcome.settledAt), refused_for } as const
    return [{ ...lineOf(row, received), ...begun, ...settled }]
  }
  const settled = settlement(input, outcome)
  const isOver = settled.settled === 'left_out' || settled.settled === 'dismissed'
  const line = {
    ...begun,
    statement_id: null,
    received,
    status: isOver ? 'dismissed' : received,
    ...settled,
  }
  if (faults.length === 0) return [line]
  return faults.map(({ pointer, code }) => ({ ...line, pointer, code }))
}

function settlement(
  input: RejectedInput | null,
  outcome: Outcome | undefined,
): Pick<ReceiptLine, 'settled' | 'settled_at'> {
  if (outcome) return { settled: 'left_out', settled_at: isoOf(outcome.settledAt) }
  if (!input?.settled || input.state === 'open') return {}
  return { settled: input.state, settled_at: isoOf(input.settled.at) }
}
