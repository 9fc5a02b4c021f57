import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { type ClaimState, claimStatusOf } from '../../ledger/books/claim-states.ts'
import { documentBytes } from '../../ledger/claims/canonical.ts'
import type { ClaimContent } from '../../ledger/claims/claim.ts'
import type { Refiling } from '../completion/attempt-work.ts'

/** Those whose claim no person has decided on: such a decision is not undone by better evidence or other rules. */
export async function undecided(handle: Handle, refilings: readonly Refiling[]): Promise<Refiling[]> {
  if (refilings.length === 0) return []
  const statuses = await claimStatusOf(
    handle,
    refilings.map(({ claimId }) => claimId),
  )
  const seen = new Set<Id>()
  return refilings.filter(({ claimId, unless }) => {
    const claim = statuses.get(claimId)
    if (seen.has(claimId) || (claim && !isOpenTo(claim, unless))) return false
    seen.add(claimId)
    return true
  })
}

function isOpenTo({ claimStatus, recognisedBy, content }: ClaimState, unless: ClaimContent | null): boolean {
  if (unless === null) return claimStatus === 'awaiting_check'
  if (claimStatus !== 'awaiting_check' && recognisedBy !== 'policy') return false
  const said = ({ source: _, ...rest }: ClaimContent) => documentBytes(rest)
  return !said(content).equals(said(unless))
}
