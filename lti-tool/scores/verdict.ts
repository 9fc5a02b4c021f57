import type { ServiceFailure } from '../lti-services/service-call.ts'
import { codeOfFailure, type ServiceCode } from '../lti-services/service-code.ts'

/**
 * What a failure makes us do with a score (lti.md §4): ask again at once with a fresh token, or after two seconds with
 * a later timestamp; stop the platform's scores until a person looks; give this score up; or try again later.
 */
export type ScoreAct = 'fresh-token' | 'later-timestamp' | 'pause' | 'reject' | 'later'

/** A failure as it was judged. */
export interface ScoreVerdict {
  act: ScoreAct
  code: ServiceCode
  status: number | null
}

const acts: Partial<Record<ServiceCode, ScoreAct>> = {
  UNAUTHENTICATED: 'fresh-token',
  CONFLICT: 'later-timestamp',
  FORBIDDEN: 'pause',
  SCOPE_REFUSED: 'pause',
  // Moodle answers 400 for who is not enrolled or not gradable, 404 where the item is gone.
  REFUSED: 'reject',
  GONE: 'reject',
}

/** Judges why a score did not arrive. What the table does not name is tried again, until its time is over. */
export function verdictOf(failure: ServiceFailure): ScoreVerdict {
  const code = codeOfFailure(failure)
  return { act: acts[code] ?? 'later', code, status: failure.status }
}
