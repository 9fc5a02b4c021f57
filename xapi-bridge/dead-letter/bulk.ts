import { ExpectedError } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Fault } from '../language/faults.ts'
import type { Drafted, MendingPlan } from './draft.ts'
import { type OpenFilter, openWith } from './find.ts'
import { preview, replay, type SettleOrder } from './settle.ts'

/** A plan for everything that is open and matches. */
export interface BulkOrder extends OpenFilter {
  plan: MendingPlan
  /** The last input that was looked at, to go on behind it. */
  after?: Id
  /** How many inputs at most. */
  size: number
}

/** One statement that a bulk mending changes. */
export interface BulkSample {
  id: Id
  index: number
  before: string
  after: string
  faultsAfter: Fault[]
}

/** An input that stays open: what is still in its way, or the code of what happened to it meanwhile. */
export interface BulkRefusal {
  id: Id
  statements: Pick<Drafted, 'index' | 'after' | 'faultsAfter'>[]
  code?: string
}

/** What a bulk mending did, or would do. */
export interface BulkResult {
  /** Inputs that were looked at. */
  inputs: number
  /** Inputs of which nothing is in the way of a replay after the mending. */
  ready: number
  accepted: number
  duplicate: number
  refused: BulkRefusal[]
  /** Some of the statements that change. */
  samples: BulkSample[]
  /** Where to go on; null when nothing is left. */
  next: Id | null
}

const mostSamples = 20

/**
 * Mends all open inputs that match, each by itself and all or nothing within an input; `order` null previews. What a
 * mending does not make whole stays open.
 */
export async function mendAll(
  ground: Ground,
  { plan, after, size, ...filter }: BulkOrder,
  order: SettleOrder | null,
): Promise<BulkResult> {
  const ids = await openWith(ground.db, filter, { size, ...(after ? { after } : {}) })
  const result = await mendThese(ground, ids, plan, order)
  return { ...result, next: ids.length < size ? null : (ids.at(-1) ?? null) }
}

/** As `mendAll`, for inputs that are named. */
export async function mendThese(
  ground: Ground,
  ids: Id[],
  plan: MendingPlan,
  order: SettleOrder | null,
): Promise<BulkResult> {
  const result: BulkResult = {
    inputs: ids.length,
    ready: 0,
    accepted: 0,
    duplicate: 0,
    refused: [],
    samples: [],
    next: null,
  }
  for (const id of ids) await mendOne(ground, id, plan, order, result)
  return result
}

async function mendOne(
  ground: Ground,
  id: Id,
  plan: MendingPlan,
  order: SettleOrder | null,
  result: BulkResult,
): Promise<void> {
  try {
    const { statements, isReady } = await preview(ground, id, plan)
    for (const { index, before, after, faultsAfter } of statements)
      if (after !== before && result.samples.length < mostSamples)
        result.samples.push({ id, index, before, after, faultsAfter })
    if (!isReady) {
      result.refused.push({ id, statements: statements.filter(({ faultsAfter }) => faultsAfter.length > 0) })
      return
    }
    result.ready += 1
    if (!order) return
    const { accepted, duplicate } = await replay(ground, id, plan, order)
    result.accepted += accepted
    result.duplicate += duplicate
  } catch (error) {
    // Somebody else settled it meanwhile, or its time ended: the others go on.
    if (!(error instanceof ExpectedError)) throw error
    result.refused.push({ id, statements: [], code: error.code })
  }
}
