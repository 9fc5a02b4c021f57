import type { Check, Members } from './check.ts'

const activityProperties = new Set(['objectType', 'id', 'definition'])
const interactionLists = ['choices', 'scale', 'source', 'target', 'steps'] as const
const definitionProperties = new Set([
  'name',
  'description',
  'type',
  'moreInfo',
  'extensions',
  'interactionType',
  'correctResponsesPattern',
  ...interactionLists,
])
const componentProperties = new Set(['id', 'description'])

/** Which component lists go with which interaction (xAPI Data 2.4.4.1). */
const listsOf: Record<string, readonly string[]> = {
  'true-false': [],
  choice: ['choices'],
  'fill-in': [],
  'long-fill-in': [],
  matching: ['source', 'target'],
  performance: ['steps'],
  sequencing: ['choices'],
  likert: ['scale'],
  numeric: [],
  other: [],
}

/** Checks an Activity (xAPI Data 2.4.4.1). */
export function checkActivity(c: Check, value: unknown, path: string): void {
  const activity = c.object(value, path, activityProperties)
  if (!activity) return
  if (activity.objectType !== undefined && c.text(activity.objectType, `${path}/objectType`))
    if (activity.objectType !== 'Activity') c.fault(`${path}/objectType`, 'wrong-value')
  if (activity.id === undefined) c.missing(path, 'id')
  else c.iri(activity.id, `${path}/id`)
  if (activity.definition !== undefined) checkDefinition(c, activity.definition, `${path}/definition`)
}

function checkDefinition(c: Check, value: unknown, path: string): void {
  const definition = c.object(value, path, definitionProperties)
  if (!definition) return
  if (definition.name !== undefined) c.languageMap(definition.name, `${path}/name`)
  if (definition.description !== undefined) c.languageMap(definition.description, `${path}/description`)
  if (definition.type !== undefined) c.iri(definition.type, `${path}/type`)
  if (definition.moreInfo !== undefined) c.iri(definition.moreInfo, `${path}/moreInfo`)
  if (definition.extensions !== undefined) c.extensions(definition.extensions, `${path}/extensions`)
  checkInteraction(c, definition, path)
}

function checkInteraction(c: Check, definition: Members, path: string): void {
  const type = definition.interactionType
  let lists: readonly string[] | undefined
  if (type !== undefined && c.text(type, `${path}/interactionType`)) {
    lists = Object.hasOwn(listsOf, type) ? listsOf[type] : undefined
    if (!lists) c.fault(`${path}/interactionType`, 'wrong-value')
  }
  if (definition.correctResponsesPattern !== undefined) {
    const patterns = c.list(definition.correctResponsesPattern, `${path}/correctResponsesPattern`)
    patterns?.forEach((pattern, n) => {
      c.text(pattern, `${path}/correctResponsesPattern/${n}`)
    })
    if (type === undefined) c.fault(`${path}/interactionType`, 'interaction-type')
  }
  for (const name of interactionLists) {
    if (definition[name] === undefined) continue
    checkComponents(c, definition[name], `${path}/${name}`)
    if (type === undefined) c.fault(`${path}/interactionType`, 'interaction-type')
    else if (lists && !lists.includes(name)) c.fault(`${path}/${name}`, 'interaction-type')
  }
}

function checkComponents(c: Check, value: unknown, path: string): void {
  const components = c.list(value, path)
  if (!components) return
  const seen = new Set<string>()
  components.forEach((entry, n) => {
    const at = `${path}/${n}`
    const component = c.object(entry, at, componentProperties)
    if (!component) return
    if (component.id === undefined) c.missing(at, 'id')
    else if (c.text(component.id, `${at}/id`)) {
      if (seen.has(component.id)) c.fault(`${at}/id`, 'repeated-id')
      seen.add(component.id)
    }
    if (component.description !== undefined) c.languageMap(component.description, `${at}/description`)
  })
}
