import type { Pattern } from './rule-set.ts'
import type { Statement } from './statement.ts'

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
    memberFits(result?.success, pattern.success)
  )
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
