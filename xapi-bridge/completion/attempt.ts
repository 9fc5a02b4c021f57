import { type Day, dayOf } from '../../foundation/time.ts'
import type { ClassInfo, OfferingInfo, SessionInfo } from '../../ledger/catalogue/offering.ts'
import type { HeldReading } from '../reading/reading.ts'
import type { Topic } from './topic.ts'

/** Which time of doing it: one registration, one training class, or one session of a class. */
export interface Occasion {
  /** Part of the completion key. */
  key: string
  registration: string | null
  /** `unknown`: named and not in the catalogue. `none`: the offering has classes and none fits. Null: it has none. */
  trainingClass: ClassInfo | 'unknown' | 'none' | null
  session: SessionInfo | 'unknown' | null
}

/** The readings of one occasion. */
export interface Attempt extends Occasion {
  openers: HeldReading[]
  evidence: HeldReading[]
  withdrawals: HeldReading[]
}

/**
 * The attempts of a topic. Each opening reading falls into one; evidence joins those of its registration, or else of
 * its training class. A withdrawal may come after the class has ended, so it counts for the class that began last.
 */
export function attemptsOf(topic: Topic): Attempt[] {
  const { offering } = topic
  const attempts = new Map<string, Attempt>()
  const asEvidence: HeldReading[] = []
  for (const reading of topic.openers) {
    if (reading.kind === 'attended' && offering && offering.awardBasis !== 'by_attendance') {
      asEvidence.push(reading)
      continue
    }
    const occasion = occasionOf(reading, offering)
    const attempt = attempts.get(occasion.key) ?? { ...occasion, openers: [], evidence: [], withdrawals: [] }
    attempts.set(occasion.key, attempt)
    attempt.openers.push(reading)
  }
  for (const attempt of attempts.values()) {
    const joins = (reading: HeldReading, trainingClass: Occasion['trainingClass']) =>
      supports(reading, trainingClass, attempt)
    attempt.evidence = [...topic.evidence, ...asEvidence].filter((one) => joins(one, classOf(one, offering)))
    attempt.withdrawals = topic.withdrawals.filter((one) => joins(one, lastClassBefore(one, offering)))
  }
  return [...attempts.values()]
}

function supports(reading: HeldReading, trainingClass: Occasion['trainingClass'], attempt: Attempt): boolean {
  if (attempt.session) return false
  if (attempt.registration !== null && reading.registration !== null) {
    return attempt.registration === reading.registration
  }
  return sameClass(trainingClass, attempt.trainingClass)
}

function sameClass(one: Occasion['trainingClass'], other: Occasion['trainingClass']): boolean {
  if (one === null || other === null || typeof one === 'string' || typeof other === 'string')
    return one === other
  return one.trainingClassId === other.trainingClassId
}

/** The part of the completion key that says which time of doing it a reading of this offering belongs to. */
export function occasionKeyOf(reading: HeldReading, offering: Topic['offering']): string {
  return occasionOf(reading, offering).key
}

function occasionOf(reading: HeldReading, offering: Topic['offering']): Occasion {
  const { registration } = reading
  const trainingClass = classOf(reading, offering)
  const session = sessionOf(reading, offering, trainingClass)
  if (reading.session) {
    const { classCode, no } = reading.session
    return { key: `session:${classCode}/${no}`, registration, trainingClass, session: session ?? 'unknown' }
  }
  if (registration !== null)
    return { key: `registration:${registration}`, registration, trainingClass, session }
  if (!offering) return { key: 'unmapped', registration, trainingClass, session }
  if (trainingClass === null || typeof trainingClass === 'string') {
    return { key: trainingClass ?? 'offering', registration, trainingClass, session }
  }
  return { key: `class:${trainingClass.trainingClassId}`, registration, trainingClass, session }
}

function classOf(reading: HeldReading, offering: Topic['offering']): Occasion['trainingClass'] {
  if (!offering) return null
  const named = offering.activity.trainingClassId
  if (named !== null && reading.session) {
    return offering.classes.find(({ trainingClassId }) => trainingClassId === named) ?? 'unknown'
  }
  if (reading.classCode !== null) {
    return offering.classes.find(({ code }) => code === reading.classCode) ?? 'unknown'
  }
  if (offering.classes.length === 0) return null
  const day = dayOf(reading.occurred)
  return byBeginning(offering).find(({ from, to }) => from <= day && day <= to) ?? 'none'
}

function lastClassBefore(reading: HeldReading, offering: Topic['offering']): Occasion['trainingClass'] {
  if (!offering || offering.classes.length === 0 || reading.classCode !== null)
    return classOf(reading, offering)
  const day: Day = dayOf(reading.occurred)
  return byBeginning(offering).findLast(({ from }) => from <= day) ?? 'none'
}

function byBeginning({ classes }: OfferingInfo): ClassInfo[] {
  return [...classes].sort((a, b) => (a.from + a.code < b.from + b.code ? -1 : 1))
}

function sessionOf(
  reading: HeldReading,
  offering: Topic['offering'],
  trainingClass: Occasion['trainingClass'],
): SessionInfo | null {
  if (!reading.session || !offering || trainingClass === null || typeof trainingClass === 'string')
    return null
  return trainingClass.sessions.find(({ no }) => no === reading.session?.no) ?? null
}
