import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import { linksOf } from '../../ledger/roster/identity.ts'
import { aliasNamesOf, targetsFor } from '../aliases/targets.ts'
import { topicsOf } from '../completion/topic.ts'
import { candidatesFor, peopleAmong } from '../conversion/candidates.ts'
import { heldReadingOf, parsed } from '../conversion/convert.ts'
import { itemsOpenedBy } from '../conversion/items-store.ts'
import { worldFor } from '../conversion/world.ts'
import { classify } from '../reading/classify.ts'
import { convertedThrough } from '../reading/cursor.ts'
import type { HeldReading, Reading } from '../reading/reading.ts'
import { withVoids } from '../reading/store.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { type DatedRules, datedRules, rulesOver, type SourceRules } from '../rules/source-rules.ts'
import { activeVersions } from '../rules/versions.ts'
import type { Source } from '../sources/source.ts'
import { flag } from '../statements/flags.ts'
import { statementsAt, statementsOfSource } from './source-statements.ts'
import { type Tally, type Trial, tallyOf } from './trial-tally.ts'
import { type PersonalVerdict, verdictsOn } from './verdict.ts'

/** How many statements are read at a time; people are judged so many statements at a time, at least one person. */
const batch = 1000

/** Which rules are tried on what. */
export interface TryWish {
  source: Source
  candidate: RuleSet
  /** The first civil day of events that they would read; null: all there is. */
  from: Day | null
}

/**
 * What other rules would have decided over the statements of a source that were converted, beside what the rules in
 * force decide; writes nothing (xapi.md §5.8). Statements are streamed by seq; kept in memory are the seqs of those
 * that either rules read, by person, and then some people at a time.
 */
export async function tryRules(ground: Ground, { source, candidate, from }: TryWish): Promise<Trial> {
  const { db } = ground
  const versions = (await activeVersions(db, [source.id])).get(source.id) ?? []
  const current = datedRules(source, versions)
  const before = current.length === 0 ? null : rulesOver(current)
  const after = rulesOver([{ from, ruleSet: candidate }, ...(from === null ? [] : current)])
  const tally = tallyOf()
  const isJudgedOtherwise = current.length === 0 || current.some((one) => judgesOtherwise(one, candidate))
  const seqsOf = await peopleTouched(ground, { source, before, after, isJudgedOtherwise, tally })
  for (const seqs of packed(seqsOf.values())) await judge(ground, { source, before, after, seqs, tally })
  return tally.result()
}

