import type { Clock } from '../../foundation/time.ts'

const windowMicroseconds = 300_000_000
const mostAddresses = 10_000

/**
 * Counts refused requests by address in windows of five minutes. Requests that were let in never count, since a whole
 * school may share one address.
 */
export class RefusedCounter {
  readonly #now: Clock
  readonly #most: number
  readonly #windows = new Map<string, { beganAt: number; refused: number }>()

  constructor(now: Clock, most: number) {
    this.#now = now
    this.#most = most
  }

  /** Notes one refusal. */
  add(address: string): void {
    const window = this.#current(address)
    if (window) {
      window.refused += 1
      return
    }
    // The oldest go first; a map keeps the order in which they came.
    if (this.#windows.size >= mostAddresses) this.#windows.delete(this.#windows.keys().next().value as string)
    this.#windows.delete(address)
    this.#windows.set(address, { beganAt: this.#now(), refused: 1 })
  }

  /** Whether an address was refused so often that it must wait; the seconds to wait, or 0. */
  waitSeconds(address: string): number {
    const window = this.#current(address)
    if (!window || window.refused < this.#most) return 0
    return Math.max(1, Math.ceil((window.beganAt + windowMicroseconds - this.#now()) / 1_000_000))
  }

  #current(address: string) {
    const window = this.#windows.get(address)
    return window && this.#now() - window.beganAt < windowMicroseconds ? window : undefined
  }
}
