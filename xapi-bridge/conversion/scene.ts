import type { Handle, Trx } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { dayOf } from '../../foundation/time.ts'
import { type ActivityTarget, offeringsById } from '../../ledger/catalogue/offering.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { type ActiveLink, linksOf } from '../../ledger/roster/identity.ts'
import { aliasNamesOf, type Targets, targetsFor } from '../aliases/targets.ts'
import { type Hold, isDecided } from '../completion/hold.ts'
import type { Item } from '../completion/item.ts'
import type { SpentTime } from '../completion/spent-time.ts'
import { activityTopic, offeringTopic, placeOf } from '../completion/topic.ts'
import type { HeldReading } from '../reading/reading.ts'
import { readingsAbout } from '../reading/store.ts'
import { candidatesFor, peopleAmong } from './candidates.ts'
import type { ReadSource, World } from './derive.ts'
import { itemsOpenedBy } from './items-store.ts'
import { timesOf } from './teacher-time.ts'

/** Everything stored about some people in one source, as far as it bears on what they touched. */
export interface Scene {
  targets: Targets
  readings: Map<string, HeldReading[]>
  items: Map<number, Item[]>
  /** By person. */
  holds: Map<string, Hold[]>
  links: Map<string, ActiveLink>
  /** How many teachers an identifier without a link may mean. */
  rivals: Map<string, number>
  /** Topics all of whose readings are here; others are seen in part only and left alone. */
  whole: Set<string>
}

/** Gathers the scene around what these people touched; `times` is filled with where the teachers were. */
export async function sceneOf(
  trx: Trx,
  touched: readonly HeldReading[],
  { source }: ReadSource,
  world: World,
  times: Map<Id, SpentTime[]>,
): Promise<Scene> {
  const { iriBase } = world
  const actorKeys = [...new Set(touched.map(({ actor }) => actor.key))]
  const named = idsIn(touched)
  const targets = await targetsFor(trx, source, iriBase, named)
  const seqs = new Set(touched.map(({ seq }) => seq))
  const offerings = new Map([...targets.values()].map((target) => [target.offeringId, target]))
  const gather = async () => {
    const aliases = await aliasNamesOf(trx, source, iriBase, offerings)
    const readings = await readingsAbout(trx, {
      sourceId: source.id,
      storeId: source.storeId,
      actorKeys,
      activityIds: [...named, ...aliases],
    })
    const opening = readings.filter(({ opens }) => opens).map(({ seq }) => seq)
    return { readings, items: await itemsOpenedBy(trx, opening) }
  }
  let { readings, items } = await gather()
  // What was touched may be, or have been, a completion of something else than its names mean now: that is seen too.
  const before = await wholesOf(
    trx,
    items.filter(({ openedSeq }) => seqs.has(openedSeq)),
    offerings,
  )
  if (before.size > 0) {
    for (const [id, target] of before) offerings.set(id, target)
    ;({ readings, items } = await gather())
  }
  const whole = new Set([...[...offerings.keys()].map(offeringTopic), ...named.map(activityTopic)])
  const unseen = idsIn(readings).filter((id) => !named.includes(id))
  for (const [id, target] of await targetsFor(trx, source, iriBase, unseen)) targets.set(id, target)
  const links = await linksOf(
    trx,
    actorKeys.map((key) => Buffer.from(key, 'hex')),
  )
  await recall(trx, { readings, targets, links, times, world })
  return {
    targets,
    readings: groupBy(readings, ({ actor }) => actor.key),
    items: groupBy(items, ({ openedSeq }) => openedSeq),
    holds: await holdsIn(trx, { readings, items, targets, offerings }),
    links,
    rivals: await rivalsAmong(trx, readings, links),
    whole,
  }
}

