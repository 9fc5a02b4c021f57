import { hash } from 'node:crypto'
import type { Id } from '../../foundation/ids.ts'
import {
  type Activity,
  type Actor,
  activitiesOf,
  identifierOf,
  relations,
  type Saying,
  type Statement,
} from '../language/statement.ts'

/** By what a statement can be found. `agent-verb` is the pair: one person's completions is what consumers repeat. */
export type ReferenceKind = 'agent' | 'activity' | 'verb' | 'registration' | 'agent-verb'

/** narrow: it matches by itself · related: only with `related_agents` or `related_activities`. */
export type Reach = 'narrow' | 'related'

/**
 * The key of one reference row: 16 bytes of a SHA-256 over store, kind, reach and identifier, as hexadecimal digits. So
 * there is no dictionary of actors or activities that statements would have to share, and a store's rows never mix with
 * another's.
 */
export function referenceKey(storeId: Id, kind: ReferenceKind, reach: Reach, identifier: string): string {
  return hash('sha256', `${storeId} ${kind} ${reach} ${identifier}`).slice(0, 32)
}

/** Keys of one identifier in one store that were computed lately. */
interface KnownKeys {
  narrow: string | null
  related: string | null
  /** Of an agent with verbs, by verb. */
  withVerb: Map<string, string> | null
}

/** What was computed lately in one store, by identifier. */
type KnownStore = Record<'agent' | 'activity' | 'verb' | 'registration', Map<string, KnownKeys>>

// Verbs, activities and people come again and again. Two generations keep the cache bounded without bookkeeping.
const generation = 20_000
/** An identifier may have megabytes; one that is longer than any usual one is not kept. */
const longestKept = 300
/** Verbs that are remembered beside one person; whoever sends more pays for hashing. */
const mostVerbs = 16
let size = 0
let recent = new Map<Id, KnownStore>()
let earlier = new Map<Id, KnownStore>()

function knownKeys(storeId: Id, kind: keyof KnownStore, identifier: string): KnownKeys {
  if (identifier.length > longestKept) return { narrow: null, related: null, withVerb: null }
  let store = recent.get(storeId)
  if (!store) {
    store = { agent: new Map(), activity: new Map(), verb: new Map(), registration: new Map() }
    recent.set(storeId, store)
  }
  const known = store[kind].get(identifier)
  if (known) return known
  const keys = earlier.get(storeId)?.[kind].get(identifier) ?? { narrow: null, related: null, withVerb: null }
  store[kind].set(identifier, keys)
  if (++size >= generation) {
    earlier = recent
    recent = new Map()
    size = 0
  }
  return keys
}

/** The key of the identifier of an agent and a verb together. */
export function pairOf(identifier: string, verb: string): string {
  return `${verb} ${identifier}`
}

/** All keys under which a statement is found, each once; those of what its object refers to are not among them. */
export function referenceKeys(storeId: Id, statement: Statement): string[] {
  const keys: string[] = []
  // A few are compared faster than hashed; a statement about a large group has many.
  let many: Set<string> | null = null
  const push = (key: string): void => {
    if (many ? many.has(key) : keys.includes(key)) return
    keys.push(key)
    if (many) many.add(key)
    else if (keys.length > 24) many = new Set(keys)
  }
  const has = (key: string): boolean => (many ? many.has(key) : keys.includes(key))
  const addNarrow = (kind: keyof KnownStore, identifier: string): KnownKeys => {
    const known = knownKeys(storeId, kind, identifier)
    known.narrow ??= referenceKey(storeId, kind, 'narrow', identifier)
    push(known.narrow)
    return known
  }
  // What matches by itself matches as related too, so it needs no second row.
  const addRelated = (kind: keyof KnownStore, identifier: string): void => {
    const known = knownKeys(storeId, kind, identifier)
    if (known.narrow !== null && has(known.narrow)) return
    known.related ??= referenceKey(storeId, kind, 'related', identifier)
    push(known.related)
  }
  const agents = (actor: Actor, reach: Reach): void => {
    const identifier = identifierOf(actor)
    if (identifier !== null && reach === 'related') addRelated('agent', identifier)
    else if (identifier !== null) push(withVerb(addNarrow('agent', identifier), identifier))
    for (const member of actor.member ?? []) agents(member, reach)
  }
  const withVerb = (known: KnownKeys, identifier: string): string => {
    const verb = statement.verb.id
    const found = known.withVerb?.get(verb)
    if (found !== undefined) return found
    const key = referenceKey(storeId, 'agent-verb', 'narrow', pairOf(identifier, verb))
    if (known.withVerb === null || known.withVerb.size >= mostVerbs) known.withVerb = new Map()
    if (verb.length <= longestKept) known.withVerb.set(verb, key)
    return key
  }

  agents(statement.actor, 'narrow')
  addNarrow('verb', statement.verb.id)
  const { object, context } = statement
  if (isActor(object)) agents(object, 'narrow')
  else if (isActivity(object)) addNarrow('activity', object.id)
  if (context?.registration) addNarrow('registration', context.registration.toLowerCase())
  eachRelated(
    statement,
    (actor) => agents(actor, 'related'),
    (activity) => addRelated('activity', activity.id),
  )
  return keys
}

/** Calls back for everything that counts only as related: the context, and all of a SubStatement. */
function eachRelated(saying: Saying, onActor: (a: Actor) => void, onActivity: (a: Activity) => void): void {
  const { context, object } = saying
  if (context?.instructor) onActor(context.instructor)
  if (context?.team) onActor(context.team)
  for (const { agent } of context?.contextAgents ?? []) onActor(agent)
  for (const { group } of context?.contextGroups ?? []) onActor(group)
  if (context?.contextActivities)
    for (const relation of relations) activitiesOf(context.contextActivities[relation]).forEach(onActivity)
  if (object.objectType !== 'SubStatement') return
  onActor(object.actor)
  if (isActor(object.object)) onActor(object.object)
  else if (isActivity(object.object)) onActivity(object.object)
  eachRelated(object, onActor, onActivity)
}

/** Every activity of a statement that carries a definition. */
export function definedActivities(statement: Statement): Activity[] {
  const found: Activity[] = []
  const take = (activity: Activity): void => {
    if (activity.definition) found.push(activity)
  }
  if (isActivity(statement.object)) take(statement.object)
  eachRelated(statement, () => {}, take)
  return found
}

/** Whether an object is an Agent or a Group. */
export function isActor(object: Saying['object']): object is Actor & { objectType: 'Agent' | 'Group' } {
  return object.objectType === 'Agent' || object.objectType === 'Group'
}

/** Whether an object is an Activity. */
export function isActivity(object: Saying['object']): object is Activity {
  return object.objectType === undefined || object.objectType === 'Activity'
}
