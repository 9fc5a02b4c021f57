import { derivedId } from '../../foundation/ids.ts'
import type { RuleSetDocument } from '../rules/document.ts'
import { hasParameter } from './match.ts'
import { contextActivities, extensionOf, type Statement } from './statement.ts'

type AttemptRules = RuleSetDocument['attempt']

/** Under which ids of attempts and sessions are turned into UUIDs, so that long IRIs stay short names. */
const attemptNamespace = '8d3a9d0e-5f0b-5c53-b1c5-2a4c9f7f6d20'

/**
 * The UUID of the attempt that a statement belongs to: its registration, or one made of the attempt in its grouping or
 * of its session, in the order the rules ask; null where none is there, and the window is the attempt (xapi.md §5.5).
 */
export function attemptIdOf(statement: Statement, rules: AttemptRules): string | null {
  const steps = Array.isArray(rules.from) ? rules.from : ['registration' as const]
  for (const step of steps) {
    const found =
      step === 'registration'
        ? registrationOf(statement, rules)
        : step === 'grouping'
          ? groupingOf(statement, rules)
          : sessionOf(statement, rules)
    if (found !== null) return found
  }
  return null
}

function registrationOf({ context }: Statement, { registration, from }: AttemptRules): string | null {
  if (registration === 'ignore' || from === 'window') return null
  return context?.registration?.toLowerCase() ?? null
}

function groupingOf(statement: Statement, { grouping }: AttemptRules): string | null {
  if (!grouping) return null
  const { types, query } = grouping
  const attempt = contextActivities(statement, 'grouping').find(
    ({ id, definition }) =>
      (definition?.type !== undefined && types.includes(definition.type)) ||
      query.some((name) => hasParameter(id, name)),
  )
  return attempt ? derivedId(attemptNamespace, `attempt:${attempt.id}`) : null
}

function sessionOf(statement: Statement, { session }: AttemptRules): string | null {
  const value = session === undefined ? undefined : extensionOf(statement, session)
  return typeof value === 'string' && value !== '' ? derivedId(attemptNamespace, `session:${value}`) : null
}