/** The offerings of these items that are not known yet, each as a whole. */
async function wholesOf(
  handle: Handle,
  items: readonly Item[],
  known: ReadonlyMap<Id, ActivityTarget>,
): Promise<Map<Id, ActivityTarget>> {
  const ids = items.flatMap(({ offeringId }) => (offeringId && !known.has(offeringId) ? [offeringId] : []))
  if (ids.length === 0) return new Map()
  const activity = { kind: 'offering' as const, trainingClassId: null, sessionId: null }
  const found = await offeringsById(handle, [...new Set(ids)])
  return new Map([...found].map(([id, offering]) => [id, { ...offering, activity }]))
}

/** Decided completions among these whose name means something else than what they were decided for, by person. */
async function holdsIn(
  handle: Handle,
  given: {
    readings: readonly HeldReading[]
    items: readonly Item[]
    targets: Targets
    offerings: ReadonlyMap<Id, ActivityTarget>
  },
): Promise<Map<string, Hold[]>> {
  const { readings, items, targets, offerings } = given
  const openers = new Map(readings.map((reading) => [reading.seq, reading]))
  const moved = items.flatMap((item) => {
    const opener = openers.get(item.openedSeq)
    if (!opener || !isDecided(item)) return []
    const place = placeOf(opener, targets)
    if (place?.target?.offeringId === item.offeringId) return []
    return [{ item, opener, activityId: place?.activityId ?? (opener.activities[0] as string) }]
  })
  if (moved.length === 0) return new Map()
  const wholes = await wholesOf(
    handle,
    moved.map(({ item }) => item),
    offerings,
  )
  const holds = moved.flatMap((one) => {
    const offeringId = one.item.offeringId as Id
    const offering = offerings.get(offeringId) ?? wholes.get(offeringId)
    return offering ? [{ ...one, offering }] : []
  })
  return groupBy(holds, ({ opener }) => opener.actor.key)
}

function idsIn(readings: readonly HeldReading[]): string[] {
  return [...new Set(readings.flatMap(({ activities, parents }) => [...activities, ...parents]))]
}

/** How many teachers each identifier without a link may mean. */
async function rivalsAmong(
  handle: Handle,
  readings: readonly HeldReading[],
  links: ReadonlyMap<string, ActiveLink>,
): Promise<Map<string, number>> {
  const strangers = new Map(
    readings.flatMap(({ actor, opens }) =>
      opens && actor.identifier && !links.has(actor.key) ? [[actor.key, actor.identifier] as const] : [],
    ),
  )
  if (strangers.size === 0) return new Map()
  const candidates = await candidatesFor(handle, [...strangers.values()])
  return new Map([...candidates].map(([key, some]) => [key, peopleAmong(some)]))
}

const day = 86_400_000_000

/** Reads where the teachers were, if anything here may collide with it. */
async function recall(
  handle: Handle,
  around: {
    readings: readonly HeldReading[]
    targets: Targets
    links: ReadonlyMap<string, ActiveLink>
    times: Map<Id, SpentTime[]>
    world: World
  },
): Promise<void> {
  const { readings, targets, links, times, world } = around
  const offerings = [...targets.values()]
  const sessions = offerings.flatMap(({ classes }) => classes.flatMap((one) => one.sessions))
  const openers = readings.filter(({ opens }) => opens)
  const days = [...new Set(openers.map(({ occurred }) => dayOf(occurred)))]
  const forms = [...new Set(offerings.map(({ form }) => form))]
  const isLimited = days.some((one) =>
    forms.some((form) => world.limitsOn(one, form).maxHoursPerDay !== null),
  )
  if (openers.length === 0 || (sessions.length === 0 && !isLimited)) return
  const moments = [...openers.map(({ occurred }) => occurred), ...sessions.map(({ startsAt }) => startsAt)]
  const span = { from: Math.min(...moments) - 2 * day, to: Math.max(...moments) + 2 * day }
  const teacherIds = [...new Set([...links.values()].map(({ teacherId }) => teacherId))]
  for (const [teacherId, spent] of await timesOf(handle, { teacherIds, ...span })) {
    const known = times.get(teacherId) ?? []
    const held = new Set(known.map(({ itemId }) => itemId))
    times.set(teacherId, [...known, ...spent.filter(({ itemId }) => !held.has(itemId))])
  }
}
