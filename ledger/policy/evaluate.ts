import type { Evaluation, EvaluationInput } from './evaluation.ts'

/** What one account should hold. No clock, no I/O, no order of arrival: same input, same output, for ever. */
export function evaluate(input: EvaluationInput): Evaluation {
  return {
    awards: [],
    waiting: input.claims.map(({ claimId }) => ({ claimId, reason: 'policy_silent' as const })),
  }
}
