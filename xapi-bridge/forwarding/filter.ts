import { z } from 'zod'
import { activitiesOf, type Statement } from '../language/statement.ts'
import { isActivity } from '../statements/reference.ts'

/** States of a completion that a filter may ask for. */
export const outcomes = ['claimed', 'parked', 'quarantined', 'dismissed', 'withdrawn'] as const

const iris = z.array(z.string().min(1).max(2000)).min(1).max(200)

/** Which statements a destination gets: those for which every part that is given holds. Nothing given: all. */
export const filterSchema = z.strictObject({
  sources: z.array(z.uuid()).min(1).max(200).optional().describe('ids of the sources that pushed it'),
  verbs: iris.optional(),
  activities: iris.optional().describe('ids of its object, or of an activity in its context'),
  object_types: iris
    .optional()
    .describe('Activity, Agent, Group, SubStatement, StatementRef, or the type of an activity'),
  categories: iris.optional().describe('ids in context.contextActivities.category: profiles'),
  outcomes: z
    .array(z.enum(outcomes))
    .min(1)
    .optional()
    .describe('what conversion made of it; it is sent when it first comes to one of these'),
})
/** See `filterSchema`. */
export type Filter = z.infer<typeof filterSchema>

/** Whether what a statement says passes a filter; its source and the outcome of conversion are others' to judge. */
export function matches(filter: Filter, statement: Statement): boolean {
  const { verbs, activities, object_types: types, categories } = filter
  if (verbs && !verbs.includes(statement.verb.id)) return false
  if (types && !typesOf(statement).some((type) => types.includes(type))) return false
  if (activities && !activityIdsOf(statement).some((id) => activities.includes(id))) return false
  const related = statement.context?.contextActivities
  return !categories || activitiesOf(related?.category).some(({ id }) => categories.includes(id))
}

/** Whether a filter asks for more than source and outcome, so that statements have to be read to know. */
export function readsContent({ verbs, activities, object_types, categories }: Filter): boolean {
  return Boolean(verbs ?? activities ?? object_types ?? categories)
}

function typesOf({ object }: Statement): string[] {
  if (!isActivity(object)) return [object.objectType]
  const type = object.definition?.type
  return typeof type === 'string' ? ['Activity', type] : ['Activity']
}

function activityIdsOf({ object, context }: Statement): string[] {
  const related = Object.values(context?.contextActivities ?? {}).flatMap(activitiesOf)
  return [...(isActivity(object) ? [object] : []), ...related].map(({ id }) => id)
}
