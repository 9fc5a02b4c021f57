import { actorOf } from '../conversion/classify.ts'
import { isWithin } from '../conversion/guard.ts'
import type { Statement } from '../conversion/statement.ts'
import type { Fault } from '../language/faults.ts'
import type { Source } from './source.ts'

/**
 * Statements about actors outside the namespaces of a source that refuses those; none for any other source. A group is
 * nobody in particular: it is stored and waits for a person in any case.
 */
export function faultsOutside(
  { outside, profile, actorHomePages }: Source,
  statements: readonly { text: string; sealed?: { plain: string } | null | undefined }[],
): Fault[] {
  if (outside !== 'refuse' || profile === 'conformance' || actorHomePages.includes('*')) return []
  const faults: Fault[] = []
  statements.forEach(({ text, sealed }, index) => {
    const { actor } = JSON.parse(sealed?.plain ?? text) as Statement
    const { identifier } = actorOf(actor)
    if (identifier && !isWithin(identifier, actorHomePages))
      faults.push({ index, pointer: '/actor', code: 'actor-out-of-namespace' })
  })
  return faults
}
