import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { documentBytes } from '../claims/canonical.ts'
import { ledgerSourceId, submit } from '../claims/submit.ts'
import { type OfferingInfo, offeringsAround } from './offering.ts'

/** Which of these offerings have claims in the book. */
export async function claimedOfferings(handle: Handle, offeringIds: Id[]): Promise<Set<Id>> {
  const found = new Set<Id>()
  for (let from = 0; from < offeringIds.length; from += 400) {
    const rows = await handle('claim')
      .whereIn('offering_id', offeringIds.slice(from, from + 400).map(idBytes))
      .distinct('offering_id')
    for (const row of rows) found.add(idText(row.offering_id))
  }
  return found
}

/** The accounts that hold claims on these offerings. */
export async function accountsWithClaimsOn(handle: Handle, offeringIds: Id[]): Promise<Id[]> {
  const found = new Set<Id>()
  for (let from = 0; from < offeringIds.length; from += 400) {
    const rows = await handle('claim')
      .whereIn('offering_id', offeringIds.slice(from, from + 400).map(idBytes))
      .distinct('account_id')
    for (const row of rows) found.add(idText(row.account_id))
  }
  return [...found].sort()
}

/**
 * Asks the book to evaluate the accounts that hold claims on these offerings, on their parts, or on paths around them.
 * Returns how many accounts that are.
 */
export async function evaluateClaimsOn(
  trx: Trx,
  order: { offeringIds: Id[]; cause: string; now: Instant },
): Promise<number> {
  const around = await offeringsAround(trx, order.offeringIds)
  const accountIds = await accountsWithClaimsOn(trx, [...around.keys()])
  if (accountIds.length === 0) return 0
  const inputHash = sha256(order.cause)
  await submit(
    trx,
    [{ kind: 'evaluate', sourceId: ledgerSourceId, inputKey: order.cause, inputHash, accountIds }],
    order.now,
  )
  return accountIds.length
}

/** What may not change by a file once there are claims: approved hours and dates (interfaces.md §8). */
export function lockedChanges(before: OfferingInfo, after: OfferingInfo): string[] {
  const found: string[] = []
  if (before.approvedMilliHours !== after.approvedMilliHours) found.push('hours')
  // An approval may come after the claims; it may not be moved or taken back.
  if (before.approvedOn !== null && before.approvedOn !== after.approvedOn) found.push('approved_on')
  for (const each of before.classes) {
    const now = after.classes.find(({ code }) => code === each.code)
    if (!now) {
      found.push(`classes ${each.code}`)
      continue
    }
    if (now.from !== each.from) found.push(`classes ${each.code} from`)
    if (now.to !== each.to) found.push(`classes ${each.code} to`)
    for (const session of each.sessions) {
      const other = now.sessions.find(({ no }) => no === session.no)
      if (other?.startsAt === session.startsAt && other.minutes === session.minutes) continue
      found.push(`classes ${each.code} session ${session.no}`)
    }
  }
  return found
}

/** Whether a change touches anything that policy may read. */
export function concernsPolicy(before: OfferingInfo | null, after: OfferingInfo): boolean {
  return before === null || !documentBytes(forPolicy(before)).equals(documentBytes(forPolicy(after)))
}

function forPolicy(offering: OfferingInfo) {
  return {
    ...offering,
    organisers: null,
    packageCode: null,
    classes: offering.classes.map(({ trainingClassId, from, to, sessions }) => ({
      trainingClassId,
      from,
      to,
      sessions: sessions.map(({ sessionId, startsAt, minutes }) => ({ sessionId, startsAt, minutes })),
    })),
  }
}
