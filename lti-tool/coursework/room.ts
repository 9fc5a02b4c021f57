import { idBytes } from '../../foundation/database/codec.ts'
import { installationNamespace } from '../../foundation/database/setting.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Instant } from '../../foundation/time.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import { type ClassInfo, type OfferingInfo, offeringById } from '../../ledger/catalogue/offering.ts'
import type { LaunchSession } from '../launch/session.ts'
import {
  type Enrolment,
  enrolmentById,
  enrolmentIdOf,
  latestEnrolment,
  type UnitState,
  unitStates,
} from './enrolment.ts'
import { type CoursePackage, newestPackage, packageById } from './package-store.ts'
import type { Study } from './perform.ts'
import type { LtiOrigin } from './statements.ts'

/** Why nothing that is done here is recorded. `later`: a class is still to come. */
export type NotRecorded = { why: 'visitor' | 'leader' | 'test' | 'no_class' } | { why: 'later'; from: Day }

/** The course room as one launch finds it. */
export interface Room {
  offering: OfferingInfo
  /** Null when the offering has no course package, or it was not imported. */
  course: CoursePackage | null
  /** The class of today, or the one the enrolment shown belongs to. */
  trainingClass: ClassInfo | null
  /** Null until the first act. */
  enrolment: Enrolment | null
  units: Map<string, UnitState>
  /** Null when what is done is recorded. */
  notRecorded: NotRecorded | null
  /** What acts are performed on; null when nothing is recorded. */
  study: Study | null
}

/** The room of the offering that a launch asks for; null when it asks for none. Changes nothing. */
export async function roomOf(ground: Ground, launch: LaunchSession): Promise<Room | null> {
  const offering = launch.offeringId ? await offeringById(ground.db, launch.offeringId) : null
  if (!offering) return null
  const now = ground.now()
  const running = classOn(offering.classes, dayOf(now, ground.config.timeZone))
  const notRecorded = notRecordedBecause(launch, offering, running, dayOf(now, ground.config.timeZone))
  const enrolment = isLearner(launch) ? await enrolmentOf(ground, launch, offering, running) : null
  const course = enrolment
    ? await packageById(ground.db, enrolment.packageId)
    : offering.packageCode
      ? await newestPackage(ground.db, offering.packageCode)
      : null
  return {
    offering,
    course,
    enrolment,
    trainingClass:
      offering.classes.find(({ trainingClassId }) => trainingClassId === enrolment?.trainingClassId) ??
      running,
    units: enrolment ? await unitStates(ground.db, enrolment.enrolmentId) : new Map(),
    notRecorded,
    study:
      course && running && !notRecorded
        ? await studyOf(ground, { launch, offering, running, course, enrolment, now })
        : null,
  }
}

/** The class whose window holds a day; of several the one that ends first, since it leaves least time. */
function classOn(classes: ClassInfo[], day: Day): ClassInfo | null {
  const running = classes.filter(({ from, to }) => from <= day && day <= to)
  return running.sort((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : a.from < b.from ? -1 : 1))[0] ?? null
}

const isLearner = (launch: LaunchSession) => launch.launchRole === 'learner' && !launch.test

/** The enrolment of today's class; where no class runs, the last one there was, to look at. */
async function enrolmentOf(
  ground: Ground,
  launch: LaunchSession,
  offering: OfferingInfo,
  running: ClassInfo | null,
) {
  if (!running) return latestEnrolment(ground.db, launch, offering.offeringId)
  const namespace = await installationNamespace(ground.db)
  return enrolmentById(ground.db, enrolmentIdOf(namespace, launch.iss, launch.sub, running.trainingClassId))
}

function notRecordedBecause(
  launch: LaunchSession,
  offering: OfferingInfo,
  running: ClassInfo | null,
  today: Day,
): NotRecorded | null {
  if (launch.test) return { why: 'test' }
  if (launch.launchRole === 'visitor') return { why: 'visitor' }
  if (launch.launchRole === 'course_leader') return { why: 'leader' }
  if (running) return null
  const coming = offering.classes.map(({ from }) => from).filter((from) => from > today)
  const next = coming.sort()[0]
  return next ? { why: 'later', from: next } : { why: 'no_class' }
}

async function studyOf(
  ground: Ground,
  room: {
    launch: LaunchSession
    offering: OfferingInfo
    running: ClassInfo
    course: CoursePackage
    enrolment: Enrolment | null
    now: Instant
  },
): Promise<Study> {
  const { launch, offering, running, course, now } = room
  const namespace = await installationNamespace(ground.db)
  const enrolment = room.enrolment ?? {
    enrolmentId: enrolmentIdOf(namespace, launch.iss, launch.sub, running.trainingClassId),
    iss: launch.iss,
    sub: launch.sub,
    offeringId: offering.offeringId,
    offeringCode: offering.code,
    trainingClassId: running.trainingClassId,
    trainingClassCode: running.code,
    packageId: course.packageId,
    lti: await originOf(ground, launch),
    beganAt: now,
    finishedAt: null,
    completedStatementId: null,
    studiedMs: 0,
  }
  return {
    enrolment,
    content: course.content,
    says: {
      namespace,
      iriBase: ground.config.xapiIriBase,
      iss: launch.iss,
      sub: launch.sub,
      enrolmentId: enrolment.enrolmentId,
      offering,
      trainingClassCode: enrolment.trainingClassCode,
      lti: enrolment.lti,
    },
  }
}

async function originOf({ db }: Ground, launch: LaunchSession): Promise<LtiOrigin> {
  const row: { course_id: string | null } | undefined = await db('lti_launch')
    .where('launch_id', idBytes(launch.launchId))
    .first('course_id')
  return {
    deployment: launch.deploymentId,
    context: row?.course_id ?? null,
    resource_link: launch.resourceLinkId,
  }
}
