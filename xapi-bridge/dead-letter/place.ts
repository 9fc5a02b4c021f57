import { edited, type TreeNode } from '../language/tree.ts'

/** A value inside a JSON text, with the object or list that holds it. */
export interface Place {
  node: TreeNode
  /** Null for the whole. */
  parent: TreeNode | null
  /** Where it stands in its parent, in the order of the text. */
  at: number
}

/** The place that a JSON pointer (RFC 6901) leads to; null if there is none. Of a repeated property the last counts. */
export function placeOf(root: TreeNode, pointer: string): Place | null {
  let place: Place = { node: root, parent: null, at: 0 }
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const { node } = place
    const at = node.members
      ? node.members.findLastIndex((member) => member.key === key)
      : /^\d+$/.test(key)
        ? Number(key)
        : -1
    const found = node.members ? node.members[at]?.node : node.items?.[at]
    if (!found) return null
    place = { node: found, parent: node, at }
  }
  return place
}

/** The text of one value. */
export function textOfNode({ start, end }: TreeNode, text: string): string {
  return text.slice(start, end)
}

/** The text without the property at that place, and without the comma that goes with it. Lists keep their elements. */
export function withoutPlace(text: string, { parent, at }: Place): string {
  const members = parent?.members
  const member = members?.[at]
  if (!members || !member) return text
  const [before, after] = [members[at - 1], members[at + 1]]
  // Behind another property the comma before goes; at the front the comma after.
  if (before) return edited(text, [{ start: before.node.end, end: member.node.end, text: '' }])
  return edited(text, [{ start: member.from, end: after ? after.from : member.node.end, text: '' }])
}
