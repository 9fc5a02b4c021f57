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
  const text = `${storeId} ${kind} ${reach} ${identifier}`
  const known = recent.get(text) ?? earlier.get(text)
  if (known) return known
  const key = hash('sha256', text).slice(0, 32)
  remember(text, key)
  return key
}

// Verbs, activities and people come again and again. Two generations keep the cache bounded without bookkeeping.
const generation = 50_000
let recent = new Map<string, string>()
let earlier = new Map<string, string>()

function remember(text: string, key: string): void {
  if (recent.size >= generation) {
    earlier = recent
    recent = new Map()
  }
  recent.set(text, key)
}

/** The key of the identifier of an agent and a verb together. */
export function pairOf(identifier: string, verb: string): string {
  return `${verb} ${identifier}`
}

/** All keys under which a statement is found, each once; those of what its object refers to are not among them. */
export function referenceKeys(storeId: Id, statement: Statement): string[] {
  const keys = new Map<string, string>()
  const add = (kind: ReferenceKind, reach: Reach, identifier: string): void => {
    const name = `${kind} ${identifier}`
    if (!keys.has(name)) keys.set(name, referenceKey(storeId, kind, reach, identifier))
  }
  const agents = (actor: Actor, reach: Reach): void => {
    const identifier = identifierOf(actor)
    if (identifier !== null) {
      add('agent', reach, identifier)
      if (reach === 'narrow') add('agent-verb', reach, pairOf(identifier, statement.verb.id))
    }
    for (const member of actor.member ?? []) agents(member, reach)
  }

  agents(statement.actor, 'narrow')
  add('verb', 'narrow', statement.verb.id)
  const { object, context } = statement
  if (isActor(object)) agents(object, 'narrow')
  else if (isActivity(object)) add('activity', 'narrow', object.id)
  if (context?.registration) add('registration', 'narrow', context.registration.toLowerCase())
  eachRelated(
    statement,
    (actor) => agents(actor, 'related'),
    (activity) => add('activity', 'related', activity.id),
  )
  return [...keys.values()]
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
