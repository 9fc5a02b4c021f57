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

/**
 * The words that a client may ask of the token endpoint, with what each stands for. Voiding takes something back that
 * others may have credited, so it comes with everything alone, as in a credential.
 */
const wordsOfTokens: Record<string, readonly Scope[]> = {
  'xapi:read': ['all/read'],
  'xapi:write': ['statements/write', 'state', 'profile', 'define'],
  'xapi:all': ['all'],
}

/** What a token is made with: the scopes it carries, and how its answer names them (RFC 6749 §5.1). */
export interface Granted {
  scopes: Scope[]
  /** The word that was asked for where all of it is given, else the scopes that are. */
  words: string[]
}

/**
 * What a credential may hand on to a token that was asked for with these words, never more than it has itself; every
 * word it has something for where none was asked. Null where a word is unknown or nothing is left.
 */
export function grantedFor(held: ReadonlySet<string>, asked: readonly string[]): Granted | null {
  if (asked.some((word) => !Object.hasOwn(wordsOfTokens, word))) return null
  const words = asked.length > 0 ? asked : held.has('all') ? ['xapi:all'] : Object.keys(wordsOfTokens)
  const given = words.map((word) => ({ word, scopes: common(held, new Set(wordsOfTokens[word])) }))
  const useful = given.filter((one) => one.scopes.length > 0)
  if (useful.length === 0) return null
  return {
    scopes: scopes.filter((scope) => useful.some((one) => one.scopes.includes(scope))),
    words: useful.flatMap(({ word, scopes: given }) => (isWhole(held, word) ? [word] : given)),
  }
}

function isWhole(held: ReadonlySet<string>, word: string): boolean {
  return (wordsOfTokens[word] ?? []).every((scope) => permits(held, scope))
}

function common(held: ReadonlySet<string>, asked: ReadonlySet<string>): Scope[] {
  return scopes.filter((scope) => permits(held, scope) && permits(asked, scope))
}
