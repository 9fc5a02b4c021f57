import { releaseLease, takeLease } from '../foundation/database/lease.ts'
import type { Ground } from '../foundation/ground.ts'
import { newId } from '../foundation/ids.ts'
import type { Step } from '../foundation/work.ts'
import { convertWaiting } from './conversion/convert.ts'
import { releaseMended } from './conversion/release.ts'
import { applyRules } from './rule-changes/apply.ts'

/** So long a worker that died keeps the others waiting; what must not overlap is guarded by the lock of conversion. */
const ttlMs = 3_000

/**
 * The background work of conversion: one reader at a time walks the statements and, in the same loop, looks again at
 * what waits and applies rules that were approved. One loop for all, since a look that ran beside a batch could miss
 * what that batch is about to park.
 */
export function conversionSteps(ground: Ground): Step[] {
  const lease = { kind: 'conversion', shard: 0, owner: newId() }
  return [
    {
      name: 'conversion',
      idleMs: 250,
      async run(signal) {
        const fence = await takeLease(ground.db, { ...lease, now: ground.now(), ttlMs })
        if (fence === null) return 0
        const looked = await releaseMended(ground, signal)
        const reread = await applyRules(ground, signal)
        const taken = signal.aborted ? 0 : await convertWaiting(ground)
        if (signal.aborted) await releaseLease(ground.db, lease)
        return looked + reread + taken
      },
    },
  ]
}
