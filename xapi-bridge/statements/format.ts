import { safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { relations } from '../language/statement.ts'
import { type Edit, edited, memberOf, type TreeNode, treeOf } from '../language/tree.ts'
import { activityKeyOf } from './insert.ts'

const identifiers = ['objectType', 'id', 'mbox', 'mbox_sha1sum', 'openid', 'account']

/** The text of a statement with its actors, activities and verb cut down to what identifies them. */
export function idsText(text: string): string {
  const edits: Edit[] = []
  eachSaying(treeOf(text), (saying) => {
    const verb = memberOf(saying, 'verb')
    if (verb) edits.push(replace(verb, kept(verb, text, ['id'])))
    for (const actor of actorsOf(saying, text)) edits.push(replace(actor, actorIds(actor, text)))
    for (const activity of activitiesIn(saying, text))
      edits.push(replace(activity, kept(activity, text, ['id'])))
  })
  return edited(text, edits)
}

function actorIds(actor: TreeNode, text: string): string {
  const isIdentified = actor.members?.some(({ key }) => identifiers.includes(key) && key !== 'objectType')
  const members = memberOf(actor, 'member')
  if (isIdentified || !members?.items) return kept(actor, text, identifiers)
  const each = members.items.map((member) => kept(member, text, identifiers)).join(',')
  const type = kept(actor, text, ['objectType']).slice(1, -1)
  return `{${type}${type ? ',' : ''}"member":[${each}]}`
}

function kept(node: TreeNode, text: string, keys: string[]): string {
  const members = node.members?.filter(({ key }) => keys.includes(key)) ?? []
  return `{${members.map(({ from, node: value }) => text.slice(from, value.end)).join(',')}}`
}

/** Merged definitions of activities in one store, and the languages a reader prefers, best first. */
export interface Canon {
  definitions: ReadonlyMap<string, Record<string, unknown>>
  languages: string[]
}

/**
 * How many characters of definitions one answer gets at most. One statement may name an activity ten thousand times;
 * beyond this, activities stand as they were sent.
 */
const mostShown = 16 * 1024 * 1024

/**
 * The texts of statements with merged definitions, and one language in every language map of theirs and the verb. A
 * definition is made once for all of them.
 */
export function canonicalTexts(texts: string[], { definitions, languages }: Canon): string[] {
  const made = new Map<string, string>()
  let room = mostShown
  const shownOf = (id: string): string | undefined => {
    const definition = definitions.get(id)
    if (!definition) return undefined
    const known = made.get(id)
    const shown = known ?? JSON.stringify(inOneLanguage(definition, languages))
    if (known === undefined) made.set(id, shown)
    room -= shown.length
    return room < 0 ? undefined : shown
  }
  return texts.map((text) => canonicalText(text, languages, shownOf))
}

function canonicalText(
  text: string,
  languages: string[],
  shownOf: (id: string) => string | undefined,
): string {
  const edits: Edit[] = []
  eachSaying(treeOf(text), (saying) => {
    const display = memberOf(memberOf(saying, 'verb'), 'display')
    if (display) edits.push(replace(display, JSON.stringify(oneLanguage(valueAt(display, text), languages))))
    for (const activity of activitiesIn(saying, text)) {
      const shown = shownOf(String(valueAt(memberOf(activity, 'id') as TreeNode, text)))
      if (shown === undefined) continue
      const own = memberOf(activity, 'definition')
      if (own) edits.push(replace(own, shown))
      else edits.push({ start: activity.end - 1, end: activity.end - 1, text: `,"definition":${shown}` })
    }
  })
  return edited(text, edits)
}

/** The ids of all activities in a statement. */
export function activityIdsIn(text: string): string[] {
  const ids: string[] = []
  eachSaying(treeOf(text), (saying) => {
    for (const activity of activitiesIn(saying, text)) {
      const id = memberOf(activity, 'id')
      if (id) ids.push(String(valueAt(id, text)))
    }
  })
  return ids
}

/**
 * What statements of a store say about these activities, later ones over earlier, language by language: the newest, as
 * many as may be in memory at once.
 */
export async function definitionsOf(
  handle: Handle,
  storeId: Id,
  activityIds: string[],
): Promise<Map<string, Record<string, unknown>>> {
  const merged = new Map<string, Record<string, unknown>>()
  const names = new Map(activityIds.map((id) => [activityKeyOf(storeId, id).toString('hex'), id]))
  const keys = [...names.keys()].map((hex) => Buffer.from(hex, 'hex'))
  let room = mostBytes
  for (let from = 0; from < keys.length; from += 500) {
    for (const row of await variantsOf(handle, keys.slice(from, from + 500), room)) {
      room -= row.definition.length
      const id = names.get(row.activity_key.toString('hex')) as string
      const before = merged.get(id) ?? Object.create(null)
      merged.set(id, mergedInto(before, JSON.parse(row.definition.toString())))
    }
  }
  return merged
}

/** How much of what is said about some activities is looked at: somebody may send another definition each time. */
const mostVariants = 2000
const mostBytes = 8 * 1024 * 1024

interface Variant {
  activity_key: Buffer
  definition_key: Buffer
  first_seq: unknown
  definition: Buffer
}

/** The newest definitions of these activities, oldest first, for which there is room in bytes. */
async function variantsOf(handle: Handle, keys: Buffer[], room: number): Promise<Variant[]> {
  const newest: (Omit<Variant, 'definition'> & { length: unknown })[] = await handle('activity_definition')
    .select('activity_key', 'definition_key', 'first_seq', handle.raw('LENGTH(definition) AS length'))
    .whereIn('activity_key', keys)
    .orderBy('first_seq', 'desc')
    .orderBy('definition_key', 'desc')
    .limit(mostVariants)
  let bytes = 0
  const beyond = newest.findIndex(({ length }) => {
    bytes += safeInteger(length)
    return bytes > room
  })
  const wanted = beyond < 0 ? newest : newest.slice(0, beyond)
  const found: Variant[] = []
  for (let from = 0; from < wanted.length; from += 200)
    found.push(
      ...(await handle('activity_definition')
        .select('activity_key', 'definition_key', 'first_seq', 'definition')
        .where((either) => {
          for (const { activity_key, definition_key } of wanted.slice(from, from + 200))
            either.orWhere({ activity_key, definition_key })
        })),
    )
  return found.sort(
    (a, b) =>
      safeInteger(a.first_seq) - safeInteger(b.first_seq) || a.definition_key.compare(b.definition_key),
  )
}

/** Members of these are merged one by one. */
const maps = new Set(['name', 'description', 'extensions'])

/** Changes `into`, for there may be thousands to merge. Objects without a prototype: a name of a member is only a name. */
function mergedInto(into: Record<string, unknown>, later: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(later))
    into[name] = maps.has(name) ? Object.assign(into[name] ?? Object.create(null), value) : value
  return into
}

