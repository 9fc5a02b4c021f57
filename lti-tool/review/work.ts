import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { type OfferingInfo, offeringById } from '../../ledger/catalogue/offering.ts'
import { identifierKey } from '../../ledger/roster/identity.ts'
import type { Unit } from '../coursework/document.ts'
import {
  answersTo,
  type Enrolment,
  type HandedIn,
  latestEnrolment,
  type UnitState,
  unitStates,
} from '../coursework/enrolment.ts'
import { packageById } from '../coursework/package-store.ts'

/** One unit with what a learner did in it. */
export interface ReviewedUnit {
  unit: Unit
  state: UnitState | null
  /** What was handed in, the last first. */
  handedIn: HandedIn[]
}

/** What one learner did in one offering. */
export interface ReviewedWork {
  offering: OfferingInfo
  /** The name as the platform shared it at the learner's own launch, or null. */
  sharedName: string | null
  /** Null where nothing was begun. */
  enrolment: Enrolment | null
  units: ReviewedUnit[]
}

/** What somebody did in an offering, newest class first; null where the offering is gone. Changes nothing. */
export async function workOf(
  handle: Handle,
  learner: { iss: string; sub: string },
  offeringId: Id,
): Promise<ReviewedWork | null> {
  const offering = await offeringById(handle, offeringId)
  if (!offering) return null
  const key = identifierKey({ kind: 'account', homePage: learner.iss, name: learner.sub })
  const person: { shared_name: string | null } | undefined = await handle('lti_person')
    .where({ identifier_key: key })
    .first('shared_name')
  const sharedName = person?.shared_name ?? null
  const enrolment = await latestEnrolment(handle, learner, offeringId)
  const course = enrolment && (await packageById(handle, enrolment.packageId))
  if (!enrolment || !course) return { offering, sharedName, enrolment, units: [] }
  const states = await unitStates(handle, enrolment.enrolmentId)
  const units: ReviewedUnit[] = []
  for (const unit of course.content.units) {
    const handedIn = await answersTo(handle, enrolment.enrolmentId, unit.id)
    units.push({ unit, state: states.get(unit.id) ?? null, handedIn })
  }
  return { offering, sharedName, enrolment, units }
}
