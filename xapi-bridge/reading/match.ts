import type { Pattern } from '../rules/document.ts'
import { decimalText, reaches } from './score.ts'
import { contextIds, extensionOf, type Statement } from './statement.ts'

/** Whether a statement fits a pattern. What the pattern does not name, it does not ask. */
export function matches(statement: Statement, pattern: Pattern, iriBase: string): boolean {
  const { verb, object, result } = statement
  const id = object.id ?? ''
  return (
    oneOf(verb.id, pattern.verb, pattern.verbs) &&
    oneOf(object.definition?.type, pattern.object_type, pattern.object_types) &&
    (pattern.object_iri === undefined || id.startsWith(iriBase + pattern.object_iri)) &&
    (pattern.object_path === undefined || pathFits(id, pattern.object_path)) &&
    memberFits(result?.completion, pattern.completion) &&
    memberFits(result?.success, pattern.success) &&
    (pattern.without_query === undefined || !pattern.without_query.some((name) => hasParameter(id, name))) &&
    (pattern.without_extension === undefined || !hasExtension(object, pattern.without_extension)) &&
    (pattern.is_root === undefined || contextIds(statement, 'parent').every((parent) => parent === id)) &&
    (pattern.reaches === undefined || reachesThreshold(statement, pattern.reaches))
  )
}

/** Whether an address has a query parameter of that name. Read as text: ids of activities are IRIs, not always URLs. */
export function hasParameter(iri: string, name: string): boolean {
  const at = iri.indexOf('?')
  if (at < 0) return false
  const query = iri.slice(at + 1).split('#')[0] ?? ''
  return query.split('&').some((pair) => pair.split('=')[0] === name)
}

function hasExtension({ definition }: Statement['object'], extensions: string[]): boolean {
  const found = definition?.extensions
  return found !== undefined && extensions.some((iri) => Object.hasOwn(found, iri))
}

function reachesThreshold(statement: Statement, { extension, at_least }: NonNullable<Pattern['reaches']>) {
  const value = extensionOf(statement, extension)
  // A threshold cannot be reached by what is no number, and a wrong extension is no fault of the rules.
  return typeof value === 'number' && Number.isFinite(value) && reaches(decimalText(value), at_least)
}

function oneOf(value: string | undefined, one: string | undefined, many: string[] | undefined): boolean {
  if (one === undefined && many === undefined) return true
  return value !== undefined && (value === one || (many?.includes(value) ?? false))
}

function memberFits(value: boolean | undefined, allowed: (boolean | 'absent')[] | undefined): boolean {
  return allowed === undefined || allowed.includes(value ?? 'absent')
}

const expressions = new Map<string, RegExp>()

// The end of the path: a Moodle may live below its host (https://host/moodle/mod/quiz/view.php?id=5).
function pathFits(id: string, path: string): boolean {
  let expression = expressions.get(path)
  if (!expression) {
    const segments = path.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    expression = new RegExp(`^https?://[^/?#]+(?:/[^?#]*)?${segments.join('[^/?#]+')}(?:[?#]|$)`, 'i')
    expressions.set(path, expression)
  }
  return expression.test(id)
}
