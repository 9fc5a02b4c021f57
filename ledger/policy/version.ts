import type { Day } from '../../foundation/time.ts'
import type { FlatPolicy } from './document.ts'

/** The days one document governs, parents layered in; both days included, null is open. */
export interface PolicySpan {
  from: Day
  to: Day | null
  policy: FlatPolicy
}

/**
 * The whole timeline under one number: which document governs which day. Spans do not overlap and stand by day.
 * Version 0 has none: before the first activation no policy governs any day.
 */
export interface PolicyVersion {
  versionNo: number
  spans: PolicySpan[]
}

/** The version before any policy was activated. */
export const noPolicy: PolicyVersion = { versionNo: 0, spans: [] }

/** The document that governs a day, or null. */
export function policyOn(version: PolicyVersion, day: Day): FlatPolicy | null {
  return version.spans.find(({ from, to }) => from <= day && (to === null || day <= to))?.policy ?? null
}
