/** Cuts a list into pieces of at most `size`: a list of ids in one statement stays within what engines take. */
export function* chunks<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size)
}
