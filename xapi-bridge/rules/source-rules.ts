import { ExpectedError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/ids.ts'
import { type Day, dayOf, type Instant } from '../../foundation/time.ts'
import { overridden, type RuleSet, ruleSetFrom, shippedRuleSets } from './rule-set.ts'
import type { RuleVersion } from './versions.ts'

/** A rule set and the first civil day of events that it reads; null: from ever. */
export interface DatedRules {
  from: Day | null
  ruleSet: RuleSet
}

/** What of a source decides by which rules it is read. */
export interface RuledSource {
  id: Id
  profile: 'standard' | 'conformance'
  preset: string
  /** What it overrides in its preset; null for the preset as it is. */
  ruleSet: unknown
}

/** By which rules each statement of a source is read. */
export interface SourceRules {
  /** The rules in force on the civil day of an event: of those that began by then the one that began last. */
  on(occurred: Instant): RuleSet
}

/**
 * The rules of a source over time: its preset with what it overrides, and the versions that were approved (newest
 * first). Null for the conformance profile and for presets that are not shipped; the error where a document cannot be
 * used.
 */
export function sourceRules(
  source: RuledSource,
  versions: readonly RuleVersion[],
): SourceRules | ExpectedError | null {
  try {
    const dated = datedRules(source, versions)
    return dated.length === 0 ? null : rulesOver(dated)
  } catch (error) {
    if (error instanceof ExpectedError) return error
    throw error
  }
}

/** As `sourceRules`, as a list, the newest versions first and the preset last. Throws InvalidInput `rules-invalid`. */
export function datedRules(source: RuledSource, versions: readonly RuleVersion[]): DatedRules[] {
  if (source.profile === 'conformance') return []
  const base = baseRules(source)
  const dated = versions.map(({ validFrom, document }) => ({
    from: validFrom,
    ruleSet: remembered(document),
  }))
  return [...dated, ...(base ? [{ from: null, ruleSet: base }] : [])]
}

/** The rules over time from dated rule sets, where of two that begin on one day the one named first is in force. */
export function rulesOver(dated: readonly DatedRules[]): SourceRules {
  const newestFirst = [...dated].sort((a, b) =>
    (a.from ?? '') < (b.from ?? '') ? 1 : (a.from ?? '') > (b.from ?? '') ? -1 : 0,
  )
  const [only] = newestFirst
  const last = newestFirst.at(-1)?.ruleSet as RuleSet
  if (newestFirst.length === 1 && only) return { on: () => only.ruleSet }
  return {
    on(occurred) {
      const day = dayOf(occurred)
      return newestFirst.find(({ from }) => from === null || from <= day)?.ruleSet ?? last
    },
  }
}

/** Whether two rule sets may judge the same readings differently: by pass, moveOn or the tolerance of clocks. */
export function judgesOtherwise(one: RuleSet, other: RuleSet): boolean {
  const judging = ({ pass, move_on, clock }: RuleSet) => JSON.stringify([pass, move_on ?? null, clock])
  return judging(one) !== judging(other)
}

/** The preset of a source with what it overrides; null where it has none. Throws InvalidInput `rules-invalid`. */
export function baseRules(source: RuledSource): RuleSet | null {
  const preset = shippedRuleSets().get(source.preset)
  if (!preset) return null
  return source.ruleSet === null ? preset : remembered(JSON.stringify(source.ruleSet), preset)
}

/** Documents that were read lately: a source has few, and each batch asks for them. */
const memory = new Map<string, RuleSet>()

function remembered(document: string, preset?: RuleSet): RuleSet {
  const key = `${preset?.label ?? ''}\n${document}`
  const known = memory.get(key)
  if (known) return known
  const ruleSet = preset ? overridden(preset, JSON.parse(document)) : ruleSetFrom(document)
  if (memory.size > 200) memory.clear()
  memory.set(key, ruleSet)
  return ruleSet
}
