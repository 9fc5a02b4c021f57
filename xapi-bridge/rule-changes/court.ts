import type { Ground } from '../../foundation/ground.ts'
import type { Fact } from '../../ledger/claims/claim.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { linksOf } from '../../ledger/roster/identity.ts'
import { aliasNamesOf, targetsFor } from '../aliases/targets.ts'
import type { Plan } from '../completion/attempt-work.ts'
import type { Item } from '../completion/item.ts'
import { letGo } from '../completion/let-go.ts'
import { planTopic } from '../completion/plan.ts'
import { isPart, topicsOf } from '../completion/topic.ts'
import { candidatesFor, peopleAmong } from '../conversion/candidates.ts'
import { itemsOpenedBy } from '../conversion/items-store.ts'
import { undecided } from '../conversion/refilings.ts'
import { worldFor } from '../conversion/world.ts'
import type { HeldReading } from '../reading/reading.ts'
import type { SourceRules } from '../rules/source-rules.ts'
import type { Source } from '../sources/source.ts'
import { type PersonalVerdict, verdictsOn } from './verdict.ts'

/** Judges some people of a source by rules, without writing. */
export interface Court {
  /** What rules make of each attempt. */
  verdicts(readings: readonly HeldReading[], rules: SourceRules): PersonalVerdict[]
  /**
   * What applying rules now would hand to the ledger: claims filed, and claims taken back. `before` is what is read of
   * the same statements today. Whether two claims overlap in time is not looked at.
   */
  filings(before: readonly HeldReading[], after: readonly HeldReading[], rules: SourceRules): Promise<Fact[]>
}

/** Everything beside the rules that judging needs about these readings, asked for once. */
export async function courtFor(
  ground: Ground,
  source: Source,
  readings: readonly HeldReading[],
): Promise<Court> {
  const { db } = ground
  const targets = await targetsAround(ground, source, readings)
  const { links, candidates } = await peopleIn(ground, readings)
  const world = await worldFor(ground, db, [source.id])
  const items = await itemsOf(ground, readings)
  const around = (actorKey: string, rules: SourceRules) => ({
    source,
    rulesOn: rules.on,
    link: links.get(actorKey) ?? null,
    rivals: peopleAmong(candidates.get(actorKey)),
    limitsOn: world.limitsOn,
  })
  const heldBy = (seq: number): readonly Item[] => items.get(seq) ?? []

  return {
    verdicts: (read, rules) =>
      [...groupBy(read, ({ actor }) => actor.key)].flatMap(([actorKey, mine]) => {
        const bench = {
          ...around(actorKey, rules),
          releasedFor: (seq: number) => heldBy(seq).flatMap(({ released }) => released),
        }
        return [...topicsOf(mine, targets).values()]
          .flatMap((topic) => verdictsOn(topic, bench))
          .filter(({ opener }) => heldBy(opener.seq).at(-1)?.state !== 'dismissed')
          .map((verdict) => ({
            ...verdict,
            key: `${actorKey} ${verdict.key}`,
            actorKey,
            teacherId: bench.link?.teacherId ?? null,
            teacherNo: bench.link?.teacherNo ?? null,
          }))
      }),

    async filings(before, after, rules) {
      const plans: (Pick<Plan, 'facts'> & Partial<Plan>)[] = []
      const letting = { why: 'rules', cause: 'rules', now: world.now }
      for (const [actorKey, mine] of groupBy(after, ({ actor }) => actor.key)) {
        const surroundings = { ...around(actorKey, rules), times: [], cause: letting.cause, now: world.now }
        for (const topic of topicsOf(mine, targets).values()) {
          const held = topic.openers.flatMap(({ seq }) => heldBy(seq))
          plans.push(planTopic(topic, held, surroundings))
        }
        for (const part of mine) if (isPart(part, targets)) plans.push(letGo(heldBy(part.seq), letting))
      }
      const opening = new Set(after.flatMap(({ opens, seq }) => (opens ? [seq] : [])))
      const closed = before.filter(({ opens, seq }) => opens && !opening.has(seq))
      for (const { seq } of closed) plans.push(letGo(heldBy(seq), letting))
      const refiled = await undecided(
        db,
        plans.flatMap(({ refilings = [] }) => refilings),
      )
      return [...plans, ...refiled]
        .flatMap(({ facts }) => facts)
        .sort((a, b) => a.seq - b.seq)
        .map(({ fact }) => fact)
    },
  }
}

async function targetsAround({ db, config }: Ground, source: Source, readings: readonly HeldReading[]) {
  const ids = [...new Set(readings.flatMap(({ activities, parents }) => [...activities, ...parents]))]
  const targets = await targetsFor(db, source, config.xapiIriBase, ids)
  const names = await aliasNamesOf(db, source, config.xapiIriBase, targets)
  for (const [id, target] of await targetsFor(db, source, config.xapiIriBase, names)) targets.set(id, target)
  return targets
}

/** Whom the actors are linked to, and whom those without a link may be. */
async function peopleIn({ db }: Ground, readings: readonly HeldReading[]) {
  const actors = new Map(readings.map(({ actor }) => [actor.key, actor.identifier]))
  const links = await linksOf(
    db,
    [...actors.keys()].map((key) => Buffer.from(key, 'hex')),
  )
  const strangers = [...actors].flatMap(([key, identifier]) =>
    identifier && !links.has(key) ? [identifier] : [],
  )
  return { links, candidates: strangers.length > 0 ? await candidatesFor(db, strangers) : new Map() }
}

/** The items that these readings opened, by seq, the newest opening last. */
async function itemsOf({ db }: Ground, readings: readonly HeldReading[]) {
  const seqs = readings.filter(({ opens }) => opens).map(({ seq }) => seq)
  const items = await itemsOpenedBy(db, [...new Set(seqs)])
  return groupBy(
    items.sort((a, b) => a.opening - b.opening),
    ({ openedSeq }) => openedSeq,
  )
}
