import type { PersonIdentifier } from '../../ledger/roster/identity.ts'
import type { Fault } from '../language/faults.ts'
import { actorOf } from '../reading/classify.ts'
import type { Statement } from '../reading/statement.ts'
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

/** Whether an identifier lies in one of a source's namespaces: home pages, mail domains (`@…`), beginnings of openids. */
export function isWithin(identifier: PersonIdentifier, namespaces: readonly string[]): boolean {
  if (namespaces.includes('*')) return true
  switch (identifier.kind) {
    case 'account':
      return namespaces.some((one) => withoutSlash(one) === withoutSlash(identifier.homePage))
    case 'mbox':
      return namespaces.some((one) => one.startsWith('@') && identifier.mbox.endsWith(one.toLowerCase()))
    case 'openid':
      return namespaces.some((one) => identifier.value.startsWith(one))
    default:
      return false
  }
}

function withoutSlash(address: string): string {
  return address.replace(/\/$/, '')
}
