import { ExpectedError } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Fault, FaultCode } from '../language/faults.ts'
import { openWith } from './find.ts'
import type { MendingName } from './mendings.ts'
import { preview, replay, type SettleOrder } from './settle.ts'

/** A mending for everything that waits under one fault. */
export interface BulkOrder {
  code: FaultCode
  mendings: MendingName[]
  sourceId?: Id
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

/** What a bulk mending did, or would do. */
export interface BulkResult {
  /** Inputs that were looked at. */
  inputs: number
  /** Inputs of which nothing is in the way of a replay after the mending. */
  ready: number
  accepted: number
  duplicate: number
  /** Inputs that stay open, with what is still in their way. */
  refused: { id: Id; errors: Fault[]; code?: string }[]
  /** Some of the statements that change. */
  samples: BulkSample[]
  /** Where to go on; null when nothing is left. */
  next: Id | null
}

const mostSamples = 20
const mostErrors = 20

/**
 * Mends all open inputs with one fault, each by itself and all or nothing within an input; `order` null previews. What a
 * mending does not make whole stays open.
 */
export async function mendAll(
  ground: Ground,
  wish: BulkOrder,
  order: SettleOrder | null,
): Promise<BulkResult> {
  const ids = await openWith(
    ground.db,
    { code: wish.code, ...(wish.sourceId ? { sourceId: wish.sourceId } : {}) },
    { size: wish.size, ...(wish.after ? { after: wish.after } : {}) },
  )
  const result: BulkResult = {
    inputs: ids.length,
    ready: 0,
    accepted: 0,
    duplicate: 0,
    refused: [],
    samples: [],
    next: ids.length < wish.size ? null : (ids.at(-1) ?? null),
  }
  for (const id of ids) await mendOne(ground, id, wish.mendings, order, result)
  return result
}

async function mendOne(
  ground: Ground,
  id: Id,
  mendings: MendingName[],
  order: SettleOrder | null,
  result: BulkResult,
): Promise<void> {
  const plan = { mendings }
  try {
    const draft = await preview(ground, id, plan)
    for (const { index, before, after, faultsAfter } of draft.statements)
      if (after !== before && result.samples.length < mostSamples)
        result.samples.push({ id, index, before, after, faultsAfter })
    if (!draft.isReady) {
      const errors = draft.statements.flatMap(({ faultsAfter }) => faultsAfter).slice(0, mostErrors)
      result.refused.push({ id, errors })
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
    result.refused.push({ id, errors: [], code: error.code })
  }
}
