import type { Id } from '../../foundation/ids.ts'
import type { Clock } from '../../foundation/time.ts'
import { TooMany } from '../errors.ts'
import type { Source } from './source.ts'

/** How fast sources push, against what they may. Counted in memory: each process by itself. */
export interface Rates {
  /**
   * Throws TooMany while a source has used up what it may push, and else counts these bytes and one statement: what is
   * refused for its content is kept, so it may not come faster than what is not.
   */
  admit(source: Source, bytes: number): void
  /** Counts the statements that came in an admitted request; the first was counted there. */
  charge(source: Source, statements: number): void
}

interface Bucket {
  statements: number
  bytes: number
  at: number
  /** The limits that it was made for. */
  rates: Source['rates']
}

/**
 * Makes the process's buckets. A bucket holds what may come in one second and fills at that rate. A request is let in
 * while something is left, whatever its size, and may leave the bucket below nothing: so a batch larger than a second's
 * worth is possible, and the wait after it is the longer.
 */
export function createRates(now: Clock): Rates {
  const buckets = new Map<Id, Bucket>()

  /** The bucket of a source, filled up to now; null where it has no limits. */
  function bucketOf({ id, profile, rates }: Source): Bucket | null {
    if (profile === 'conformance' || (rates.statements === null && rates.bytes === null)) return null
    const full = { statements: rates.statements ?? 0, bytes: rates.bytes ?? 0 }
    const kept = buckets.get(id)
    // What was used up under other limits says nothing of these: a source is not kept out for what was allowed.
    const isSame = kept?.rates.statements === rates.statements && kept?.rates.bytes === rates.bytes
    const bucket = kept && isSame ? kept : { ...full, at: now(), rates }
    const seconds = Math.max(0, now() - bucket.at) / 1_000_000
    bucket.statements = Math.min(full.statements, bucket.statements + full.statements * seconds)
    bucket.bytes = Math.min(full.bytes, bucket.bytes + full.bytes * seconds)
    bucket.at = now()
    buckets.set(id, bucket)
    return bucket
  }

  return {
    admit(source, bytes) {
      const bucket = bucketOf(source)
      if (!bucket) return
      const { rates } = source
      const wait = Math.max(waitFor(bucket.statements, rates.statements), waitFor(bucket.bytes, rates.bytes))
      if (wait > 0) throw new TooMany(Math.max(1, Math.ceil(wait)))
      bucket.bytes -= bytes
      bucket.statements -= 1
    },
    charge(source, statements) {
      const bucket = bucketOf(source)
      if (bucket) bucket.statements -= Math.max(0, statements - 1)
    },
  }
}

/** Seconds until something is left again. */
function waitFor(left: number, rate: number | null): number {
  return rate === null || left > 0 ? 0 : (1 - left) / rate
}
