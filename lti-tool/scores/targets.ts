import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { linksOf } from '../../ledger/roster/identity.ts'
import { linkedKeysOf } from '../../ledger/roster/links-of-teachers.ts'
import { agsScopes } from '../lti-services/ags.ts'

/** Somebody at a platform, and which teacher that is. */
export interface Learner {
  personId: Id
  iss: string
  sub: string
  /** Null while nobody is linked. */
  teacherId: Id | null
}

/** A place in a gradebook that a launch of a learner named for an offering. */
export interface Target {
  launchId: Id
  launchedAt: Instant
  personId: Id
  iss: string
  clientId: string
  sub: string
  offeringId: Id
  resourceLinkId: string | null
  /** Null where the platform names only the list of all line items. */
  lineItemUrl: string | null
  lineItemsUrl: string | null
  scopes: string[]
}

interface PersonRow {
  person_id: Buffer
  iss: string
  sub: string
  identifier_key: Buffer
}

/** People of platforms who are linked to these teachers, or by whom scores of these teachers stand in the outbox. */
export async function learnersOf(handle: Handle, teacherIds: readonly Id[]): Promise<Learner[]> {
  const keys = [...(await linkedKeysOf(handle, teacherIds)).values()].flat()
  const linked = await personsWhere(handle, 'identifier_key', keys)
  const earlier = await handle('score_outbox as s')
    .join('lti_launch as l', 'l.launch_id', 's.launch_id')
    .whereIn('s.teacher_id', teacherIds.map(idBytes))
    .distinct('l.person_id')
  const known = new Set(linked.map(({ person_id }) => idText(person_id)))
  const others = await personsWhere(
    handle,
    'person_id',
    earlier.map((row) => row.person_id).filter((id) => !known.has(idText(id))),
  )
  return withTeachers(handle, [...linked, ...others])
}

/** The people with these ids. */
export async function learnersById(handle: Handle, personIds: readonly Id[]): Promise<Learner[]> {
  return withTeachers(handle, await personsWhere(handle, 'person_id', personIds.map(idBytes)))
}

async function personsWhere(
  handle: Handle,
  column: 'person_id' | 'identifier_key',
  values: Buffer[],
): Promise<PersonRow[]> {
  const found: PersonRow[] = []
  for (let from = 0; from < values.length; from += 400) {
    const some = values.slice(from, from + 400)
    found.push(
      ...(await handle('lti_person')
        .whereIn(column, some)
        .select('person_id', 'iss', 'sub', 'identifier_key')),
    )
  }
  return found
}

async function withTeachers(handle: Handle, rows: PersonRow[]): Promise<Learner[]> {
  const links = await linksOf(
    handle,
    rows.map(({ identifier_key }) => Buffer.from(identifier_key)),
  )
  return rows.map((row) => ({
    personId: idText(row.person_id),
    iss: row.iss,
    sub: row.sub,
    teacherId: links.get(Buffer.from(row.identifier_key).toString('hex'))?.teacherId ?? null,
  }))
}

/**
 * Where scores of these people may go: for each resource link the newest launch as a learner that asked for an offering
 * and allowed scores. Test users, leaders and visitors send none.
 */
export async function targetsOf(handle: Handle, learners: readonly Learner[]): Promise<Target[]> {
  const newest = new Map<string, Target>()
  for (let from = 0; from < learners.length; from += 200) {
    const rows = await handle('lti_launch')
      .whereIn(
        'person_id',
        learners.slice(from, from + 200).map(({ personId }) => idBytes(personId)),
      )
      .where({ message_type: 'LtiResourceLinkRequest', is_test: 0 })
      .whereNotNull('offering_id')
      .orderBy(['launched_at', 'launch_id'])
      .select(targetColumns)
    for (const row of rows) {
      const target = targetFrom(row)
      if (!target) continue
      const { personId, clientId, offeringId, resourceLinkId } = target
      newest.set(
        JSON.stringify([personId, clientId, row.deployment_id, row.course_id, resourceLinkId, offeringId]),
        target,
      )
    }
  }
  return [...newest.values()]
}

const targetColumns = [
  'launch_id',
  'launched_at',
  'person_id',
  'iss',
  'client_id',
  'deployment_id',
  'course_id',
  'sub',
  'offering_id',
  'resource_link_id',
  'line_item_url',
  'line_items_url',
  'ags_scopes',
  'launch_roles',
]

// biome-ignore lint/suspicious/noExplicitAny: rows come as drivers give them; each value is read here.
function targetFrom(row: any): Target | null {
  const scopes = String(row.ags_scopes ?? '').split(' ')
  const isLearner = String(row.launch_roles).split(',').includes('learner')
  if (!isLearner || !scopes.includes(agsScopes.score)) return null
  if (row.line_item_url === null && row.line_items_url === null) return null
  return {
    launchId: idText(row.launch_id),
    launchedAt: safeInteger(row.launched_at) as Instant,
    personId: idText(row.person_id),
    iss: row.iss,
    clientId: row.client_id,
    sub: row.sub,
    offeringId: idText(row.offering_id),
    resourceLinkId: row.resource_link_id,
    lineItemUrl: row.line_item_url,
    lineItemsUrl: row.line_items_url,
    scopes,
  }
}
