import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { ledgerSourceId, submit } from './submit.ts'

/** The accounts that hold claims on these offerings: whom a change of the offerings may concern. */
export async function accountsClaiming(handle: Handle, offeringIds: readonly Id[]): Promise<Id[]> {
  const found = new Set<Id>()
  for (let from = 0; from < offeringIds.length; from += 400) {
    const rows = await handle('claim')
      .distinct('account_id')
      .whereIn('offering_id', offeringIds.slice(from, from + 400).map(idBytes))
    for (const { account_id } of rows) found.add(idText(account_id))
  }
  return [...found]
}

/**
 * Asks, in the transaction of a change that policy may read, that the accounts it concerns be evaluated again; answers
 * how many those are. `cause` names the change and makes asking twice harmless.
 *
 * A claim that is posted at this moment may have read what was before and not
 * be in the book yet; therefore a change of teachers asks for each of them,
 * also those without an account.
 */
export async function askForEvaluation(
  trx: Trx,
  change: { cause: string; offeringIds?: readonly Id[]; teacherIds?: readonly Id[]; now: Instant },
): Promise<number> {
  const accountIds = new Set([
    ...(await accountsClaiming(trx, change.offeringIds ?? [])),
    ...(change.teacherIds ?? []),
  ])
  if (accountIds.size === 0) return 0
  await submit(
    trx,
    [
      {
        kind: 'evaluate',
        sourceId: ledgerSourceId,
        inputKey: change.cause,
        inputHash: sha256(change.cause),
        accountIds: [...accountIds],
      },
    ],
    change.now,
  )
  return accountIds.size
}
