import { randomFillSync } from 'node:crypto'
import { nextSample } from './statement-of-record.ts'

/** Bodies of requests with so many statements each: made before the clock starts, sent again and again under new ids. */
export interface Bodies {
  statements: number
  /** The next body. It is the caller's until its answer is here: only then may it come again. */
  nextBody(): Buffer
}

/** How many statements are made: every person of the statement of record, once. */
const made = 20_000

/**
 * Makes bodies of `statements` each, single ones without a list around them. A generator that shares the machine with what
 * it measures must cost little: sending costs fresh chance in the place of each id, and nothing else.
 */
export function makeBodies(statements: number): Bodies {
  const pool = Array.from({ length: made / statements }, () => bodyOf(statements))
  let at = 0
  return {
    statements,
    nextBody() {
      const { bytes, places } = pool[at++ % pool.length] as Body
      for (const place of places) writeId(bytes, place)
      return bytes
    },
  }
}

interface Body {
  bytes: Buffer
  /** Where the ids stand. */
  places: number[]
}

function bodyOf(statements: number): Body {
  const samples = Array.from({ length: statements }, () => nextSample())
  const texts = samples.map(({ text }) => text)
  const bytes = Buffer.from(statements === 1 ? (texts[0] as string) : `[${texts.join(',')}]`)
  return { bytes, places: samples.map(({ id }) => bytes.indexOf(id)) }
}

const chance = Buffer.alloc(16 * 1024)
let digits = ''
let used = 0

/** A UUID of version 4 over the one that stands there: its dashes, version and variant stay. */
function writeId(bytes: Buffer, place: number): void {
  if (used === digits.length) {
    digits = randomFillSync(chance).toString('hex')
    used = 0
  }
  bytes.write(digits.slice(used, used + 8), place, 'latin1')
  bytes.write(digits.slice(used + 8, used + 12), place + 9, 'latin1')
  bytes.write(digits.slice(used + 12, used + 15), place + 15, 'latin1')
  bytes.write(digits.slice(used + 15, used + 18), place + 20, 'latin1')
  bytes.write(digits.slice(used + 18, used + 30), place + 24, 'latin1')
  used += 32
}
