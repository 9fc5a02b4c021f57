import type { Trx } from '../../foundation/database/connect.ts'
import type { Item } from '../completion/item.ts'
import { tellOutcomes } from '../forwarding/happenings.ts'

/**
 * Tells of completions whose outcome changed, inside the transaction that changes them: each stands now in another
 * state, waits for another reason, or is another claim than before. What is written here is kept or lost with it.
 */
export async function noteOutcomes(trx: Trx, items: readonly Item[]): Promise<void> {
  await tellOutcomes(trx, items)
}
