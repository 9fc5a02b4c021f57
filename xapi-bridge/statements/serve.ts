import { idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, isoOf } from '../../foundation/time.ts'
import { relations } from '../language/statement.ts'
import { type Edit, edited, memberOf, type TreeNode, treeOf } from '../language/tree.ts'
import { uuidText } from '../language/uuid.ts'
import { flag, versionCode } from './flags.ts'
import type { StatementRow } from './read.ts'

/** What the endpoint sets as authority: the account of the source, so that history survives a change of credentials. */
export function authorityOf(
  iriBase: string,
  sourceId: Id,
): { objectType: 'Agent'; account: { homePage: string; name: string } } {
  return { objectType: 'Agent', account: { homePage: iriBase, name: sourceId } }
}

/** The authority of a statement that an administrator mended and replayed: their account here, by its id, never by name. */
export function operatorAuthority(iriBase: string, operatorId: Id): ReturnType<typeof authorityOf> {
  return { objectType: 'Agent', account: { homePage: `${iriBase}operators`, name: operatorId } }
}

function authorityOfRow(row: StatementRow, iriBase: string): ReturnType<typeof authorityOf> {
  // For a replayed statement the place of the credential holds whose act it was.
  return row.flags & flag.replayed
    ? operatorAuthority(iriBase, idText(row.credential_id))
    : authorityOf(iriBase, idText(row.source_id))
}

/**
 * The statement as it is answered in the format `exact`: the bytes that came, with what the endpoint sets added at the
 * end. Never parsed and written anew, so numbers and the order of keys stay as sent.
 */
export function exactText(row: StatementRow, iriBase: string): string {
  const text = row.raw.toString()
  const stored = isoOf(asInstant(safeInteger(row.stored)))
  let added = `,"stored":"${stored}","authority":${JSON.stringify(authorityOfRow(row, iriBase))}`
  if (row.flags & flag.idAssigned) added += `,"id":"${uuidText(row.statement_id)}"`
  if (row.flags & flag.timestampAssumed) added += `,"timestamp":"${stored}"`
  if (row.flags & flag.versionAssumed)
    added += `,"version":"${row.version === versionCode['2.0.0'] ? '2.0.0' : '1.0.0'}"`
  const base = row.flags & flag.irregular ? regular(text) : text
  return `${base.slice(0, base.lastIndexOf('}'))}${added}}`
}

/** Without what the endpoint sets itself, and with every contextActivity in a list (xAPI Data 2.4.6.2). */
function regular(text: string): string {
  const root = treeOf(text)
  const edits: Edit[] = [
    ...listEdits(root, text),
    ...listEdits(memberOf(root, 'object'), text),
    ...removals(root, new Set(['stored', 'authority'])),
  ]
  return edited(text, edits)
}

function listEdits(saying: TreeNode | undefined, text: string): Edit[] {
  const activities = memberOf(memberOf(saying, 'context'), 'contextActivities')
  return relations.flatMap((relation) => {
    const node = memberOf(activities, relation)
    if (!node?.members) return []
    return [{ start: node.start, end: node.end, text: `[${text.slice(node.start, node.end)}]` }]
  })
}

/** Cuts members out with the comma that goes with each. */
function removals(node: TreeNode, names: ReadonlySet<string>): Edit[] {
  const members = node.members ?? []
  const edits: Edit[] = []
  let keptBefore = false
  members.forEach((member, n) => {
    if (!names.has(member.key)) {
      keptBefore = true
      return
    }
    const next = members[n + 1]
    const previous = members[n - 1]
    // Behind a kept member the comma before goes; at the front the comma after.
    if (keptBefore && previous) edits.push({ start: previous.node.end, end: member.node.end, text: '' })
    else edits.push({ start: member.from, end: next ? next.from : member.node.end, text: '' })
  })
  return edits
}
