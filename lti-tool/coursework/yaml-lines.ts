import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import type { z } from 'zod'

/** Something wrong in a file, and where: line and column are counted from 1. */
export interface FileFault {
  file: string
  line: number
  column: number
  detail: string
}

/** A file as read, with what it takes to point at a place in it. */
export interface YamlFile<T> {
  /** Null when `faults` says why. */
  value: T | null
  faults: FileFault[]
  /** A fault at a path of the document, for checks that a schema cannot say. */
  faultAt(path: PropertyKey[], detail: string): FileFault
}

/** Reads YAML against a schema. Every fault of the file is found in one go, each with its line. */
export function readYaml<T>(file: string, text: string, schema: z.ZodType<T>): YamlFile<T> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const at = (offset: number, detail: string): FileFault => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col, detail }
  }
  const faultAt = (path: PropertyKey[], detail: string) => at(offsetOf(document.contents, path), detail)
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => at(error.pos[0], error.message.split('\n')[0] ?? ''))
    return { value: null, faults, faultAt }
  }
  const alias = aliasFault(document)
  if (alias) return { value: null, faults: [at(alias.offset, alias.detail)], faultAt }
  const read = schema.safeParse(document.toJS())
  if (read.success) return { value: read.data, faults: [], faultAt }
  const faults = read.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => at(keyOffsetOf(document.contents, issue.path, key), `unknown key: ${key}`))
      : [faultAt(issue.path, `${issue.path.join('.') || 'file'}: ${issue.message}`)],
  )
  return { value: null, faults, faultAt }
}

/** No file of a package needs aliases: one is text that begins with an asterisk, or meant to blow the file up. */
function aliasFault(document: Document): { offset: number; detail: string } | null {
  let found: { offset: number; detail: string } | null = null
  visit(document, {
    Alias: (_key, { source, range }) => {
      found = { offset: range?.[0] ?? 0, detail: `*${source} is an alias in YAML; put the text in quotes` }
      return visit.BREAK
    },
  })
  return found
}

/** Where the value at a path begins; where it is missing, the nearest thing above it. */
function offsetOf(root: Node | null, path: PropertyKey[]): number {
  let node: Node | null = root
  let offset = startOf(root)
  for (const step of path) {
    const next = childOf(node, step)
    if (!next) break
    node = next
    offset = startOf(next)
  }
  return offset
}

function keyOffsetOf(root: Node | null, path: PropertyKey[], key: string): number {
  let node: Node | null = root
  for (const step of path) node = childOf(node, step)
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    if (pair && isNode(pair.key)) return startOf(pair.key)
  }
  return offsetOf(root, path)
}

function childOf(node: Node | null, step: PropertyKey): Node | null {
  if (!isMap(node) && !isSeq(node)) return null
  const child = node.get(step, true)
  return isNode(child) ? child : null
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0
}
