import type { Handle } from '../../foundation/database/connect.ts'
import { settingOf } from '../../foundation/database/setting.ts'
import type { Id } from '../../foundation/ids.ts'
import { type ClaimState, claimStatusOf, type EntryStatus } from '../../ledger/books/claim-states.ts'
import type { ClaimStatus } from '../../ledger/claims/status.ts'
import type { ReasonCode } from '../completion/guard.ts'
import type { Item, ItemState } from '../completion/item.ts'
import { convertedThrough } from '../reading/cursor.ts'
import { readingsAt } from '../reading/store.ts'
import { firstWithin, type StoredStatement, statementsAt } from '../statements/read.ts'
import { readAll } from './convert.ts'
import type { World } from './derive.ts'
import { itemsOpenedBy } from './items-store.ts'
import { codeOf, type LedgerCode } from './ledger-codes.ts'
import { worldOf } from './world.ts'
import { type WouldClaim, wouldClaim } from './would-claim.ts'

/** What became of one stored statement in conversion, in the words and keys of receipts (xapi.md §4.6). */
export interface ConversionState {
  status: 'ignored' | 'evidence' | ItemState
  /** Of ignored: why. Of evidence: what it was read as. */
  why?: string
  /** Of parked and quarantined: the public code; of a claim the one that the ledger answers with. */
  code?: ReasonCode | LedgerCode
  /** The failing condition, with value and limit. */
  detail?: string
  /** Of what became a claim; its status and that of its hours are absent until the book has it. */
  claim_id?: Id
  claim_status?: ClaimStatus
  entry_status?: EntryStatus | null
  /** Of a source on trial: what it would be, if the source were live. */
  would_claim?: WouldClaim
  [more: string]: unknown
}

/**
 * What became of these statements, by seq; those that conversion has not reached are absent. Why one was ignored is
 * read again from its bytes: nothing is kept of what says nothing to us.
 */
export async function conversionStatesOf(
  handle: Handle,
  seqs: readonly number[],
): Promise<Map<number, ConversionState>> {
  const through = await convertedThrough(handle)
  const reached = seqs.filter((seq) => seq <= through)
  const states = new Map<number, ConversionState>()
  const items = await itemsOpenedBy(handle, reached)
  const claims = await claimStatusOf(
    handle,
    items.flatMap(({ claimedAt, claimId }) => (claimedAt === null ? [] : [claimId])),
  )
  const trial = await wouldClaim(handle, items)
  for (const item of items.sort((a, b) => a.opening - b.opening)) {
    const would = trial.get(item.itemId)
    const state = stateOf(item, claims.get(item.claimId))
    states.set(item.openedSeq, would ? { ...state, would_claim: would } : state)
  }
  for (const { seq, kind } of await readingsAt(handle, reached)) {
    if (!states.has(seq)) states.set(seq, { status: 'evidence', why: kind })
  }
  const unread = reached.filter((seq) => !states.has(seq))
  for (const [seq, state] of await unreadStates(handle, unread)) states.set(seq, state)
  return states
}

function stateOf(item: Item, claim: ClaimState | undefined): ConversionState {
  return {
    status: item.state,
    ...(item.reason !== null && { code: item.reason }),
    ...(item.detail !== null && { detail: item.detail }),
    ...(item.claimedAt !== null && { claim_id: item.claimId }),
    ...(item.claimedAt !== null &&
      claim && { claim_status: claim.claimStatus, entry_status: claim.entryStatus }),
    ...(item.reason === null &&
      item.claimedAt !== null &&
      claim?.reason &&
      codeOf(claim.reason) !== null && { code: codeOf(claim.reason) as LedgerCode }),
  }
}

/** Of statements of which nothing is kept, read again together: a request may hold thousands of them. */
async function unreadStates(handle: Handle, seqs: readonly number[]): Promise<Map<number, ConversionState>> {
  const states = new Map<number, ConversionState>()
  const iriBase = seqs.length > 0 ? ((await settingOf(handle, 'xapi-iri-base')) ?? '') : ''
  for (let rest = seqs; rest.length > 0; ) {
    const some = await firstWithin(handle, rest.slice(0, 500))
    rest = rest.slice(some.length)
    for (const seq of some) states.set(seq, { status: 'ignored', why: 'not_there' })
    const statements = await statementsAt(handle, some)
    const [first] = statements
    if (!first) continue
    const sourceIds = statements.map(({ sourceId }) => sourceId)
    const world = await worldOf(handle, { iriBase, now: first.stored, sourceIds })
    for (const statement of statements) states.set(statement.seq, unreadState(statement, world))
  }
  return states
}

function unreadState(statement: StoredStatement, world: World): ConversionState {
  const [key = ''] = readAll([statement], world).tally.keys()
  const outcome = key.split(' ')[1] ?? ''
  const supports = outcome === 'void' || outcome === 'evidence'
  return { status: supports ? 'evidence' : 'ignored', why: outcome }
}
