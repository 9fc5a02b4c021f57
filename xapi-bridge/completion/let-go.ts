import type { Instant } from '../../foundation/time.ts'
import { type Plan, withdrawn } from './attempt-work.ts'
import { voidFact } from './filing.ts'
import type { Item } from './item.ts'

/**
 * Lets go of items whose statement opens nothing any more: it turned out to be part of something mapped, or other rules
 * read it otherwise. What waits is withdrawn. A claim stands, unless new rules are being applied (`cause`) and no
 * person kept it. Pure.
 */
export function letGo(
  items: readonly Item[],
  { why, cause, now }: { why: string; cause: string | null; now: Instant },
): Pick<Plan, 'items' | 'facts'> {
  const plan: Pick<Plan, 'items' | 'facts'> = { items: [], facts: [] }
  for (const item of items) {
    // What a person set aside stays set aside, whatever it is called by now.
    if (!item.isOpen || item.state === 'dismissed') continue
    if (item.claimedAt === null) plan.items.push({ ...withdrawn(item), detail: why, since: now })
    else if (cause !== null && item.keptThrough === 0) {
      const fact = voidFact(item, item.sourceId, cause, 'superseded')
      plan.facts.push({ seq: item.openedSeq, fact })
      plan.items.push({ ...withdrawn(item), detail: cause, since: now })
    }
  }
  return plan
}
