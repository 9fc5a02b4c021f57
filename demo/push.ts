import { hoursText } from '../foundation/hours.ts'
import { compose, type PushedSource } from './push/compose.ts'
import type { DemoStatement } from './push/emitters.ts'
import { sendBatch } from './push/send.ts'
import { diceOf } from './steady.ts'

/** Where and what the demo pushes. */
export interface PushOptions {
  /** The xAPI endpoint as `source add` prints it. */
  endpoint: string
  key: string
  secret: string
  /** Which platform is played; default `moodle` (示例区 Moodle). `nation` is 国家智慧教育平台 with the ADL vocabulary. */
  source?: PushedSource
  /** How many statements, 3 or more; default 1,000. Moodle bears about 27,000, the nation about 9,000. */
  count?: number
  /** Default 1. */
  seed?: string | number
  /** Default now. Completions lie within the eighty days before. */
  now?: Date
  /** Whether a void of this source waits for a review (default) or reverses by itself. */
  onVoid?: 'review' | 'auto'
  /** Gives every statement an id; default false for Moodle, which sends none. */
  withIds?: boolean
  /** Requests in flight at once; default 4. */
  parallel?: number
  /** How long to go on without an answer; default one minute. */
  patienceMs?: number
  /** Called after each batch that was acknowledged, with the ids in the order of the statements. */
  onAcknowledged?: (ids: string[], statements: DemoStatement[]) => void
}

/** What a push has done and what it is worth. Hours are decimal text. */
export interface PushOutcome {
  /** Statements sent, without those of batches that were sent a second time. */
  sent: number
  acknowledged: number
  /** Statements of whole batches that were sent a second time on purpose. */
  resent: number
  /** Hours that count by this push alone, for each teacher number, once everything has settled. */
  expected: Record<string, string>
  /** Hours that this push leaves waiting for a school's check; empty for a source that is recognised by itself. */
  awaiting: Record<string, string>
  /** Teachers whose hours depend on the review of a void; in neither list. */
  undecided: string[]
}

/**
 * Plays an outside platform against a running endpoint, deterministically by seed and day.
 *
 * `expected` is exact for a district that was seeded by the demo and had no earlier
 * push: the teachers of the push have no other hours, and its courses meet no cap of
 * the example policy. Throws PushRefused and PushUnanswered.
 */
export async function demoPush(options: PushOptions): Promise<PushOutcome> {
  const {
    source = 'moodle',
    count = 1_000,
    seed = 1,
    now = new Date(),
    onVoid = 'review',
    withIds = false,
  } = options
  const composition = compose({ source, count, seed, now, onVoid, withIds })
  const batches = batchesOf(composition.statements, `${seed}/batches`)
  const receiver = { ...options, patienceMs: options.patienceMs ?? 60_000 }
  const totals = { acknowledged: 0, resent: 0 }

  // Moodle's cron also posts when it has nothing to tell.
  if (source === 'moodle') await sendBatch(receiver, [])
  await inParallel(options.parallel ?? 4, batches, async ({ statements, twice }) => {
    const ids = await sendBatch(receiver, statements)
    totals.acknowledged += statements.length
    options.onAcknowledged?.(ids, statements)
    if (!twice) return
    const again = await sendBatch(receiver, statements)
    totals.resent += statements.length
    options.onAcknowledged?.(again, statements)
  })
  return {
    sent: composition.statements.length,
    ...totals,
    expected: hoursBy(composition.counted),
    awaiting: hoursBy(composition.awaiting),
    undecided: composition.undecided,
  }
}

interface Batch {
  statements: DemoStatement[]
  twice: boolean
}

// From one statement to twice Moodle's usual thirty, and now and then a batch whose answer the sender is said to have lost.
function batchesOf(statements: DemoStatement[], seed: string): Batch[] {
  const dice = diceOf(seed)
  const batches: Batch[] = []
  for (let at = 0; at < statements.length; ) {
    const size = dice.whole(1, 60)
    batches.push({ statements: statements.slice(at, at + size), twice: dice.chance(0.05) })
    at += size
  }
  return batches
}

async function inParallel<T>(lanes: number, work: T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = work[Symbol.iterator]()
  const lane = async () => {
    for (const item of queue) await run(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

function hoursBy(milliHours: Map<string, number>): Record<string, string> {
  return Object.fromEntries(
    [...milliHours].sort().map(([teacherNo, amount]) => [teacherNo, hoursText(amount)]),
  )
}
