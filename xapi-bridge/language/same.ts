import { withoutFineDigits } from './duration.ts'
import { type Actor, identifierOf, mailboxKey } from './statement.ts'
import { microsecondsOf } from './timestamp.ts'
import type { Version } from './version.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Members = { [key: string]: Json }

/**
 * Whether two texts of one statement id say the same.
 *
 * What the specification lets an LRS change is left out: id case, `stored`, `authority`, `version`, verb display,
 * activity definitions, order of group members, case of mail domains, zone notation of timestamps, one contextActivity
 * against a list of one. `timestamp` counts only if both have one: a sender that lets the LRS set it sends it differently
 * each time. Durations are compared as strings under 1.0.3 and to 0.01 s under 2.0.0.
 */
export function isSameStatement(a: string, b: string, version: Version): boolean {
  const [left, right] = [JSON.parse(a) as Members, JSON.parse(b) as Members]
  const bothDated = left.timestamp !== undefined && right.timestamp !== undefined
  return canonicalOf(left, version, bothDated) === canonicalOf(right, version, bothDated)
}

const setByLrs = new Set(['id', 'stored', 'authority', 'version'])

/** The comparable text of a parsed statement. */
function canonicalOf(statement: Members, version: Version, dated: boolean): string {
  const kept = Object.fromEntries(Object.entries(statement).filter(([key]) => !setByLrs.has(key)))
  if (!dated) delete kept.timestamp
  return sorted(saying(kept, version))
}

function saying(value: Members, version: Version): Members {
  const made: Members = { ...value }
  if (isObject(made.actor)) made.actor = actor(made.actor)
  if (isObject(made.verb)) made.verb = without(made.verb, 'display')
  if (isObject(made.object)) made.object = object(made.object, version)
  if (typeof made.timestamp === 'string') made.timestamp = microsecondsOf(made.timestamp, '2.0.0')
  if (isObject(made.context)) made.context = context(made.context)
  if (isObject(made.result) && typeof made.result.duration === 'string' && version === '2.0.0')
    made.result = { ...made.result, duration: withoutFineDigits(made.result.duration) }
  return made
}

function object(value: Members, version: Version): Members {
  const type = value.objectType
  if (type === 'Agent' || type === 'Group') return actor(value)
  if (type === 'SubStatement') return saying(value, version)
  if (type === 'StatementRef') return lowerId(value)
  return without(value, 'definition')
}

function context(value: Members): Members {
  const made: Members = { ...value }
  if (typeof made.registration === 'string') made.registration = made.registration.toLowerCase()
  if (isObject(made.statement)) made.statement = lowerId(made.statement)
  for (const place of ['instructor', 'team'])
    if (isObject(made[place])) made[place] = actor(made[place] as Members)
  for (const [list, place] of [
    ['contextAgents', 'agent'],
    ['contextGroups', 'group'],
  ] as const)
    if (Array.isArray(made[list])) made[list] = made[list].map((role) => inRole(role as Members, place))
  if (isObject(made.contextActivities)) {
    const lists = Object.entries(made.contextActivities).map(([relation, entry]) => [
      relation,
      (Array.isArray(entry) ? entry : [entry]).map((activity) => without(activity as Members, 'definition')),
    ])
    made.contextActivities = Object.fromEntries(lists)
  }
  return made
}

function inRole(role: Members, place: string): Members {
  return isObject(role[place]) ? { ...role, [place]: actor(role[place]) } : role
}

function actor(value: Members): Members {
  const made: Members = { ...value }
  if (typeof made.mbox === 'string') made.mbox = `mailto:${mailboxKey(made.mbox)}`
  if (Array.isArray(made.member))
    made.member = made.member
      .map((member) => actor(member as Members))
      .sort((a, b) => compare(memberKey(a), memberKey(b)))
  return made
}

function memberKey(member: Members): string {
  return `${identifierOf(member as Actor)} ${sorted(member)}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function lowerId(value: Members): Members {
  return typeof value.id === 'string' ? { ...value, id: value.id.toLowerCase() } : value
}

function without(value: Members, key: string): Members {
  const { [key]: _, ...rest } = value
  return rest
}

function isObject(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sorted(value[key] as Json)}`).join(',')}}`
}
