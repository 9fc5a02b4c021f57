import type { Handle, Trx } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { dayOf, type Instant } from '../../foundation/time.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { submit } from '../../ledger/claims/submit.ts'
import { type ActiveLink, linksOf } from '../../ledger/roster/identity.ts'
import { aliasNamesOf, type Targets, targetsFor } from '../aliases/targets.ts'
import type { Plan } from '../completion/attempt-work.ts'
import type { Limits } from '../completion/guard.ts'
import type { Item } from '../completion/item.ts'
import { letGo } from '../completion/let-go.ts'
import { planTopic } from '../completion/plan.ts'
import type { SpentTime } from '../completion/spent-time.ts'
import { activityTopic, isPart, offeringTopic, topicsOf } from '../completion/topic.ts'
import type { HeldReading } from '../reading/reading.ts'
import { readingsAbout, readingsAt } from '../reading/store.ts'
import type { SourceRules } from '../rules/source-rules.ts'
import type { Source } from '../sources/source.ts'
import { candidatesFor, peopleAmong } from './candidates.ts'
import { itemsOpenedBy, waitingOf, writeItems } from './items-store.ts'
import { undecided } from './refilings.ts'
import { keepTimes, timesOf } from './teacher-time.ts'
import { faultItem } from './unread.ts'

/** A source, and by which rules each of its statements is read. */
export interface ReadSource extends SourceRules {
  source: Source
}

/** What deriving needs to know beside the readings. */
export interface World {
  iriBase: string
  now: Instant
  /** The source of a reading and its rules; null where it has none. */
  rulesOf: (sourceId: Id) => ReadSource | null
  /** Why the rules of a source cannot be used; null where they can, and where it has none. */
  brokenRulesOf: (sourceId: Id) => Error | null
  limitsOn: (day: string, form: string | null) => Limits
  /** The same world, which knows the sources of these readings too. */
  knowing: (readings: readonly HeldReading[]) => Promise<World>
}

/** New rules that are applied: the cause that differences are posted with, and the statements that open nothing now. */
export interface RuleChange {
  /** `rules:<version>`. */
  cause: string
  /** Seqs of statements that could open a completion before and cannot now. */
  gone: readonly number[]
}

/**
 * Derives again every completion that these readings touch, files what became a claim or lost its ground, and writes
 * the items. Returns the items that changed. A completion that cannot be derived becomes RULE_FAULT by itself and
 * stops no other.
 */
export async function deriveAround(
  trx: Trx,
  touched: readonly HeldReading[],
  world: World,
  change: RuleChange | null = null,
): Promise<Item[]> {
  const first = await deriveOnce(trx, touched, world, change)
  if (first.freed.length === 0) return first.items
  // What waited for a teacher's time that is free again: one such look, since what it files frees nothing.
  const waiting = await waitingOf(trx, { reasons: ['OVERLAP', 'IMPLAUSIBLE_SPEED'], teacherIds: first.freed })
  const readings = await readingsAt(
    trx,
    waiting.map(({ openedSeq }) => openedSeq),
  )
  const second = await deriveOnce(trx, readings, await world.knowing(readings), null)
  return [...first.items, ...second.items]
}

async function deriveOnce(
  trx: Trx,
  touched: readonly HeldReading[],
  world: World,
  change: RuleChange | null,
): Promise<{ items: Item[]; freed: Id[] }> {
  const out: Plan = { items: [], facts: [], refilings: [], times: [] }
  const times = new Map<Id, SpentTime[]>()
  for (const [sourceId, readings] of groupBy(touched, (reading) => reading.sourceId)) {
    const rules = world.rulesOf(sourceId)
    if (!rules) continue
    const scene = await sceneOf(trx, readings, rules, world, times)
    for (const actorKey of new Set(readings.map(({ actor }) => actor.key))) {
      planActor(actorKey, scene, { rules, world, change, times, out })
    }
  }
  if (change && change.gone.length > 0) {
    take(
      out,
      letGo(await itemsOpenedBy(trx, change.gone), { why: 'rules', cause: change.cause, now: world.now }),
    )
  }
  for (const refiling of await undecided(trx, out.refilings)) {
    out.items.push(refiling.item)
    out.facts.push(...refiling.facts)
  }
  await writeItems(trx, out.items)
  const freed = await keepTimes(trx, out.times, out.items)
  // In the order of the statements: the ledger's inbox shows it, and a reader expects it.
  const ordered = out.facts.sort((a, b) => a.seq - b.seq).map(({ fact }) => fact)
  if (ordered.length > 0) await submit(trx, ordered, world.now)
  return { items: out.items, freed }
}

