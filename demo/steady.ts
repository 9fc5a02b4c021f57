import { createHash } from 'node:crypto'
import { v5 } from 'uuid'

// Random once, fixed for ever: all made-up ids of the demo hang below it.
const DEMO = '5b0a7c52-6f5e-4d6b-9a52-2f0c6f1d8e41'

/** A UUID that is the same on every run for the same text, and says nothing about the text. */
export function steadyId(text: string): string {
  return v5(text, DEMO)
}

/** A stream of numbers that is the same on every run for the same seed. */
export interface Dice {
  /** A fraction, 0 included, 1 excluded. */
  fraction(): number
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T
  /** True with the given probability. */
  chance(probability: number): boolean
  /** The same elements in another order; the argument stays as it is. */
  shuffle<T>(elements: readonly T[]): T[]
}

/** Dice thrown from a seed (mulberry32). Not for secrets. */
export function diceOf(seed: string | number): Dice {
  let state = createHash('sha256').update(String(seed)).digest().readUInt32LE(0)
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (from: number, to: number) => from + Math.floor(fraction() * (to - from + 1))
  const pick = <T>(choices: readonly T[]) => choices[whole(0, choices.length - 1)] as T
  return { fraction, whole, pick, chance: (probability) => fraction() < probability, shuffle }

  function shuffle<T>(elements: readonly T[]): T[] {
    const left = [...elements]
    const drawn: T[] = []
    while (left.length > 0) {
      const at = whole(0, left.length - 1)
      drawn.push(left[at] as T)
      left[at] = left[left.length - 1] as T
      left.pop()
    }
    return drawn
  }
}
