import { idBytes, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { type FactKind, factKinds, type InboxReason, inboxReasons, inboxStates } from '../claims/claim.ts'

/** A fact that was set aside and needs a person. */
export interface QuarantinedFact {
  inboxId: Id
  kind: FactKind
  reason: InboxReason
  sourceId: Id
  inputKey: string
  claimId: Id | null
  accountId: Id | null
  receivedAt: Instant
}

/** Quarantined facts, oldest first, a page at a time: `after` is the last id of the page before. */
export async function quarantined(
  handle: Handle,
  page: { reason?: InboxReason; after?: Id | null; size?: number } = {},
): Promise<QuarantinedFact[]> {
  const query = handle('inbox')
    .select('inbox_id', 'kind', 'reason', 'source_id', 'input_key', 'claim_id', 'account_id', 'received_at')
    .where('state', inboxStates.code('quarantined'))
    .orderBy('inbox_id')
    .limit(page.size ?? 500)
  if (page.reason) query.where('reason', inboxReasons.code(page.reason))
  if (page.after) query.where('inbox_id', '>', idBytes(page.after))
  const rows = await query
  return rows.map((row) => ({
    inboxId: idText(row.inbox_id),
    kind: factKinds.word(row.kind),
    reason: inboxReasons.word(row.reason),
    sourceId: idText(row.source_id),
    inputKey: row.input_key.toString('utf8'),
    claimId: idTextOrNull(row.claim_id),
    accountId: idTextOrNull(row.account_id),
    receivedAt: asInstant(safeInteger(row.received_at)),
  }))
}

/** How many facts are quarantined for each reason; reasons without any are absent. */
export async function quarantineCounts(handle: Handle): Promise<Map<InboxReason, number>> {
  const rows: { reason: number; n: number }[] = await handle('inbox')
    .select('reason')
    .count({ n: '*' })
    .where('state', inboxStates.code('quarantined'))
    .groupBy('reason')
  return new Map(rows.map((row) => [inboxReasons.word(Number(row.reason)), safeInteger(row.n)]))
}

/**
 * Lets the facts that are quarantined for one reason be tried again, from the beginning; answers how many. To be asked
 * once the cause is mended: what still cannot be posted is set aside again.
 */
export async function releaseQuarantined(db: Database, reason: InboxReason, now: Instant): Promise<number> {
  return db('inbox')
    .where({ state: inboxStates.code('quarantined'), reason: inboxReasons.code(reason) })
    .update({ state: inboxStates.code('ready'), reason: null, attempts: 0, next_at: now })
}
