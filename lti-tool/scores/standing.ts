import type { ClaimState } from '../../ledger/books/claim-states.ts'
import { scoreMaximum } from '../lti-services/ags.ts'

/** Points as a gradebook shows them, in thousandths. */
export interface Points {
  givenMilli: number
  maximumMilli: number
}

/**
 * What a gradebook should say of one teacher and offering: points, nothing yet (`undecided`: what was said before
 * stays), or that there are no hours (`none`).
 */
export type Standing = { kind: 'points'; points: Points } | { kind: 'undecided' } | { kind: 'none' }

const maximumMilli = scoreMaximum * 1000

/** The score that takes back an earlier one: zero is a score, and nothing less than a score is ever sent. */
export const zeroPoints: Points = { givenMilli: 0, maximumMilli }

/**
 * Reads the score of an offering out of the claims on it, so that gradebook and ledger agree: points exist while hours
 * are recognised, be they counted or in excess of a cap, and are those of the best result; who has no result because
 * the course has no test gets all. Hours that wait for a decision leave what was said before.
 */
export function standingOf(claims: readonly ClaimState[]): Standing {
  const recognised = claims.filter(({ milliHours }) => milliHours.counted + milliHours.excess > 0)
  if (recognised.length > 0) {
    const percents = recognised.map(({ content }) => Number(content.scorePercent ?? 100))
    return { kind: 'points', points: pointsOf(Math.max(...percents)) }
  }
  return claims.some(({ milliHours }) => milliHours.pending > 0) ? { kind: 'undecided' } : { kind: 'none' }
}

function pointsOf(percent: number): Points {
  return { givenMilli: Math.min(maximumMilli, Math.max(0, Math.round(percent * 1000))), maximumMilli }
}