function* packed(lists: Iterable<number[]>): Generator<number[]> {
  let some: number[] = []
  for (const list of lists) {
    some.push(...list)
    if (some.length < batch) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

/** Whether two rule sets may judge the same readings differently: by pass, moveOn or the tolerance of clocks. */
export function judgesOtherwise({ ruleSet }: DatedRules, other: RuleSet): boolean {
  const judging = ({ pass, move_on, clock }: RuleSet) => JSON.stringify([pass, move_on ?? null, clock])
  return judging(ruleSet) !== judging(other)
}

interface Comparison {
  source: Source
  before: SourceRules | null
  after: SourceRules
  tally: Tally
}

/** The seqs of what is read of people whose completions may come out differently, person by person. */
async function peopleTouched(
  { db, config }: Ground,
  { source, before, after, isJudgedOtherwise, tally }: Comparison & { isJudgedOtherwise: boolean },
): Promise<Map<string, number[]>> {
  const seqsOf = new Map<string, number[]>()
  const touched = new Set<string>()
  const through = await convertedThrough(db)
  for (let reached = 0; ; ) {
    const statements = await statementsOfSource(db, {
      sourceId: source.id,
      after: reached,
      through,
      limit: batch,
    })
    const last = statements.at(-1)
    if (!last) break
    reached = last.seq
    for (const stored of statements) {
      tally.statement()
      const now = before?.on(stored.occurred) ?? null
      const then = after.on(stored.occurred)
      const one = now && readingUnder(stored.raw, stored.flags, now, config.xapiIriBase)
      const other = now === then ? one : readingUnder(stored.raw, stored.flags, then, config.xapiIriBase)
      if (other === 'fault' && one !== 'fault') tally.fault(stored.id)
      const read = [one, other].filter((reading) => reading !== null && reading !== 'fault')
      const isSame = now === then || JSON.stringify(one) === JSON.stringify(other)
      for (const key of new Set(read.map(({ actor }) => actor.key))) {
        const seqs = seqsOf.get(key)
        if (seqs) seqs.push(stored.seq)
        else seqsOf.set(key, [stored.seq])
        if (!isSame || isJudgedOtherwise) touched.add(key)
      }
    }
  }
  for (const key of seqsOf.keys()) if (!touched.has(key)) seqsOf.delete(key)
  return seqsOf
}

function readingUnder(raw: Buffer, flags: number, rules: RuleSet, iriBase: string): Reading | 'fault' | null {
  if ((flags & flag.sealed) !== 0) return null
  try {
    const result = classify(parsed(raw), rules, iriBase)
    return 'reading' in result ? result.reading : null
  } catch {
    return 'fault'
  }
}

/** Judges some people's completions under both rules and counts what differs. */
async function judge(ground: Ground, comparison: Comparison & { seqs: readonly number[] }): Promise<void> {
  const { source, before, after, seqs, tally } = comparison
  const { db, config } = ground
  const statements = await statementsAt(db, seqs)
  const readings = async (rules: SourceRules | null): Promise<HeldReading[]> => {
    if (!rules) return []
    const held = statements.flatMap((stored) => {
      const reading = readingUnder(stored.raw, stored.flags, rules.on(stored.occurred), config.xapiIriBase)
      return reading === null || reading === 'fault' ? [] : [heldReadingOf(reading, stored)]
    })
    return withVoids(db, source.storeId, held)
  }
  const [one, other] = [await readings(before), await readings(after)]
  const court = await courtFor(ground, source, [...one, ...other])
  const verdicts = court(one, before)
  await tally.compare(db, verdicts, court(other, after), dayOf(ground.now()))
}

/** Everything beside the rules that judging needs about these readings, asked for once. */
async function courtFor(ground: Ground, source: Source, readings: readonly HeldReading[]) {
  const { db, config } = ground
  const ids = [...new Set(readings.flatMap(({ activities, parents }) => [...activities, ...parents]))]
  const targets = await targetsFor(db, source, config.xapiIriBase, ids)
  const names = await aliasNamesOf(db, source, config.xapiIriBase, targets)
  for (const [id, target] of await targetsFor(db, source, config.xapiIriBase, names)) targets.set(id, target)
  const actors = new Map(readings.map(({ actor }) => [actor.key, actor.identifier]))
  const links = await linksOf(
    db,
    [...actors.keys()].map((key) => Buffer.from(key, 'hex')),
  )
  const strangers = [...actors].flatMap(([key, identifier]) =>
    identifier && !links.has(key) ? [identifier] : [],
  )
  const candidates = strangers.length > 0 ? await candidatesFor(db, strangers) : new Map()
  const world = await worldFor(ground, db, [source.id])
  const items = await itemsFor(db, readings)
  return (read: readonly HeldReading[], rules: SourceRules | null): PersonalVerdict[] => {
    if (!rules) return []
    const byActor = new Map<string, HeldReading[]>()
    for (const reading of read)
      byActor.set(reading.actor.key, [...(byActor.get(reading.actor.key) ?? []), reading])
    return [...byActor].flatMap(([actorKey, mine]) => {
      const link = links.get(actorKey) ?? null
      const bench = {
        source,
        rulesOn: rules.on,
        link,
        rivals: peopleAmong(candidates.get(actorKey)),
        limitsOn: world.limitsOn,
        releasedFor: (seq: number) => items.get(seq)?.released ?? [],
      }
      return [...topicsOf(mine, targets).values()]
        .flatMap((topic) => verdictsOn(topic, bench))
        .filter(({ opener }) => items.get(opener.seq)?.state !== 'dismissed')
        .map((verdict) => ({
          ...verdict,
          key: `${actorKey} ${verdict.key}`,
          actorKey,
          teacherId: link?.teacherId ?? null,
          teacherNo: link?.teacherNo ?? null,
        }))
    })
  }
}

async function itemsFor(handle: Handle, readings: readonly HeldReading[]) {
  const seqs = readings.filter(({ opens }) => opens).map(({ seq }) => seq)
  return new Map((await itemsOpenedBy(handle, seqs)).map((item) => [item.openedSeq, item]))
}
