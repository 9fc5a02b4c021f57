import type { Version } from '../language/version.ts'

/** A statement of a file on its way to the writer. */
export interface Item {
  line: number
  text: string
  original: string
  id: string
}

/** How much goes to the writer at once. */
const together = { statements: 200, bytes: 1024 * 1024 }

/** Statements that go together: of one version, each id once, and not too many. */
export class Batch {
  items: Item[] = []
  version: Version
  readonly #ids = new Set<string>()
  #bytes = 0

  constructor(version: Version) {
    this.version = version
  }

  takes({ id, text }: Item, version: Version): boolean {
    if (this.items.length === 0) {
      this.version = version
      return true
    }
    const fits =
      this.items.length < together.statements && this.#bytes + Buffer.byteLength(text) <= together.bytes
    return fits && version === this.version && !this.#ids.has(id)
  }

  add(item: Item): void {
    this.items.push(item)
    this.#ids.add(item.id)
    this.#bytes += Buffer.byteLength(item.text)
  }
}
