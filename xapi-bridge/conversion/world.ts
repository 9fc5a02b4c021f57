import type { Handle } from '../../foundation/database/connect.ts'
import { ExpectedError } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { FlatPolicy } from '../../ledger/policy/document.ts'
import { currentPolicyVersion } from '../../ledger/policy/store.ts'
import { noPolicy, type PolicyVersion, policyOn } from '../../ledger/policy/version.ts'
import { type Source, sourceById } from '../sources/source.ts'
import type { World } from './derive.ts'
import type { Limits } from './guard.ts'
import { overridden, type RuleSet, shippedRuleSets } from './rule-set.ts'

/** Where no policy says anything about evidence. */
const noLimits: Limits = { minutesPerHour: null, minDurationShare: null, maxSpeed: null, kinds: [] }

/** Sources, rules and the policy's limits that one transaction converts by. */
export async function worldFor(
  { config, now }: Pick<Ground, 'config' | 'now'>,
  handle: Handle,
  sourceIds: Iterable<Id>,
): Promise<World> {
  const policy = await currentPolicyVersion(handle)
  return worldOf(handle, { iriBase: config.xapiIriBase, now: now(), sourceIds, policy })
}

/** As `worldFor`, from values; without a policy nothing limits how fast one may be. */
export async function worldOf(
  handle: Handle,
  given: { iriBase: string; now: Instant; sourceIds: Iterable<Id>; policy?: PolicyVersion },
): Promise<World> {
  const rules = new Map<Id, { source: Source; ruleSet: RuleSet }>()
  const broken = new Map<Id, Error>()
  for (const sourceId of new Set(given.sourceIds)) {
    const source = await sourceById(handle, sourceId)
    const ruleSet = source && ruleSetOf(source)
    if (ruleSet instanceof Error) broken.set(sourceId, ruleSet)
    else if (ruleSet) rules.set(sourceId, { source, ruleSet })
  }
  return {
    iriBase: given.iriBase,
    now: given.now,
    rulesOf: (sourceId) => rules.get(sourceId) ?? null,
    brokenRulesOf: (sourceId) => broken.get(sourceId) ?? null,
    limitsOn: (day, form) => limitsOf(policyOn(given.policy ?? noPolicy, day), form),
  }
}

/**
 * The rule set of a source: its preset, with what it overrides. Null for the conformance profile and for presets that
 * are not shipped; the error where what it overrides cannot be used.
 */
export function ruleSetOf(source: Source): RuleSet | ExpectedError | null {
  if (source.profile === 'conformance') return null
  const preset = shippedRuleSets().get(source.preset)
  if (!preset) return null
  try {
    return overridden(preset, source.ruleSet)
  } catch (error) {
    if (error instanceof ExpectedError) return error
    throw error
  }
}

/**
 * What a policy says about evidence of one form; silent policies limit nothing. How fast one may be is asked of online
 * evidence alone (policies/README.md §3): of forms that the policy has shown by 完成, not by a check-in or by nothing.
 */
export function limitsOf(policy: FlatPolicy | null, form: string | null): Limits {
  const { evidence, unit } = policy ?? {}
  if (!evidence) return noLimits
  if (Array.isArray(evidence)) return { ...noLimits, kinds: evidence }
  const named = form === null ? null : evidence[form]
  const kinds = Array.isArray(named) ? named : []
  if (!kinds.includes('完成')) return { ...noLimits, kinds }
  return {
    minutesPerHour: numberOf(unit?.minutes_per_hour),
    minDurationShare: numberOf(evidence.min_duration_share),
    maxSpeed: numberOf(evidence.max_speed),
    kinds,
  }
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
