import { isoOf } from '../../foundation/time.ts'
import type { RuleVersion } from './versions.ts'

/** A version of rules as scripts and pages see it. */
export function versionJson(version: RuleVersion) {
  return {
    version: version.versionNo,
    valid_from: version.validFrom,
    state: version.state,
    content_hash: version.contentHash,
    reason: version.reason,
    made_by: version.madeBy,
    made_at: isoOf(version.madeAt),
    checked_by: version.checkedBy,
    checked_at: version.checkedAt === null ? null : isoOf(version.checkedAt),
    applied_at: version.appliedAt === null ? null : isoOf(version.appliedAt),
  }
}
