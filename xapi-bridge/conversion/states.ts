import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { statementsAfter } from '../statements/read.ts'
import { readAll } from './convert.ts'
import type { ReasonCode } from './guard.ts'
import type { Item } from './item.ts'
import { convertedThrough, itemsOpenedBy, readingsAt } from './store.ts'
import { worldFor } from './world.ts'

/** What became of one stored statement in conversion, in the words of receipts (xapi.md §4.6). */
export type ConversionState =
  | { state: 'waiting' }
  | { state: 'ignored'; why: string }
  /** It supports a completion, repeats one, or takes one away. */
  | { state: 'evidence'; of: string }
  | { state: 'parked' | 'quarantined'; reason: ReasonCode; claimId: Id | null }
  | { state: 'claimed'; claimId: Id; teacherId: Id | null }
  | { state: 'dismissed' | 'withdrawn'; claimId: Id | null }

/** What became of these statements, by seq. Why one was ignored is read again from its bytes: nothing is kept of it. */
export async function conversionStatesOf(
  ground: Pick<Ground, 'config' | 'now'>,
  handle: Handle,
  seqs: readonly number[],
): Promise<Map<number, ConversionState>> {
  const states = new Map<number, ConversionState>()
  const through = await convertedThrough(handle)
  const items = await itemsOpenedBy(handle, seqs)
  for (const item of items.sort((a, b) => a.opening - b.opening)) states.set(item.openedSeq, stateOf(item))
  const readings = await readingsAt(handle, seqs)
  for (const { seq, kind } of readings) if (!states.has(seq)) states.set(seq, { state: 'evidence', of: kind })
  for (const seq of seqs) {
    if (states.has(seq)) continue
    states.set(seq, seq > through ? { state: 'waiting' } : await ignoredState(ground, handle, seq))
  }
  return states
}

function stateOf(item: Item): ConversionState {
  const claimId = item.claimedAt === null ? null : item.claimId
  if (item.state === 'claimed') return { state: 'claimed', claimId: item.claimId, teacherId: item.teacherId }
  if (item.state === 'parked' || item.state === 'quarantined') {
    return { state: item.state, reason: item.reason as ReasonCode, claimId }
  }
  return { state: item.state, claimId }
}

async function ignoredState(
  ground: Pick<Ground, 'config' | 'now'>,
  handle: Handle,
  seq: number,
): Promise<ConversionState> {
  const [statement] = await statementsAfter(handle, { seq: seq - 1, limit: 1 })
  if (!statement || statement.seq !== seq) return { state: 'ignored', why: 'not_there' }
  const batch = readAll([statement], await worldFor(ground, handle, [statement.sourceId]))
  const [key = ''] = batch.tally.keys()
  const outcome = key.split(' ')[1] ?? ''
  if (outcome === 'void' || outcome === 'evidence') return { state: 'evidence', of: outcome }
  return { state: 'ignored', why: outcome }
}
