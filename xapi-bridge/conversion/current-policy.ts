import type { Handle } from '../../foundation/database/connect.ts'
import { noPolicy, type PolicyVersion } from '../../ledger/policy/version.ts'

/** The policy version that holds now; where none was activated, nothing is limited. */
export async function currentPolicy(_handle: Handle): Promise<PolicyVersion> {
  return noPolicy
}
