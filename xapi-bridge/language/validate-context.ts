import type { Check } from './check.ts'
import { isLanguageTag, isUuid } from './terms.ts'
import { checkActivity } from './validate-activity.ts'
import { checkActor } from './validate-actor.ts'

const properties = [
  'registration',
  'instructor',
  'team',
  'contextActivities',
  'revision',
  'platform',
  'language',
  'statement',
  'extensions',
]
const knownIn = {
  '1.0.3': new Set(properties),
  '2.0.0': new Set([...properties, 'contextAgents', 'contextGroups']),
}
const relations = ['parent', 'grouping', 'category', 'other']
const relationProperties = new Set(relations)
const referenceProperties = new Set(['objectType', 'id'])
const roleProperties = {
  agent: new Set(['objectType', 'agent', 'relevantTypes']),
  group: new Set(['objectType', 'group', 'relevantTypes']),
}

/** Checks a context (xAPI Data 2.4.6). `revision` and `platform` only say something about an Activity. */
export function checkContext(c: Check, value: unknown, path: string, ofActivity: boolean): void {
  const context = c.object(value, path, knownIn[c.version])
  if (!context) return
  const { contextAgents, contextGroups } = context
  if (context.registration !== undefined)
    c.text(context.registration, `${path}/registration`, isUuid, 'invalid-uuid')
  if (context.instructor !== undefined) checkActor(c, context.instructor, `${path}/instructor`, 'either')
  if (context.team !== undefined) checkActor(c, context.team, `${path}/team`, 'group')
  if (context.contextActivities !== undefined)
    checkContextActivities(c, context.contextActivities, `${path}/contextActivities`)
  for (const name of ['revision', 'platform']) {
    if (context[name] === undefined) continue
    c.text(context[name], `${path}/${name}`)
    if (!ofActivity) c.fault(`${path}/${name}`, 'not-for-object')
  }
  if (context.language !== undefined)
    c.text(context.language, `${path}/language`, isLanguageTag, 'invalid-language')
  if (context.statement !== undefined) checkReference(c, context.statement, `${path}/statement`)
  if (context.extensions !== undefined) c.extensions(context.extensions, `${path}/extensions`)
  if (c.version === '1.0.3') return
  if (contextAgents !== undefined) checkRoles(c, contextAgents, `${path}/contextAgents`, 'agent')
  if (contextGroups !== undefined) checkRoles(c, contextGroups, `${path}/contextGroups`, 'group')
}

/** Checks a StatementRef, as object and in `context.statement`. */
export function checkReference(c: Check, value: unknown, path: string): void {
  const reference = c.object(value, path, referenceProperties)
  if (!reference) return
  if (reference.objectType === undefined) c.missing(path, 'objectType')
  else if (c.text(reference.objectType, `${path}/objectType`) && reference.objectType !== 'StatementRef')
    c.fault(`${path}/objectType`, 'wrong-value')
  if (reference.id === undefined) c.missing(path, 'id')
  else c.text(reference.id, `${path}/id`, isUuid, 'invalid-uuid')
}

// A single activity instead of a list is allowed here and answered as a list (Data 2.4.6.2).
function checkContextActivities(c: Check, value: unknown, path: string): void {
  const activities = c.object(value, path, relationProperties)
  if (!activities) return
  for (const relation of relations) {
    const entry = activities[relation]
    if (entry === undefined) continue
    if (!Array.isArray(entry)) checkActivity(c, entry, `${path}/${relation}`)
    else
      entry.forEach((activity, n) => {
        checkActivity(c, activity, `${path}/${relation}/${n}`)
      })
  }
}

function checkRoles(c: Check, value: unknown, path: string, kind: 'agent' | 'group'): void {
  c.list(value, path)?.forEach((entry, n) => {
    const at = `${path}/${n}`
    const role = c.object(entry, at, roleProperties[kind])
    if (!role) return
    const type = kind === 'agent' ? 'contextAgent' : 'contextGroup'
    if (role.objectType === undefined) c.missing(at, 'objectType')
    else if (c.text(role.objectType, `${at}/objectType`) && role.objectType !== type)
      c.fault(`${at}/objectType`, 'wrong-value')
    if (role[kind] === undefined) c.missing(at, kind)
    else checkActor(c, role[kind], `${at}/${kind}`, kind)
    if (role.relevantTypes !== undefined) checkRelevantTypes(c, role.relevantTypes, `${at}/relevantTypes`)
  })
}

function checkRelevantTypes(c: Check, value: unknown, path: string): void {
  const types = c.list(value, path)
  if (types?.length === 0) c.fault(path, 'wrong-value')
  types?.forEach((type, n) => {
    c.iri(type, `${path}/${n}`)
  })
}
