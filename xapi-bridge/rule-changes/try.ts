import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import { FactCache } from '../../ledger/books/evaluation-facts.ts'
import { groupBy } from '../../ledger/claims/group.ts'
import { policyVersionOf } from '../../ledger/policy/store.ts'
import { linksOf } from '../../ledger/roster/identity.ts'
import { suppose } from '../../ledger/transcript/suppose.ts'
import { classify } from '../reading/classify.ts'
import { convertedThrough } from '../reading/cursor.ts'
import { heldReadingOf, statementIn } from '../reading/held.ts'
import type { HeldReading, Reading } from '../reading/reading.ts'
import { withVoids } from '../reading/store.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { datedRules, judgesOtherwise, rulesOver, type SourceRules } from '../rules/source-rules.ts'
import { activeVersions } from '../rules/versions.ts'
import type { Source } from '../sources/source.ts'
import { flag } from '../statements/flags.ts'
import type { StoredStatement } from '../statements/read.ts'
import { courtFor } from './court.ts'
import { type Differences, type DifferencesTally, differencesTally } from './differences.ts'
import { type Effects, type EffectsTally, effectsTally } from './effects.ts'
import { statementsAt, statementsOfSource } from './source-statements.ts'

/** How many statements are read at a time; people are judged so many statements at a time, at least one person. */
const batch = 1000

/** Which rules are tried on what. */
export interface TryWish {
  source: Source
  candidate: RuleSet
  /** The first civil day of events that they would read; null: all there is. */
  from: Day | null
}

/** What other rules would have decided, and what it would mean in the book. */
export interface Trial extends Differences, Effects {}

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
  const [tally, effects] = [differencesTally(), effectsTally()]
  const isJudgedOtherwise =
    current.length === 0 || current.some((one) => judgesOtherwise(one.ruleSet, candidate))
  const seqsOf = await peopleTouched(ground, { source, before, after, isJudgedOtherwise, tally })
  const cache = new FactCache(policyVersionOf)
  for (const seqs of await packed(db, seqsOf)) {
    await judge(ground, { source, before, after, seqs, tally, cache, effects })
  }
  return { ...tally.result(), ...effects.result() }
}

interface Comparison {
  source: Source
  before: SourceRules | null
  after: SourceRules
  tally: DifferencesTally
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
      const one = now && readingUnder(stored, now, config.xapiIriBase)
      const other = now === then ? one : readingUnder(stored, then, config.xapiIriBase)
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

/** What rules read a statement as; null for one that says nothing to them, or is sealed. */
function readingUnder(stored: StoredStatement, rules: RuleSet, iriBase: string): Reading | 'fault' | null {
  if ((stored.flags & flag.sealed) !== 0) return null
  try {
    const result = classify(statementIn(stored), rules, iriBase)
    return 'reading' in result ? result.reading : null
  } catch {
    return 'fault'
  }
}

/**
 * The seqs of people, a batch at a time and at least one person; several identifiers of one teacher stay together,
 * since requirements are judged by teacher.
 */
async function packed(db: Handle, seqsOf: ReadonlyMap<string, number[]>): Promise<number[][]> {
  const keys = [...seqsOf.keys()]
  const links = await linksOf(
    db,
    keys.map((key) => Buffer.from(key, 'hex')),
  )
  const packs: number[][] = [[]]
  for (const own of groupBy(keys, (key) => links.get(key)?.teacherId ?? key).values()) {
    if ((packs.at(-1)?.length ?? 0) >= batch) packs.push([])
    // One by one: an account that a whole school shares may have more than one call takes.
    for (const key of own) for (const seq of seqsOf.get(key) ?? []) packs.at(-1)?.push(seq)
  }
  return packs.filter((seqs) => seqs.length > 0)
}

interface Judging extends Comparison {
  seqs: readonly number[]
  cache: FactCache
  effects: EffectsTally
}

/** Judges some people's completions under both rules, and counts what differs and what it would mean in the book. */
async function judge(ground: Ground, judging: Judging): Promise<void> {
  const { source, before, after, seqs, tally, cache, effects } = judging
  const { db, config } = ground
  const statements = await statementsAt(db, seqs)
  const readings = async (rules: SourceRules | null): Promise<HeldReading[]> => {
    if (!rules) return []
    const held = statements.flatMap((stored) => {
      const reading = readingUnder(stored, rules.on(stored.occurred), config.xapiIriBase)
      return reading === null || reading === 'fault' ? [] : [heldReadingOf(reading, stored)]
    })
    return withVoids(db, source.storeId, held)
  }
  const [one, other] = [await readings(before), await readings(after)]
  const court = await courtFor(ground, source, [...one, ...other])
  const today = dayOf(ground.now())
  await tally.compare(db, before ? court.verdicts(one, before) : [], court.verdicts(other, after), today)
  const facts = await court.filings(one, other, after)
  if (facts.length > 0) await effects.take(db, await suppose(db, cache, facts, today), today)
}
