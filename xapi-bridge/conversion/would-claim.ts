import type { Handle } from '../../foundation/database/connect.ts'
import { hoursText } from '../../foundation/hours.ts'
import type { Id } from '../../foundation/ids.ts'
import { type AwardBasis, offeringsById } from '../../ledger/catalogue/offering.ts'
import type { ReasonCode } from '../completion/guard.ts'
import { type Item, isWaiting } from '../completion/item.ts'
import { sourceById } from '../sources/source.ts'

/** What a completion of a source on trial would ask for, if the source were live. Nothing of it is posted. */
export interface WouldClaim {
  /** Null while no offering is mapped to the activity. */
  offering_code: string | null
  offering_title: string | null
  /** Decimal text; null where it depends on what was sent, or nothing is mapped. */
  hours: string | null
  /** What still keeps it from being a claim, beside the trial; null where nothing does. */
  missing: { code: ReasonCode; detail: string | null } | null
}

/** Where the hours follow from what is sent, one by one or together. */
const measured: ReadonlySet<AwardBasis> = new Set(['by_attendance', 'by_duration', 'by_occurrence'])

/** What the waiting completions of sources on trial would claim, by item; others are absent. */
export async function wouldClaim(handle: Handle, items: readonly Item[]): Promise<Map<Id, WouldClaim>> {
  const shown = new Map<Id, WouldClaim>()
  const waiting = items.filter((item) => isWaiting(item) && item.claimedAt === null)
  const onTrial = new Set<Id>()
  for (const sourceId of new Set(waiting.map((item) => item.sourceId)))
    if ((await sourceById(handle, sourceId))?.state === 'trial') onTrial.add(sourceId)
  const trial = waiting.filter(({ sourceId }) => onTrial.has(sourceId))
  if (trial.length === 0) return shown
  const offerings = await offeringsById(
    handle,
    trial.flatMap(({ offeringId }) => (offeringId === null ? [] : [offeringId])),
  )
  for (const { itemId, offeringId, reason, detail } of trial) {
    const offering = (offeringId && offerings.get(offeringId)) || null
    const isFixed = !offering || !measured.has(offering.awardBasis)
    shown.set(itemId, {
      offering_code: offering?.code ?? null,
      offering_title: offering?.title ?? null,
      hours: offering && isFixed ? hoursText(offering.approvedMilliHours) : null,
      missing: reason === null || reason === 'SOURCE_NOT_LIVE' ? null : { code: reason, detail },
    })
  }
  return shown
}
