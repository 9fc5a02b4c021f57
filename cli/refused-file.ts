import { type FileHandle, open, stat } from 'node:fs/promises'

/** A file of refused statements, one a line with its errors; made with the first of them, readable by its owner alone. */
export class RefusedFile {
  /** Its path once something stands in it. */
  written: string | null = null
  readonly #path: string
  #handle: FileHandle | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Adds a line: the head, then the text under that name, or as text where it is no JSON; null leaves it out. */
  async write(head: object, name: string, text: string | null): Promise<void> {
    this.#handle ??= await open(this.#path, 'w', 0o600)
    this.written = this.#path
    const begun = JSON.stringify(head).slice(0, -1)
    const told =
      text === null ? '' : isJson(text) ? `,"${name}":${oneLine(text)}` : `,"text":${JSON.stringify(text)}`
    await this.#handle.appendFile(`${begun}${told}}\n`)
  }

  /** Closes it, if anything was written. */
  async close(): Promise<void> {
    await this.#handle?.close()
  }
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

/** JSON has line ends between its tokens only. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

/** Whether two paths lead to one file that is there, by whatever way. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => null)))
  return Boolean(a && b && a.ino === b.ino && a.dev === b.dev)
}
