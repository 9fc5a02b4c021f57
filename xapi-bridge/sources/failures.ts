import { hash } from 'node:crypto'
import type { Clock } from '../../foundation/time.ts'
import { TooMany } from '../errors.ts'

/** Failed logins of the last minute, in memory: each process counts its own. */
export interface Failures {
  /** Throws TooMany for an address that failed too often lately, alone or with this key. */
  check(address: string, key: string): void
  note(address: string, key: string): void
}

/** How many in one window, of microseconds: with one key from one address, and with any from it. */
const most = { ofPair: 20, ofAddress: 200 }
const window = 60_000_000
const mostKept = 20_000

/**
 * Makes the process's count of failed logins. Secrets cannot be guessed, being 32 random bytes; this keeps whoever tries
 * from costing a look into the database each time. Whoever logged in lately is known without asking here.
 */
export function createFailures(now: Clock): Failures {
  const counts = new Map<string, { count: number; until: number }>()

  function standing(name: string): { count: number; until: number } {
    const kept = counts.get(name)
    return kept && kept.until > now() ? kept : { count: 0, until: now() + window }
  }

  function add(name: string): void {
    const { count, until } = standing(name)
    counts.delete(name)
    if (counts.size >= mostKept) {
      // The oldest of a Map comes first.
      const oldest = counts.keys().next().value
      if (oldest !== undefined) counts.delete(oldest)
    }
    counts.set(name, { count: count + 1, until })
  }

  return {
    check(address, key) {
      for (const [name, limit] of [
        [pairOf(address, key), most.ofPair],
        [address, most.ofAddress],
      ] as const) {
        const { count, until } = standing(name)
        if (count >= limit) throw new TooMany(Math.ceil((until - now()) / 1_000_000))
      }
    },
    note(address, key) {
      add(pairOf(address, key))
      add(address)
    },
  }
}

// Of one length, however long the key that somebody thought up.
function pairOf(address: string, key: string): string {
  return hash('sha256', `${address} ${key}`)
}
