import { releaseLease, takeLease } from '../../foundation/database/lease.ts'
import type { Ground } from '../../foundation/ground.ts'
import { newId } from '../../foundation/ids.ts'
import { isoOf } from '../../foundation/time.ts'
import type { Step } from '../../foundation/work.ts'
import { takeAnchor } from './anchor.ts'
import { resumeRuns } from './apply-policy.ts'
import { EngineChange } from './engine-change.ts'
import { pruneOutbox, stoppedReaders } from './outbox-retention.ts'
import { postReady } from './pick.ts'
import { postingGround } from './posting-ground.ts'
import { Sweep } from './sweep.ts'
import { lastVerification, verifyAndRecord } from './verify-run.ts'

const dayMs = 86_400_000

/**
 * The background work of the books: posting what is ready, going on with a policy switch that was broken off or
 * with what an update decides otherwise, taking away what every reader of the outbox has passed, and once a day an anchor
 * and a verification of everything. Any number of processes may run them.
 */
export function bookSteps(ground: Ground): Step[] {
  const posting = postingGround(ground)
  const owner = newId()
  const sweep = new Sweep()
  const engineChange = new EngineChange()
  return [
    { name: 'post', idleMs: 150, run: (signal) => postReady(posting, owner, signal) },
    {
      name: 'policy-switch',
      idleMs: 5_000,
      run: (signal) => leased(ground, 'policy-switch', owner, () => resumeRuns(posting, signal)),
    },
    {
      name: 'engine-change',
      idleMs: 60_000,
      run: () => leased(ground, 'engine-change', owner, () => engineChange.run(ground)),
    },
    {
      name: 'sweep',
      idleMs: 5_000,
      run: () => leased(ground, 'sweep', owner, () => sweep.run(posting)),
    },
    {
      name: 'outbox-retention',
      idleMs: 3_600_000,
      run: () => leased(ground, 'outbox-retention', owner, keepOutbox),
    },
    {
      name: 'verify',
      idleMs: 60_000,
      run: () => leased(ground, 'verify', owner, () => verifyDaily(posting)),
    },
  ]

  async function keepOutbox(): Promise<number> {
    const pruned = await pruneOutbox(ground)
    // Told of once a round, when there is nothing left to take away.
    if (pruned > 0) return pruned
    for (const { reader, behind, since } of await stoppedReaders(ground.db, ground.now())) {
      ground.log.warn({ reader, behind, since: isoOf(since) }, 'a reader of the outbox has stopped')
    }
    return 0
  }

  async function verifyDaily(own: typeof posting): Promise<number> {
    const last = await lastVerification(ground.db)
    if (last && last.startedAt + dayMs * 1000 > ground.now()) return 0
    await takeAnchor(ground.db, ground.now())
    const { accounts, findings } = await verifyAndRecord(own)
    if (findings.length > 0) {
      ground.log.error(
        { findings: findings.slice(0, 20), count: findings.length },
        'verification has findings',
      )
    }
    return accounts
  }
}

/** Runs work under a lease of its kind; 0 while another process has it. */
async function leased(
  ground: Ground,
  kind: string,
  owner: string,
  work: () => Promise<number>,
): Promise<number> {
  const { db, now } = ground
  const lease = { kind, shard: 0, owner }
  if ((await takeLease(db, { ...lease, now: now(), ttlMs: 600_000 })) === null) return 0
  try {
    return await work()
  } finally {
    await releaseLease(db, lease)
  }
}
