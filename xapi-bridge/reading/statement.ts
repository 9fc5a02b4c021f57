/** The members of a stored statement that conversion reads. Whatever else it holds stays in its bytes. */
export interface Statement {
  id?: string
  actor: Actor
  verb: { id: string }
  object: StatementObject
  result?: Result
  context?: Context
  timestamp?: string
}

/** An agent or a group, by whichever identifier it has. */
export interface Actor {
  objectType?: string
  mbox?: string
  mbox_sha1sum?: string
  openid?: string
  account?: { homePage: string; name: string }
  member?: Actor[]
}

/** What a statement is about; an activity unless it says otherwise. */
export interface StatementObject {
  objectType?: string
  id?: string
  definition?: { type?: string; name?: Record<string, string>; extensions?: Record<string, unknown> }
}

/** The result as sent. */
export interface Result {
  completion?: boolean
  success?: boolean
  score?: { scaled?: number; raw?: number; min?: number; max?: number }
  duration?: string
  extensions?: Record<string, unknown>
}

/** The context as sent, in so far as it names activities and extensions. */
export interface Context {
  registration?: string
  contextActivities?: Partial<Record<'parent' | 'grouping' | 'category' | 'other', Activities>>
  extensions?: Record<string, unknown>
}

/** One activity of a context. */
export interface ContextActivity {
  id: string
  definition?: { type?: string }
}

type Activities = ContextActivity | ContextActivity[]

/** The ids of one kind of context activities; a single activity counts as a list of one. */
export function contextIds(statement: Statement, kind: 'parent' | 'grouping' | 'category'): string[] {
  return contextActivities(statement, kind).map(({ id }) => id)
}

/** The activities of one kind; a single activity counts as a list of one. */
export function contextActivities(
  statement: Statement,
  kind: 'parent' | 'grouping' | 'category',
): ContextActivity[] {
  const activities = statement.context?.contextActivities?.[kind]
  if (activities === undefined) return []
  return Array.isArray(activities) ? activities : [activities]
}

/** An extension by its IRI, from the result or else from the context; undefined when neither has it. */
export function extensionOf(statement: Statement, iri: string): unknown {
  const inResult = statement.result?.extensions
  if (inResult && Object.hasOwn(inResult, iri)) return inResult[iri]
  const inContext = statement.context?.extensions
  return inContext && Object.hasOwn(inContext, iri) ? inContext[iri] : undefined
}
