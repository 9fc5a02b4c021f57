import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { FlatPolicy } from '../../ledger/policy/document.ts'
import { currentPolicyVersion } from '../../ledger/policy/store.ts'
import { noPolicy, type PolicyVersion, policyOn } from '../../ledger/policy/version.ts'
import type { Limits } from '../completion/guard.ts'
import { sourceRules } from '../rules/source-rules.ts'
import { activeVersions } from '../rules/versions.ts'
import { sourceById } from '../sources/source.ts'
import type { ReadSource, World } from './derive.ts'

/** Where no policy says anything about evidence. */
const noLimits: Limits = {
  minutesPerHour: null,
  minDurationShare: null,
  maxSpeed: null,
  maxHoursPerDay: null,
  kinds: [],
}

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
  const rules = new Map<Id, ReadSource>()
  const broken = new Map<Id, Error>()
  const sourceIds = [...new Set(given.sourceIds)]
  const versions = await activeVersions(handle, sourceIds)
  for (const sourceId of sourceIds) {
    const source = await sourceById(handle, sourceId)
    const found = source && sourceRules(source, versions.get(sourceId) ?? [])
    if (found instanceof Error) broken.set(sourceId, found)
    else if (source && found) rules.set(sourceId, { ...found, source })
  }
  return {
    iriBase: given.iriBase,
    now: given.now,
    rulesOf: (sourceId) => rules.get(sourceId) ?? null,
    brokenRulesOf: (sourceId) => broken.get(sourceId) ?? null,
    limitsOn: (day, form) => limitsOf(policyOn(given.policy ?? noPolicy, day), form),
    knowing: (readings) =>
      worldOf(handle, { ...given, sourceIds: [...sourceIds, ...readings.map((one) => one.sourceId)] }),
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
    maxHoursPerDay: numberOf(evidence.max_hours_per_day),
    kinds,
  }
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
