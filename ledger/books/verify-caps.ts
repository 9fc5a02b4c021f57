import { matches } from '../policy/caps.ts'
import type { Cap } from '../policy/document.ts'
import { policyOn } from '../policy/version.ts'
import { windowOf } from '../policy/windows.ts'
import type { AccountState } from './account-state.ts'
import { type EvaluationFacts, isFrozen } from './evaluate-state.ts'
import type { AccountFinding } from './finding.ts'
import type { StandingAward } from './standing.ts'

/**
 * V8: no cap of the policy is broken, by adding up what counts in each of its windows.
 *
 * It adds up entries and asks nothing of evaluation. Rolling windows and those
 * the policy does not state are left to V9; so are windows that hold closed
 * periods, whose hours were counted under the rules of their time.
 */
export function capFindings(state: AccountState, facts: EvaluationFacts): AccountFinding[] {
  const totals = new Map<string, { cap: Cap; counted: number; hasFrozen: boolean; seq: number }>()
  for (const award of state.holding.awards.values()) {
    if (award.split.counted === 0) continue
    for (const { key, cap } of capsOver(award, state, facts)) {
      const total = totals.get(key) ?? { cap, counted: 0, hasFrozen: false, seq: 0 }
      total.counted += award.split.counted
      total.hasFrozen ||= isFrozen(state, award)
      total.seq = Math.max(total.seq, award.awardSeq)
      totals.set(key, total)
    }
  }
  return [...totals].flatMap(([key, { cap, counted, hasFrozen, seq }]) =>
    hasFrozen || counted <= Math.round((cap.max ?? 0) * 1_000)
      ? []
      : [
          {
            seq,
            what: `V8 ${counted} thousandths of an hour count under ${key}, which allows ${cap.max} hours`,
          },
        ],
  )
}

function* capsOver(
  award: StandingAward,
  state: AccountState,
  facts: EvaluationFacts,
): Generator<{ key: string; cap: Cap }> {
  const policy = policyOn(facts.policyOf(state.policyVersion), award.effectiveOn)
  const content = state.claims.get(award.claimId)?.claim.content
  if (!policy || !content) return
  const dimensions = {
    category: award.category || null,
    level: award.level === 'none' ? null : award.level,
    form: award.form || null,
    topic: facts.catalogue.get(content.offeringId ?? '')?.topic ?? null,
    role: content.role,
  }
  for (const [at, cap] of (policy.caps ?? []).entries()) {
    const name = cap.window ?? ''
    if (cap.max == null || /^(rolling|last-)/.test(name) || !matches(cap.filter, dimensions)) continue
    const person = facts.personOf(state.teacherId)
    const window = windowOf(policy, name, { person, day: award.effectiveOn })
    if (window.known) yield { key: `${policy.id} caps.${at} ${window.from}..${window.to}`, cap }
  }
}
