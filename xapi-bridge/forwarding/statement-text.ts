import type { Config } from '../../foundation/config.ts'
import type { Statement } from '../language/statement.ts'
import { type Edit, edited, memberOf, treeOf } from '../language/tree.ts'
import { flag } from '../statements/flags.ts'
import type { StatementRow } from '../statements/read.ts'
import { exactText } from '../statements/serve.ts'
import type { Destination } from './destination.ts'
import { pseudonymsFor, redactedText } from './redact.ts'
import type { DeliveryCode } from './verdict.ts'

/** A statement as one destination gets it, or why it never will. */
export type Rendered = { text: string; code: null } | { text: null; code: DeliveryCode }

/** What the receiver sets itself: authority is who sends, which is now us. */
const ofTheReceiver = new Set(['stored', 'authority', 'version'])

/**
 * A stored statement in the words that a destination gets: the bytes that came, with id and timestamp where we gave
 * them, without what the receiver sets, and redacted. Always the same for the same statement and settings, so that
 * sending it again is a repeat and no conflict. What holds an identity number never leaves.
 */
export function statementText(
  row: StatementRow,
  destination: Pick<Destination, 'id' | 'version' | 'redaction'>,
  config: Pick<Config, 'identityHashKey' | 'xapiIriBase'>,
): Rendered {
  if (row.flags & flag.sealed) return { text: null, code: 'SEALED' }
  const whole = exactText(row, config.xapiIriBase)
  const statement = JSON.parse(whole) as Statement
  if (destination.version === '1.0.3' && saysMoreThanVersion1(statement))
    return { text: null, code: 'VERSION_UNSUITED' }
  const shown = destination.version === '1.0.3' ? withoutBlank(whole, statement) : whole
  const cut = without(shown, ofTheReceiver)
  return {
    text: redactedText(cut, destination.redaction, pseudonymsFor(config, destination.id)),
    code: null,
  }
}

/** Version 2.0.0 added two properties of the context; a receiver of 1.0.3 refuses them, and cutting them would change what was said. */
function saysMoreThanVersion1({ context, object }: Statement): boolean {
  const contexts = [context, object.objectType === 'SubStatement' ? object.context : undefined]
  return contexts.some((one) => one?.contextAgents !== undefined || one?.contextGroups !== undefined)
}

/** RFC 3339 lets a blank stand for the T of a timestamp; only version 2.0.0 takes that. */
function withoutBlank(text: string, { timestamp }: Statement): string {
  if (timestamp?.[10] !== ' ') return text
  const node = memberOf(treeOf(text), 'timestamp')
  if (!node) return text
  const edit: Edit = { start: node.start, end: node.end, text: JSON.stringify(timestamp.replace(' ', 'T')) }
  return edited(text, [edit])
}

function without(text: string, names: ReadonlySet<string>): string {
  const kept = (treeOf(text).members ?? []).filter(({ key }) => !names.has(key))
  return `{${kept.map(({ from, node }) => text.slice(from, node.end)).join(',')}}`
}
