import { token } from './faults.ts'

/** A JSON value with its place in the text, so that it can be cut out or replaced and all else stay as it came. */
export interface TreeNode {
  start: number
  end: number
  /** Members of an object, in order, repeated ones included. */
  members?: { key: string; from: number; node: TreeNode }[]
  /** Elements of a list. */
  items?: TreeNode[]
}

/** Reads JSON that JSON.parse has accepted. Slow beside it: for the few texts of which the places matter. */
export function treeOf(text: string): TreeNode {
  let at = 0
  return value()

  function blank(): void {
    while (/\s/.test(text[at] ?? '')) at++
  }

  function value(): TreeNode {
    blank()
    const start = at
    const first = text[at]
    if (first === '{') return object(start)
    if (first === '[') return list(start)
    if (first === '"') string()
    else while (at < text.length && !/[\s,\]}]/.test(text[at] as string)) at++
    return { start, end: at }
  }

  function string(): string {
    const start = at
    for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++
    at++
    return text.slice(start, at)
  }

  function object(start: number): TreeNode {
    const members: NonNullable<TreeNode['members']> = []
    at++
    for (blank(); text[at] !== '}'; blank()) {
      if (text[at] === ',') {
        at++
        blank()
      }
      const from = at
      const key = JSON.parse(string()) as string
      blank()
      at++
      members.push({ key, from, node: value() })
    }
    at++
    return { start, end: at, members }
  }

  function list(start: number): TreeNode {
    const items: TreeNode[] = []
    at++
    for (blank(); text[at] !== ']'; blank()) {
      if (text[at] === ',') at++
      items.push(value())
    }
    at++
    return { start, end: at, items }
  }
}

/** The member of that name; undefined where there is none or the node is no object. */
export function memberOf(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return node?.members?.findLast((member) => member.key === key)?.node
}

/** JSON pointers of all properties that stand more than once in one object. */
export function repeatedProperties(text: string): string[] {
  const found: string[] = []
  const walk = (node: TreeNode, path: string): void => {
    const seen = new Set<string>()
    for (const { key, node: member } of node.members ?? []) {
      const at = `${path}/${token(key)}`
      if (seen.has(key)) found.push(at)
      seen.add(key)
      walk(member, at)
    }
    node.items?.forEach((item, n) => {
      walk(item, `${path}/${n}`)
    })
  }
  walk(treeOf(text), '')
  return found
}

/** One place of a text and what shall stand there instead. */
export interface Edit {
  start: number
  end: number
  text: string
}

/** The text with every edit made. Edits do not overlap. */
export function edited(text: string, edits: Edit[]): string {
  let made = ''
  let at = 0
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    made += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return made + text.slice(at)
}
