import type { Pattern } from './document.ts'
import type { RuleSet } from './rule-set.ts'

/** The rules of a set that ask for one verb, in the order of the document. */
export type VerbRules = Pick<RuleSet, 'withdrawals' | 'attendance' | 'completions' | 'evidence'>

const byRuleSet = new WeakMap<RuleSet, Map<string, VerbRules>>()

/** The rules that one verb may fit; null for a verb that no rule names, which is most of what a platform sends. */
export function rulesByVerb(ruleSet: RuleSet, verb: string): VerbRules | null {
  let index = byRuleSet.get(ruleSet)
  if (!index) {
    index = indexOf(ruleSet)
    byRuleSet.set(ruleSet, index)
  }
  return index.get(verb) ?? null
}

function indexOf(ruleSet: RuleSet): Map<string, VerbRules> {
  const { withdrawals, attendance, completions, evidence } = ruleSet
  const verbs = new Set([...withdrawals, ...attendance, ...completions, ...evidence].flatMap(verbsOf))
  const naming = <R extends Pattern>(rules: R[], verb: string) =>
    rules.filter((rule) => verbsOf(rule).includes(verb))
  return new Map(
    [...verbs].map((verb) => [
      verb,
      {
        withdrawals: naming(withdrawals, verb),
        attendance: naming(attendance, verb),
        completions: naming(completions, verb),
        evidence: naming(evidence, verb),
      },
    ]),
  )
}

function verbsOf({ verb, verbs }: Pattern): string[] {
  return [...(verb === undefined ? [] : [verb]), ...(verbs ?? [])]
}