/** Everything stored about some people in one source, as far as it bears on what they touched. */
interface Scene {
  targets: Targets
  readings: Map<string, HeldReading[]>
  items: Map<number, Item[]>
  links: Map<string, ActiveLink>
  /** How many teachers an identifier without a link may mean. */
  rivals: Map<string, number>
  /** Topics all of whose readings are here; others are seen in part only and left alone. */
  whole: Set<string>
}

async function sceneOf(
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
  const offeringIds = [...new Set([...targets.values()].map(({ offeringId }) => offeringId))]
  const aliases = await aliasNamesOf(trx, source, iriBase, targets)
  const readings = await readingsAbout(trx, {
    sourceId: source.id,
    storeId: source.storeId,
    actorKeys,
    activityIds: [...named, ...aliases],
  })
  const unseen = idsIn(readings).filter((id) => !named.includes(id))
  for (const [id, target] of await targetsFor(trx, source, iriBase, unseen)) targets.set(id, target)
  const items = await itemsOpenedBy(
    trx,
    readings.filter(({ opens }) => opens).map(({ seq }) => seq),
  )
  const links = await linksOf(
    trx,
    actorKeys.map((key) => Buffer.from(key, 'hex')),
  )
  await recall(trx, { readings, targets, links, times, world })
  return {
    targets,
    readings: groupBy(readings, ({ actor }) => actor.key),
    items: groupBy(items, ({ openedSeq }) => openedSeq),
    links,
    rivals: await rivalsAmong(trx, readings, links),
    whole: new Set([...offeringIds.map(offeringTopic), ...named.map(activityTopic)]),
  }
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

interface Planning {
  rules: ReadSource
  world: World
  change: RuleChange | null
  times: Map<Id, SpentTime[]>
  out: Plan
}

function planActor(actorKey: string, scene: Scene, planning: Planning): void {
  const { rules, world, change, times, out } = planning
  const readings = scene.readings.get(actorKey) ?? []
  const link = scene.links.get(actorKey) ?? null
  const spent = link ? (times.get(link.teacherId) ?? []) : []
  if (link) times.set(link.teacherId, spent)
  const around = {
    source: rules.source,
    rulesOn: rules.on,
    link,
    rivals: scene.rivals.get(actorKey) ?? 0,
    times: spent,
    cause: change?.cause ?? null,
    limitsOn: world.limitsOn,
    now: world.now,
  }
  for (const topic of topicsOf(readings, scene.targets).values()) {
    if (!scene.whole.has(topic.key)) continue
    const held = topic.openers.flatMap(({ seq }) => scene.items.get(seq) ?? [])
    try {
      take(out, planTopic(topic, held, around))
    } catch (error) {
      for (const opener of topic.openers) {
        const { label } = rules.on(opener.occurred)
        if (held.length === 0) out.items.push(faultItem(opener, label, error, world.now))
      }
    }
  }
  for (const reading of readings) {
    if (!isPart(reading, scene.targets)) continue
    const items = scene.items.get(reading.seq) ?? []
    take(out, letGo(items, { why: 'part', cause: around.cause, now: world.now }))
  }
}

function take(out: Plan, more: Pick<Plan, 'items' | 'facts'> & Partial<Plan>): void {
  out.items.push(...more.items)
  out.facts.push(...more.facts)
  out.refilings.push(...(more.refilings ?? []))
  out.times.push(...(more.times ?? []))
}
