/**
 * JSON text over several lines, for reading and editing. Only white space between tokens changes: numbers, escapes and
 * repeated names stay as they were sent. Text that is no JSON comes back as it is.
 */
export function spread(text: string): string {
  if (!isJson(text)) return text
  let made = ''
  let depth = 0
  const newLine = () => `\n${'  '.repeat(depth)}`
  for (let at = 0; at < text.length; ) {
    const character = text[at] as string
    if (character === '"') {
      const end = endOfText(text, at)
      made += text.slice(at, end)
      at = end
      continue
    }
    at += 1
    if (/\s/.test(character)) continue
    if (character === '{' || character === '[') {
      const close = closedAtOnce(text, at)
      if (close > 0) {
        made += character + text[close - 1]
        at = close
        continue
      }
      depth += 1
      made += character + newLine()
    } else if (character === '}' || character === ']') {
      depth -= 1
      made += newLine() + character
    } else if (character === ',') made += character + newLine()
    else made += character === ':' ? ': ' : character
  }
  return made
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function endOfText(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** Behind the bracket that closes an empty object or list; 0 where it is not empty. */
function closedAtOnce(text: string, start: number): number {
  const next = start + (/^\s*/.exec(text.slice(start))?.[0].length ?? 0)
  return text[next] === '}' || text[next] === ']' ? next + 1 : 0
}

/** What a text area makes of a text: its line ends, and no line end in front. */
export function asTyped(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/^\n/, '')
}

/** One line of a comparison. */
export interface ComparedLine {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** More lines than this on either side, in the part that differs, are shown as gone and new as a whole. */
const mostCompared = 1000

/** Two texts line by line: the longest common sequence stays, the others are gone or new. */
export function comparedLines(before: string, after: string): ComparedLine[] {
  const [one, other] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < one.length && head < other.length && isSame(one[head], other[head])) head++
  let tail = 0
  while (
    tail < one.length - head &&
    tail < other.length - head &&
    isSame(one[one.length - 1 - tail], other[other.length - 1 - tail])
  )
    tail++
  const same = (text: string): ComparedLine => ({ kind: 'same', text })
  return [
    ...one.slice(0, head).map(same),
    ...middle(one.slice(head, one.length - tail), other.slice(head, other.length - tail)),
    ...one.slice(one.length - tail).map(same),
  ]
}

/** Whether two lines say the same: the comma behind a member follows from what stands after it. */
function isSame(one: string | undefined, other: string | undefined): boolean {
  return one?.replace(/,$/, '') === other?.replace(/,$/, '')
}

function middle(one: string[], other: string[]): ComparedLine[] {
  const gone = (text: string): ComparedLine => ({ kind: 'gone', text })
  const fresh = (text: string): ComparedLine => ({ kind: 'new', text })
  if (one.length > mostCompared || other.length > mostCompared) return [...one.map(gone), ...other.map(fresh)]
  // longest[i][j]: how many lines one from i and other from j have in common, in order.
  const longest = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1))
  const at = (i: number, j: number) => longest[i]?.[j] ?? 0
  for (let i = one.length - 1; i >= 0; i--)
    for (let j = other.length - 1; j >= 0; j--)
      (longest[i] as Uint16Array)[j] = isSame(one[i], other[j])
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: ComparedLine[] = []
  let [i, j] = [0, 0]
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && isSame(one[i], other[j])) {
      lines.push({ kind: 'same', text: one[i] as string })
      i++
      j++
    } else if (i < one.length && at(i + 1, j) >= at(i, j + 1)) lines.push(gone(one[i++] as string))
    else if (j < other.length) lines.push(fresh(other[j++] as string))
    else lines.push(gone(one[i++] as string))
  }
  return lines
}
