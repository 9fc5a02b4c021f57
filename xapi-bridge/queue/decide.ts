import type { Trx } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { submit } from '../../ledger/claims/submit.ts'
import { withdrawn } from '../completion/attempt-work.ts'
import { voidFact } from '../completion/filing.ts'
import { type ReasonCode, releasableCodes } from '../completion/guard.ts'
import { keptMapping } from '../completion/hold.ts'
import { type Item, isWaiting } from '../completion/item.ts'
import { itemsById, writeItems } from '../conversion/items-store.ts'
import { reexamine } from '../conversion/release.ts'
import { convertedThrough, lockConversion } from '../reading/cursor.ts'

/** Who decides, and why. */
export interface Decision {
  /** As the audit names them: `login:…`, `os:…`. */
  actor: string
  /** The id under which the ledger keeps who made an act. */
  makerId: Id
  reason: string
}

/**
 * Decides on a claim whose source took its completion back, or contradicted it, or whose name means something else by
 * now: `reverse` takes the claim back as well, and a re-issue that came meanwhile may take its place, as may what the
 * statement means now; `keep` lets it stand against what is known now. Throws
 * NotFound `item-unknown` and Conflict `item-decided`.
 */
export async function decideVoid(
  ground: Ground,
  itemId: Id,
  verdict: 'reverse' | 'keep',
  decision: Decision,
): Promise<void> {
  await transact(ground.db, async (trx) => {
    await lockConversion(trx)
    const [item] = await itemsById(trx, [itemId])
    if (!item) throw new NotFound('item-unknown', 'there is no such item')
    if (!isWaiting(item) || item.claimedAt === null) {
      throw new Conflict('item-decided', 'the item does not wait for this decision any more')
    }
    if (verdict === 'reverse') await reverse(ground, trx, item, decision)
    else await keepClaim(ground, trx, item)
    await audit(trx, ground, `completion-${verdict === 'reverse' ? 'reversed' : 'kept'}`, item, decision)
  })
}

async function reverse(ground: Ground, trx: Trx, item: Item, decision: Decision): Promise<void> {
  const cause = item.detail ?? ''
  await submit(trx, [voidFact(item, decision.makerId, cause)], ground.now())
  const isContradiction = item.reason === 'CONFLICT'
  // After a contradiction the completion itself still stands in what was read: it must not open another claim.
  await writeItems(trx, [
    isContradiction
      ? { ...item, state: 'dismissed', reason: null, claimedAt: null, since: ground.now() }
      : { ...withdrawn(item), since: ground.now() },
  ])
  if (!isContradiction) await reexamine(ground, trx, [item])
}

async function keepClaim(ground: Ground, trx: Trx, item: Item): Promise<void> {
  const keptThrough = await convertedThrough(trx)
  const kept: Item = {
    ...item,
    state: 'claimed',
    reason: null,
    detail: null,
    keptThrough,
    released: item.reason === keptMapping ? [...item.released, keptMapping] : item.released,
    since: ground.now(),
  }
  await writeItems(trx, [kept])
  // What it was kept against is settled; its name may have moved meanwhile, which is a question of its own.
  if (item.reason !== keptMapping) await reexamine(ground, trx, [kept])
}

/**
 * Lets items pass that wait under one code, so that they become claims if nothing else keeps them. Returns how many
 * stopped waiting for it. Items that wait for something else by now are left alone. Throws Conflict
 * `code-not-releasable` for a code that goes only when its cause is mended.
 */
export async function releaseItems(
  ground: Ground,
  code: ReasonCode,
  itemIds: readonly Id[],
  decision: Decision,
): Promise<number> {
  if (!releasableCodes.has(code)) {
    throw new Conflict('code-not-releasable', `${code} ends only when its cause is mended`)
  }
  return inBatches(ground, code, itemIds, async (trx, items) => {
    await writeItems(
      trx,
      items.map((item) => ({ ...item, released: [...new Set([...item.released, code])] })),
    )
    await reexamine(ground, trx, items)
    for (const item of items) await audit(trx, ground, 'completion-released', item, decision)
  })
}

/**
 * Dismisses items that wait under one code: they never become claims, and repeats of the same completion fold into
 * them. A claim that was filed already stands. Returns how many were dismissed.
 */
export async function dismissItems(
  ground: Ground,
  code: ReasonCode,
  itemIds: readonly Id[],
  decision: Decision,
): Promise<number> {
  return inBatches(ground, code, itemIds, async (trx, items) => {
    const dismissed = items.filter(({ claimedAt }) => claimedAt === null)
    await writeItems(
      trx,
      dismissed.map((item) => ({ ...item, state: 'dismissed' as const, reason: null, since: ground.now() })),
    )
    for (const item of items) if (item.claimedAt !== null) await keepClaim(ground, trx, item)
    for (const item of items) await audit(trx, ground, 'completion-dismissed', item, decision)
  })
}

async function inBatches(
  ground: Ground,
  code: ReasonCode,
  itemIds: readonly Id[],
  decide: (trx: Trx, items: Item[]) => Promise<void>,
): Promise<number> {
  let decided = 0
  for (let from = 0; from < itemIds.length; from += 200) {
    const some = itemIds.slice(from, from + 200)
    decided += await transact(ground.db, async (trx) => {
      await lockConversion(trx)
      const items = (await itemsById(trx, some)).filter((item) => isWaiting(item) && item.reason === code)
      await decide(trx, items)
      return items.length
    })
  }
  return decided
}

async function audit(
  trx: Trx,
  ground: Ground,
  action: string,
  item: Item,
  decision: Decision,
): Promise<void> {
  await recordAudit(trx, {
    actor: decision.actor,
    action,
    subjectKind: 'conversion_item',
    subjectId: item.itemId,
    detail: {
      code: item.reason,
      reason: decision.reason,
      claim_id: item.claimedAt === null ? null : item.claimId,
    },
    now: ground.now(),
  })
}