/** The languages of an `Accept-Language` header, best first; empty without one. */
export function languagesOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const quality = /^\s*q=([\d.]+)/.exec(parameters.join(';'))?.[1]
      return { tag: tag.trim().toLowerCase(), quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag)
}

function oneLanguage(map: unknown, languages: string[]): Record<string, unknown> {
  const entries = Object.entries((map ?? {}) as Record<string, unknown>)
  const found = languages
    .map(
      (wanted) =>
        entries.find(([tag]) => tag.toLowerCase() === wanted) ??
        entries.find(([tag]) => isKin(tag.toLowerCase(), wanted)),
    )
    .find((entry) => entry !== undefined)
  const chosen = found ?? entries[0]
  return chosen ? { [chosen[0]]: chosen[1] } : {}
}

/** Whether one tag is the other with less said: `zh` and `zh-CN`. */
function isKin(tag: string, wanted: string): boolean {
  return wanted === '*' || tag.startsWith(`${wanted}-`) || wanted.startsWith(`${tag}-`)
}

function inOneLanguage(definition: Record<string, unknown>, languages: string[]): Record<string, unknown> {
  const shown = { ...definition }
  for (const name of ['name', 'description'])
    if (shown[name]) shown[name] = oneLanguage(shown[name], languages)
  for (const name of ['choices', 'scale', 'source', 'target', 'steps']) {
    const list = shown[name]
    if (!Array.isArray(list)) continue
    shown[name] = list.map((component) =>
      component.description
        ? { ...component, description: oneLanguage(component.description, languages) }
        : component,
    )
  }
  return shown
}

function replace(node: TreeNode, text: string): Edit {
  return { start: node.start, end: node.end, text }
}

function valueAt(node: TreeNode, text: string): unknown {
  return JSON.parse(text.slice(node.start, node.end))
}

/** Calls back for the statement and, if its object is one, for the SubStatement. */
function eachSaying(root: TreeNode, then: (saying: TreeNode) => void): void {
  then(root)
  const object = memberOf(root, 'object')
  if (memberOf(object, 'actor') && object) then(object)
}

function actorsOf(saying: TreeNode, text: string): TreeNode[] {
  const context = memberOf(saying, 'context')
  const object = memberOf(saying, 'object')
  const roles = [
    ...(memberOf(context, 'contextAgents')?.items ?? []).map((role) => memberOf(role, 'agent')),
    ...(memberOf(context, 'contextGroups')?.items ?? []).map((role) => memberOf(role, 'group')),
  ]
  const places = [
    memberOf(saying, 'actor'),
    typeOf(object, text) === 'Agent' || typeOf(object, text) === 'Group' ? object : undefined,
    memberOf(saying, 'authority'),
    memberOf(context, 'instructor'),
    memberOf(context, 'team'),
    ...roles,
  ]
  return places.filter((place) => place !== undefined)
}

function activitiesIn(saying: TreeNode, text: string): TreeNode[] {
  const object = memberOf(saying, 'object')
  const type = typeOf(object, text)
  const found = object && (type === null || type === 'Activity') ? [object] : []
  const related = memberOf(memberOf(saying, 'context'), 'contextActivities')
  // One by one: there may be more than a call takes.
  for (const relation of relations)
    for (const activity of memberOf(related, relation)?.items ?? []) found.push(activity)
  return found
}

function typeOf(node: TreeNode | undefined, text: string): unknown {
  const type = memberOf(node, 'objectType')
  return type ? valueAt(type, text) : null
}
