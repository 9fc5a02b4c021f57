import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { derivedId, type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { claimStatusOf } from '../../ledger/books/claim-states.ts'
import { activitiesOf } from '../../ledger/catalogue/activities-of.ts'
import { offeringsFor } from '../../ledger/catalogue/offering.ts'
import type { Fact } from '../../ledger/claims/claim.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { submit } from '../../ledger/claims/submit.ts'
import { type ActiveLink, linksOf } from '../../ledger/roster/identity.ts'
import type { Source } from '../sources/source.ts'
import type { Limits } from './guard.ts'
import type { Item } from './item.ts'
import { itemsOpenedBy, writeItems } from './items-store.ts'
import { planTopic, type Refiling, withdrawn } from './plan.ts'
import { readingsAbout } from './readings-store.ts'
import type { RuleSet } from './rule-set.ts'
import { activityTopic, type HeldReading, isPart, offeringTopic, type Targets, topicsOf } from './topic.ts'

/** What deriving needs to know beside the readings. */
export interface World {
  iriBase: string
  now: Instant
  /** The source of a reading and its rules; null where it has none. */
  rulesOf: (sourceId: Id) => { source: Source; ruleSet: RuleSet } | null
  /** Why the rules of a source cannot be used; null where they can, and where it has none. */
  brokenRulesOf: (sourceId: Id) => Error | null
  limitsOn: (day: string, form: string | null) => Limits
}

/**
 * Derives again every completion that these readings touch, files what became a claim or lost its ground, and writes
 * the items. Returns how many items changed. A completion that cannot be derived becomes RULE_FAULT by itself and
 * stops no other.
 */
export async function deriveAround(trx: Trx, touched: readonly HeldReading[], world: World): Promise<Item[]> {
  const items: Item[] = []
  const facts: { seq: number; fact: Fact }[] = []
  const refilings: Refiling[] = []
  for (const [sourceId, readings] of groupBy(touched, (reading) => reading.sourceId)) {
    const rules = world.rulesOf(sourceId)
    if (!rules) continue
    const scene = await sceneOf(trx, readings, rules.source, world.iriBase)
    for (const actorKey of new Set(readings.map(({ actor }) => actor.key))) {
      planActor(actorKey, scene, { ...rules, world, items, facts, refilings })
    }
  }
  for (const refiling of await undecided(trx, refilings)) {
    items.push(refiling.item)
    facts.push(...refiling.facts)
  }
  await writeItems(trx, items)
  // In the order of the statements: the ledger's inbox shows it, and a reader expects it.
  const ordered = facts.sort((a, b) => a.seq - b.seq).map(({ fact }) => fact)
  if (ordered.length > 0) await submit(trx, ordered, world.now)
  return items
}

/** Those whose claim nobody has decided on: a decision of a person is not undone by better evidence. */
async function undecided(trx: Trx, refilings: Refiling[]): Promise<Refiling[]> {
  if (refilings.length === 0) return []
  const statuses = await claimStatusOf(
    trx,
    refilings.map(({ claimId }) => claimId),
  )
  return refilings.filter(
    ({ claimId }) => (statuses.get(claimId)?.claimStatus ?? 'awaiting_check') === 'awaiting_check',
  )
}

/** Everything stored about some people in one source, as far as it bears on what they touched. */
interface Scene {
  targets: Targets
  readings: Map<string, HeldReading[]>
  items: Map<number, Item[]>
  links: Map<string, ActiveLink>
  /** Topics all of whose readings are here; others are seen in part only and left alone. */
  whole: Set<string>
}

async function sceneOf(
  trx: Trx,
  touched: readonly HeldReading[],
  source: Source,
  iriBase: string,
): Promise<Scene> {
  const actorKeys = [...new Set(touched.map(({ actor }) => actor.key))]
  const named = idsIn(touched)
  const targets = await targetsOf(trx, source, iriBase, named)
  const offeringIds = [...new Set([...targets.values()].map(({ offeringId }) => offeringId))]
  const aliases = await aliasesOf(trx, source, iriBase, targets)
  const readings = await readingsAbout(trx, {
    sourceId: source.id,
    storeId: source.storeId,
    actorKeys,
    activityIds: [...named, ...aliases],
  })
  const unseen = idsIn(readings).filter((id) => !named.includes(id))
  for (const [id, target] of await targetsOf(trx, source, iriBase, unseen)) targets.set(id, target)
  const items = await itemsOpenedBy(
    trx,
    readings.filter(({ opens }) => opens).map(({ seq }) => seq),
  )
  return {
    targets,
    readings: groupBy(readings, ({ actor }) => actor.key),
    items: groupBy(items, ({ openedSeq }) => openedSeq),
    links: await linksOf(
      trx,
      actorKeys.map((key) => Buffer.from(key, 'hex')),
    ),
    whole: new Set([...offeringIds.map(offeringTopic), ...named.map(activityTopic)]),
  }
}

function idsIn(readings: readonly HeldReading[]): string[] {
  return [...new Set(readings.flatMap(({ activities, parents }) => [...activities, ...parents]))]
}

function targetsOf(handle: Handle, source: Source, iriBase: string, activityIds: string[]) {
  if (activityIds.length === 0) return Promise.resolve(new Map() as Awaited<ReturnType<typeof offeringsFor>>)
  return offeringsFor(handle, { sourceName: source.name, activityIds, iriBase })
}

/** Every id under which the source may speak of these offerings: what the catalogue maps, and our own IRIs. */
async function aliasesOf(
  handle: Handle,
  source: Source,
  iriBase: string,
  targets: Targets,
): Promise<string[]> {
  const codes = new Map([...targets.values()].map(({ offeringId, code }) => [offeringId, code]))
  const mapped = await activitiesOf(handle, { sourceName: source.name, offeringIds: [...codes.keys()] })
  const own = [...codes.values()].map((code) => `${iriBase}activities/offering/${encodeURIComponent(code)}`)
  return [...own, ...[...mapped.values()].flat()]
}

interface Output {
  source: Source
  ruleSet: RuleSet
  world: World
  items: Item[]
  facts: { seq: number; fact: Fact }[]
  refilings: Refiling[]
}

function planActor(actorKey: string, scene: Scene, out: Output): void {
  const readings = scene.readings.get(actorKey) ?? []
  const { source, ruleSet, world } = out
  const around = {
    source,
    ruleSet,
    link: scene.links.get(actorKey) ?? null,
    limitsOn: world.limitsOn,
    now: world.now,
  }
  for (const topic of topicsOf(readings, scene.targets).values()) {
    if (!scene.whole.has(topic.key)) continue
    const held = topic.openers.flatMap(({ seq }) => scene.items.get(seq) ?? [])
    try {
      const plan = planTopic(topic, held, around)
      out.items.push(...plan.items)
      out.facts.push(...plan.facts)
      out.refilings.push(...plan.refilings)
    } catch (error) {
      for (const opener of topic.openers) {
        if (held.length === 0) out.items.push(faultItem(opener, ruleSet.label, error, world.now))
      }
    }
  }
  for (const reading of readings) {
    if (isPart(reading, scene.targets)) letGo(scene.items.get(reading.seq) ?? [], world.now, out)
  }
}

/** A completion that turned out to be part of something mapped is evidence and no longer waits. */
function letGo(items: readonly Item[], now: Instant, out: Output): void {
  for (const item of items) {
    if (item.isOpen && item.claimedAt === null)
      out.items.push({ ...withdrawn(item), detail: 'part', since: now })
  }
}

/** The item of a statement on which a rule failed. It is found again by the statement alone. */
export function faultItem(
  statement: Pick<HeldReading, 'seq' | 'sourceId' | 'statementId'>,
  rules: string,
  error: unknown,
  now: Instant,
): Item {
  const { seq, sourceId, statementId } = statement
  return {
    itemId: derivedId(sourceId, `fault:${statementId}`),
    sourceId,
    openedSeq: seq,
    statementId,
    opening: 1,
    actorKey: sha256(`fault/1\n${statementId}`).toString('hex'),
    completionKey: sha256(`fault/1\n${sourceId}\n${statementId}`).toString('hex'),
    isOpen: true,
    state: 'quarantined',
    reason: 'RULE_FAULT',
    // The kind of failure only: its message may repeat what the statement says about a person.
    detail: error instanceof Error ? error.name : 'error',
    rules,
    teacherId: null,
    offeringId: null,
    trainingClassId: null,
    claimId: derivedId(sourceId, `claim:${statementId}`),
    claimedAt: null,
    evidence: [],
    keptThrough: 0,
    released: [],
    teacherHint: '',
    offeringHint: '',
    since: now,
  }
}
