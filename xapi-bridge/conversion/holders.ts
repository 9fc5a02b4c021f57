import { chunks } from '../../foundation/database/chunks.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { sha256 } from '../../foundation/ids.ts'
import type { Plan } from '../completion/attempt-work.ts'
import type { Item } from '../completion/item.ts'
import { itemOf } from './items-store.ts'

/** Items that are not among these and hold the completion of one of them. */
export async function holdersAgainst(handle: Handle, items: readonly Item[]): Promise<Item[]> {
  const planned = new Map(items.map((item) => [item.itemId, item]))
  const keys = [...planned.values()].flatMap(({ isOpen, completionKey }) => (isOpen ? [completionKey] : []))
  const holders: Item[] = []
  for (const some of chunks([...new Set(keys)], 400)) {
    const rows = await handle('conversion_item')
      .whereIn(
        'completion_key',
        some.map((key) => Buffer.from(key, 'hex')),
      )
      .andWhere('open_flag', 1)
    holders.push(...rows.map(itemOf).filter(({ itemId }) => !planned.has(itemId)))
  }
  return holders
}

/** Lets what is planned wait, instead of becoming a claim, where one of these holds its completion. Changes `plan`. */
export function setBeside(plan: Plan, holders: readonly Item[]): void {
  const byKey = new Map(holders.map((holder) => [holder.completionKey, holder]))
  const set = new Set<string>()
  plan.items = plan.items.map((item) => {
    const holder = item.isOpen ? byKey.get(item.completionKey) : undefined
    if (!holder) return item
    set.add(item.claimId)
    return {
      ...item,
      completionKey: sha256(`beside/1\n${item.completionKey}\n${item.itemId}`).toString('hex'),
      state: 'quarantined',
      reason: 'MAPPING_CHANGED',
      detail: `statement ${holder.statementId} holds this completion since before names or classes changed`,
      claimedAt: null,
      evidence: [],
    }
  })
  plan.facts = plan.facts.filter(({ fact }) => fact.kind !== 'claim' || !set.has(fact.claimId))
  const waiting = new Set(plan.items.flatMap(({ itemId, claimId }) => (set.has(claimId) ? [itemId] : [])))
  plan.times = plan.times.filter(({ itemId }) => !waiting.has(itemId))
}
