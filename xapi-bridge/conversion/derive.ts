import type { Trx } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { submit } from '../../ledger/claims/submit.ts'
import type { Plan } from '../completion/attempt-work.ts'
import type { Limits } from '../completion/guard.ts'
import type { Item } from '../completion/item.ts'
import { letGo } from '../completion/let-go.ts'
import { planTopic } from '../completion/plan.ts'
import type { SpentTime } from '../completion/spent-time.ts'
import { isPart, topicsOf } from '../completion/topic.ts'
import type { HeldReading } from '../reading/reading.ts'
import { readingsAt } from '../reading/store.ts'
import type { SourceRules } from '../rules/source-rules.ts'
import type { Source } from '../sources/source.ts'
import { holdersAgainst, setBeside } from './holders.ts'
import { itemsOpenedBy, waitingOf, writeItems } from './items-store.ts'
import { undecided } from './refilings.ts'
import { type Scene, sceneOf } from './scene.ts'
import { keepTimes } from './teacher-time.ts'
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
  // What let go of a name that has moved is read by what the name means now.
  if (first.hasLetGo) first.items.push(...(await deriveOnce(trx, touched, world, change)).items)
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
): Promise<{ items: Item[]; freed: Id[]; hasLetGo: boolean }> {
  const { out, hasLetGo } = await planUnheld(trx, touched, world, change)
  await writeItems(trx, out.items)
  const freed = await keepTimes(trx, out.times, out.items)
  // In the order of the statements: the ledger's inbox shows it, and a reader expects it.
  const ordered = out.facts.sort((a, b) => a.seq - b.seq).map(({ fact }) => fact)
  if (ordered.length > 0) await submit(trx, ordered, world.now)
  return { items: out.items, freed, hasLetGo }
}

/**
 * Plans what was touched. Where an item elsewhere holds the completion of one that is planned, since names or classes
 * changed after it was written, that one is looked at in the same breath: it moves on, or what is planned folds into
 * it. What still holds its completion then stands, and the planned one waits beside it.
 */
async function planUnheld(
  trx: Trx,
  touched: readonly HeldReading[],
  world: World,
  change: RuleChange | null,
): Promise<Planned> {
  const seen = new Set(touched.map(({ seq }) => seq))
  for (let readings = touched; ; ) {
    const planned = await planAll(trx, readings, world, change)
    const holders = await holdersAgainst(trx, planned.out.items)
    const unseen = holders.filter(({ openedSeq }) => !seen.has(openedSeq)).map(({ openedSeq }) => openedSeq)
    for (const seq of unseen) seen.add(seq)
    if (unseen.length === 0) {
      setBeside(planned.out, holders)
      return planned
    }
    readings = [...readings, ...(await readingsAt(trx, unseen))]
  }
}

interface Planned {
  out: Plan
  /** Whether a decided completion let go of a name that means something else by now. */
  hasLetGo: boolean
}

async function planAll(
  trx: Trx,
  touched: readonly HeldReading[],
  world: World,
  change: RuleChange | null,
): Promise<Planned> {
  const out: Plan = { items: [], facts: [], refilings: [], times: [] }
  const times = new Map<Id, SpentTime[]>()
  const held = new Set<Id>()
  for (const [sourceId, readings] of groupBy(touched, (reading) => reading.sourceId)) {
    const rules = world.rulesOf(sourceId)
    if (!rules) continue
    const scene = await sceneOf(trx, readings, rules, world, times)
    for (const holds of scene.holds.values()) for (const { item } of holds) held.add(item.itemId)
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
  return { out, hasLetGo: out.items.some(({ itemId, isOpen }) => !isOpen && held.has(itemId)) }
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
  const holds = scene.holds.get(actorKey) ?? []
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
  for (const topic of topicsOf(readings, scene.targets, holds).values()) {
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
    if (!isPart(reading, scene.targets, holds)) continue
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
