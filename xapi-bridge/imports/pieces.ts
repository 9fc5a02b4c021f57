/** How large one statement of a file may be, in bytes. */
export const largestPiece = 6 * 1024 * 1024

/** One value cut out of a file; what is between the values is checked by nobody. */
export type Piece =
  | { line: number; bytes: Buffer }
  /** One that is larger than allowed, or where the file ends in the middle. */
  | { line: number; bytes: null; fault: 'too-large' | 'cut-off' }

const newline = 0x0a
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * Cuts statements out of a file of any size, one after the other: lines of JSON, a JSON list, what an LRS answers
 * (`{"statements": […]}`), or objects one behind the other. Keeps one statement and one chunk in memory. The line of a
 * piece is where it begins, counted from 1.
 */
export async function* piecesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  const file = new Window(chunks)
  await file.skip((byte) => isBlank(byte) || byte === 0xef || byte === 0xbb || byte === 0xbf)
  const form = await formOf(file)
  if (form.kind === 'lines') yield* lines(file)
  else {
    file.take(form.from)
    yield* values(file, form.kind === 'list')
  }
}

/** What is in memory of a file: from the first byte that nobody has taken yet. */
class Window {
  bytes: Buffer = Buffer.alloc(0)
  line = 1
  readonly #chunks: AsyncIterator<Buffer>

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Reads one chunk more; false at the end of the file. */
  async grow(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done) return false
    this.bytes = this.bytes.length === 0 ? value : Buffer.concat([this.bytes, value])
    return true
  }

  /** Gives away the first `length` bytes. */
  take(length: number): Buffer {
    const taken = this.bytes.subarray(0, length)
    for (let at = taken.indexOf(newline); at >= 0; at = taken.indexOf(newline, at + 1)) this.line++
    this.bytes = this.bytes.subarray(length)
    return taken
  }

  /** Takes bytes while the test holds; false at the end of the file. */
  async skip(test: (byte: number) => boolean): Promise<boolean> {
    for (;;) {
      const end = this.bytes.findIndex((byte) => !test(byte))
      this.take(end < 0 ? this.bytes.length : end)
      if (end >= 0) return true
      if (!(await this.grow())) return false
    }
  }
}

type Form = { kind: 'lines' } | { kind: 'list' | 'values'; from: number }

/** How a file is put together, by its first value. */
async function formOf(file: Window): Promise<Form> {
  if (file.bytes[0] === openBracket) return { kind: 'list', from: 1 }
  if (file.bytes[0] !== openBrace) return { kind: 'lines' }
  for (;;) {
    const head = headOf(file.bytes)
    if (head.found === 'list') return { kind: 'list', from: head.at }
    if (head.found === 'end') {
      const first = file.bytes.subarray(0, head.at)
      return first.includes(newline) ? { kind: 'values', from: 0 } : { kind: 'lines' }
    }
    if (file.bytes.length > largestPiece || !(await file.grow())) return { kind: 'lines' }
  }
}

/** Looks through an object for its own property `statements` with a list, or for its end. */
function headOf(bytes: Buffer): { found: 'list' | 'end'; at: number } | { found: 'neither' } {
  let depth = 0
  let key: string | null = null
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      const end = endOfString(bytes, at)
      if (end < 0) return { found: 'neither' }
      const text = bytes.toString('utf8', at + 1, end)
      at = end
      if (depth === 1) key = text
    } else if (byte === openBracket && depth === 1 && key === 'statements')
      return { found: 'list', at: at + 1 }
    else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      depth--
      if (depth === 0) return { found: 'end', at: at + 1 }
    } else if (byte === comma) key = null
    else if (byte !== colon && !isBlank(byte as number)) key = null
  }
  return { found: 'neither' }
}

function endOfString(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === backslash) at++
    else if (bytes[at] === quote) return at
  }
  return -1
}

async function* lines(file: Window): AsyncGenerator<Piece> {
  for (;;) {
    const { line } = file
    let isLarge = false
    let end = file.bytes.indexOf(newline)
    let isLast = false
    while (end < 0 && !isLast) {
      if (file.bytes.length > largestPiece) {
        isLarge = true
        file.take(file.bytes.length)
      }
      const from = file.bytes.length
      isLast = !(await file.grow())
      end = file.bytes.indexOf(newline, from)
    }
    const bytes = file.take(end < 0 ? file.bytes.length : end + 1)
    if (isLarge || bytes.length > largestPiece) yield { line, bytes: null, fault: 'too-large' }
    else if (!bytes.every(isBlank)) yield { line, bytes: Buffer.from(bytes) }
    if (end < 0) return
  }
}

/** Values with commas or blanks between them; in a list, up to its bracket. */
async function* values(file: Window, isList: boolean): AsyncGenerator<Piece> {
  for (;;) {
    if (!(await file.skip((byte) => isBlank(byte) || byte === comma))) {
      if (isList) yield { line: file.line, bytes: null, fault: 'cut-off' }
      return
    }
    if (isList && file.bytes[0] === closeBracket) return
    const { line } = file
    const found = await takeValue(file)
    if (found === 'cut-off') {
      yield { line, bytes: null, fault: 'cut-off' }
      return
    }
    if (found === 'too-large') yield { line, bytes: null, fault: 'too-large' }
    else yield { line, bytes: found }
  }
}

/** Takes the value that begins here: an object or list up to where its brackets close, anything else up to a comma. */
async function takeValue(file: Window): Promise<Buffer | 'too-large' | 'cut-off'> {
  const isScalar = file.bytes[0] !== openBrace && file.bytes[0] !== openBracket
  let depth = 0
  let isText = false
  let isLarge = false
  let at = 0
  for (;;) {
    for (; at < file.bytes.length; at++) {
      const byte = file.bytes[at] as number
      if (isText) {
        if (byte === backslash) at++
        else if (byte === quote) isText = false
      } else if (byte === quote) isText = true
      else if (byte === openBrace || byte === openBracket) depth++
      else if (byte === closeBrace || byte === closeBracket) {
        if (depth > 0) depth--
        // Behind a number the bracket is the list's. One that nothing opened is a value by itself: a step onward.
        if (depth === 0) return given(file, isScalar && at > 0 ? at : at + 1, isLarge)
      } else if (depth === 0 && at > 0 && (byte === comma || isBlank(byte))) return given(file, at, isLarge)
    }
    if (file.bytes.length > largestPiece) {
      isLarge = true
      // What was read is let go; an escaped byte may be the next one to come.
      at -= file.bytes.length
      file.take(file.bytes.length)
    }
    if (!(await file.grow())) {
      if (depth > 0 || isText) return 'cut-off'
      return given(file, file.bytes.length, isLarge)
    }
  }
}

function given(file: Window, length: number, isLarge: boolean): Buffer | 'too-large' {
  const bytes = file.take(length)
  return isLarge || bytes.length > largestPiece ? 'too-large' : Buffer.from(bytes)
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
