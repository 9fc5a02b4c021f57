import { idBytes, idBytesOrNull, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { insertRows, type Row, upsert } from '../../foundation/database/dialect.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { documentBytes } from '../claims/canonical.ts'
import { type CataloguePlan, type OfferingChange, type ProjectState, projectIdOf } from './catalogue-plan.ts'
import { activityHash } from './offering.ts'

/** By whom and when a catalogue is changed. */
export interface CatalogueHand {
  actor: string
  now: Instant
}

/** Writes projects, a further version of each offering that changes, and the rows that lists and look-ups read. */
export async function writeCatalogue(trx: Trx, plan: CataloguePlan, hand: CatalogueHand): Promise<void> {
  await writeProjects(trx, plan.projects, hand.now)
  await writeOfferings(trx, plan.offerings, hand)
  await writeClasses(trx, plan.offerings, hand.now)
  await writeActivities(trx, plan.activities, hand.now)
}

async function writeProjects(trx: Trx, projects: ProjectState[], now: Instant): Promise<void> {
  const rows = projects.map((project) => ({
    project_id: idBytes(project.projectId),
    project_no: project.projectNo,
    title: project.title,
    organisers: documentBytes(project.organisers),
    recognition_level: project.level,
    approved_on: project.approvedOn,
    recorded_at: now,
  }))
  await upsert(trx, 'project', rows, {
    key: ['project_id'],
    set: ['title', 'organisers', 'recognition_level', 'approved_on', 'recorded_at'],
  })
}

async function writeOfferings(
  trx: Trx,
  changes: OfferingChange[],
  { actor, now }: CatalogueHand,
): Promise<void> {
  const versions = await versionsOf(
    trx,
    changes.map(({ after }) => after.offeringId),
  )
  const versionNo = (offeringId: Id) => (versions.get(offeringId) ?? 0) + 1
  await insertRows(
    trx,
    'offering_version',
    changes.map(({ after }): Row => {
      const content = documentBytes(after)
      return {
        offering_id: idBytes(after.offeringId),
        version_no: versionNo(after.offeringId),
        content,
        content_hash: sha256(content),
        actor: [...actor].slice(0, 200).join(''),
        recorded_at: now,
      }
    }),
  )
  await upsert(
    trx,
    'offering',
    changes.map(({ after }) => ({
      offering_id: idBytes(after.offeringId),
      code: after.code,
      project_id: idBytes(projectIdOf(after.projectNo)),
      title: after.title,
      package_code: after.packageCode,
      is_path: after.contains.length > 0 ? 1 : 0,
      version_no: versionNo(after.offeringId),
      recorded_at: now,
    })),
    {
      key: ['offering_id'],
      set: ['project_id', 'title', 'package_code', 'is_path', 'version_no', 'recorded_at'],
    },
  )
}

async function versionsOf(trx: Trx, offeringIds: Id[]): Promise<Map<Id, number>> {
  const found = new Map<Id, number>()
  for (let from = 0; from < offeringIds.length; from += 400) {
    const rows = await trx('offering')
      .whereIn('offering_id', offeringIds.slice(from, from + 400).map(idBytes))
      .select('offering_id', 'version_no')
    for (const row of rows) found.set(idText(row.offering_id), safeInteger(row.version_no))
  }
  return found
}

/** Classes and sessions that an offering no longer has are marked as removed: their ids stay theirs. */
async function writeClasses(trx: Trx, changes: OfferingChange[], now: Instant): Promise<void> {
  const removedAt = (isGone: boolean) => (isGone ? now : null)
  const classes: Row[] = []
  const sessions: Row[] = []
  for (const { before, after } of changes) {
    const kept = new Set(after.classes.map(({ trainingClassId }) => trainingClassId))
    const gone = (before?.classes ?? []).filter(({ trainingClassId }) => !kept.has(trainingClassId))
    const keptSessions = new Set(
      after.classes.flatMap((each) => each.sessions.map(({ sessionId }) => sessionId)),
    )
    for (const each of [...after.classes, ...gone]) {
      const common = {
        offering_id: idBytes(after.offeringId),
        training_class_id: idBytes(each.trainingClassId),
        recorded_at: now,
      }
      const isGone = !kept.has(each.trainingClassId)
      classes.push({
        ...common,
        code: each.code,
        from_on: each.from,
        to_on: each.to,
        removed_at: removedAt(isGone),
      })
      const former = before?.classes.find(({ trainingClassId }) => trainingClassId === each.trainingClassId)
      const dropped = (former?.sessions ?? []).filter(({ sessionId }) => !keptSessions.has(sessionId))
      for (const session of isGone ? dropped : [...each.sessions, ...dropped]) {
        sessions.push({
          ...common,
          session_id: idBytes(session.sessionId),
          training_class_code: each.code,
          no: session.no,
          starts_at: session.startsAt,
          minutes: session.minutes,
          place: session.place,
          content: session.content,
          presenter: session.presenter,
          removed_at: removedAt(!keptSessions.has(session.sessionId)),
        })
      }
    }
  }
  await upsert(trx, 'training_class', classes, {
    key: ['training_class_id'],
    set: ['from_on', 'to_on', 'recorded_at', 'removed_at'],
  })
  await upsert(trx, 'session', sessions, {
    key: ['session_id'],
    set: ['starts_at', 'minutes', 'place', 'content', 'presenter', 'recorded_at', 'removed_at'],
  })
}

async function writeActivities(
  trx: Trx,
  activities: CataloguePlan['activities'],
  now: Instant,
): Promise<void> {
  const rows = activities.map(({ sourceName, activityId, offeringId }) => ({
    source_name: sourceName,
    activity_hash: activityHash(activityId),
    activity_id: activityId,
    offering_id: idBytesOrNull(offeringId),
    recorded_at: now,
  }))
  await upsert(trx, 'offering_activity', rows, {
    key: ['source_name', 'activity_hash'],
    set: ['offering_id', 'recorded_at'],
  })
}
