/**
 * A fixed list of words and the numbers they are stored as (SMALLINT).
 *
 * The numbers are history: a word keeps its number for ever, a new word gets
 * a new one. Migrations mirror each list into `code_word` for readers of SQL.
 */
export interface CodeWords<Word extends string> {
  /** The name under which the list stands in `code_word`. */
  readonly name: string
  readonly words: readonly Word[]
  /** The stored number of a word. */
  code(word: Word): number
  /** The word of a stored number; throws for a number that no release ever wrote. */
  word(code: number): Word
}

/** Makes a list of code words from its written-out numbers. */
export function codeWords<const Numbers extends Record<string, number>>(
  name: string,
  numbers: Numbers,
): CodeWords<keyof Numbers & string> {
  type Word = keyof Numbers & string
  const wordOf = new Map(Object.entries(numbers).map(([word, code]) => [code, word as Word]))
  return {
    name,
    words: Object.keys(numbers) as Word[],
    code: (word) => numbers[word] as number,
    word(code) {
      const word = wordOf.get(Number(code))
      if (word === undefined) throw new RangeError(`${name}: no word has the number ${code}`)
      return word
    },
  }
}
