import type { Ground } from '../../foundation/ground.ts'
import type { Step } from '../../foundation/work.ts'

const dayMicroseconds = 86_400_000_000
/** How much one piece of work deletes: bodies are large. */
const together = 100

/**
 * The background work of the dead letter: what was kept for the set time is deleted, whatever its state. The audit and
 * the provenance of what was replayed stay.
 */
export function deadLetterSteps(ground: Ground): Step[] {
  // No lease: two workers that delete the same find it gone.
  return [{ name: 'dead-letter', idleMs: 600_000, run: () => deleteExpired(ground) }]
}

/** Deletes some of the rejected input whose time is over and returns how many; 0 says that there is none. */
export async function deleteExpired({
  db,
  now,
  config,
}: Pick<Ground, 'db' | 'now' | 'config'>): Promise<number> {
  const expired: { rejected_id: Buffer }[] = await db('rejected_input')
    .select('rejected_id')
    .where('received_at', '<', now() - config.rejectedInputDays * dayMicroseconds)
    .limit(together)
  if (expired.length === 0) return 0
  return db('rejected_input')
    .whereIn(
      'rejected_id',
      expired.map(({ rejected_id }) => rejected_id),
    )
    .delete()
}
