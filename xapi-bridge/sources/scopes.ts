/** What a credential may permit: the scopes of xAPI, and one of our own for voiding. */
export const scopes = [
  'statements/write',
  'statements/read/mine',
  'statements/read',
  'state',
  'profile',
  'define',
  'all/read',
  'all',
  'statements/void',
] as const

/** One of the scopes. */
export type Scope = (typeof scopes)[number]

/** Whether these scopes permit that one; `all` contains every other. */
export function permits(granted: ReadonlySet<string>, scope: Scope): boolean {
  if (granted.has('all') || granted.has(scope)) return true
  if (scope === 'statements/read/mine') return granted.has('statements/read') || granted.has('all/read')
  return scope === 'statements/read' && granted.has('all/read')
}
