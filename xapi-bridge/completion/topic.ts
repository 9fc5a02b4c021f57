import type { Id } from '../../foundation/ids.ts'
import type { ActivityTarget } from '../../ledger/catalogue/offering.ts'
import type { Targets } from '../aliases/targets.ts'
import type { HeldReading } from '../reading/reading.ts'
import { type Hold, holdOn } from './hold.ts'

/** All readings of one person in one source about one thing: an offering, or an activity that nobody mapped. */
export interface Topic {
  key: string
  /** Null while the activity is not mapped. */
  offering: ActivityTarget | null
  /** The id under which the source speaks of it. */
  activityId: string
  openers: HeldReading[]
  evidence: HeldReading[]
  withdrawals: HeldReading[]
  /** Openers that are here by a decision of before, while their name means something else now. */
  strays: Set<number>
}

/** The key of the topic of a mapped activity. */
export function offeringTopic(offeringId: Id): string {
  return `offering:${offeringId}`
}

/** The key of the topic of an activity that is not mapped. */
export function activityTopic(activityId: string): string {
  return `activity:${activityId}`
}

/**
 * Sorts readings of one person in one source into topics. An opening reading belongs to one topic, by the first of its
 * names that is mapped; evidence supports every topic it names. A completion of something unmapped inside something
 * mapped is evidence and opens nothing (xapi.md §5.4, 3). What a decided completion holds stays with it (`holds`).
 */
export function topicsOf(
  readings: readonly HeldReading[],
  targets: Targets,
  holds: readonly Hold[] = [],
): Map<string, Topic> {
  const topics = new Map<string, Topic>()
  for (const reading of readings) {
    for (const { activityId, target, isHeld } of placesOf(reading, targets, holds)) {
      const key = target ? offeringTopic(target.offeringId) : activityTopic(activityId)
      const topic = topics.get(key) ?? fresh(key, activityId, target)
      topics.set(key, topic)
      if (reading.opens && reading.kind !== 'withdrawn') {
        topic.openers.push(reading)
        if (isHeld) topic.strays.add(reading.seq)
      } else if (reading.kind === 'withdrawn') topic.withdrawals.push(reading)
      else topic.evidence.push(reading)
    }
  }
  return topics
}

/** Whether a reading that could open a completion is only evidence: part of something mapped, or not mapped itself. */
export function isPart(reading: HeldReading, targets: Targets, holds: readonly Hold[] = []): boolean {
  return reading.opens && placesOf(reading, targets, holds).length === 0
}

interface Place {
  activityId: string
  target: ActivityTarget | null
  isHeld?: true
}

/** The offering that a reading opens by what its names mean now, and the name that says so; null where it opens none. */
export function placeOf(reading: HeldReading, targets: Targets): Place | null {
  return mappedPlaces(reading, targets)[0] ?? null
}

function placesOf(reading: HeldReading, targets: Targets, holds: readonly Hold[]): Place[] {
  const places = mappedPlaces(reading, targets)
  if (holds.length === 0) return places
  if (reading.opens && reading.kind !== 'withdrawn') {
    const hold = holdOn(reading, places[0]?.activityId, holds)
    return hold ? [{ activityId: hold.activityId, target: hold.offering, isHeld: true }] : places
  }
  // What supports or takes back speaks of all that was completed under the name, before it moved and after.
  const held = holds.filter(
    ({ activityId, offering }, index) =>
      reading.activities.includes(activityId) &&
      places.every(({ target }) => target?.offeringId !== offering.offeringId) &&
      holds.findIndex((one) => one.offering.offeringId === offering.offeringId) === index,
  )
  return [...places, ...held.map(({ activityId, offering }) => ({ activityId, target: offering }))]
}

function mappedPlaces(reading: HeldReading, targets: Targets): Place[] {
  const mapped = reading.activities.flatMap((activityId) => {
    const target = targets.get(activityId)
    return target && isWhole(target) ? [{ activityId, target }] : []
  })
  const unmapped = reading.activities.map((activityId) => ({ activityId, target: null }))
  if (!reading.opens) {
    const seen = new Set<Id>()
    const distinct = mapped.filter(({ target }) => {
      const isNew = !seen.has(target.offeringId)
      seen.add(target.offeringId)
      return isNew
    })
    return distinct.length > 0 ? distinct : unmapped
  }
  if (mapped.length > 0) return mapped.slice(0, 1)
  if (reading.onlyMapped) return []
  const isInside =
    reading.parents.some((id) => targets.has(id)) || reading.activities.some((id) => targets.has(id))
  return isInside ? [] : unmapped.slice(0, 1)
}

function isWhole(target: ActivityTarget): boolean {
  return target.activity.kind === 'offering' || target.activity.kind === 'session'
}

function fresh(key: string, activityId: string, offering: ActivityTarget | null): Topic {
  return { key, offering, activityId, openers: [], evidence: [], withdrawals: [], strays: new Set() }
}
