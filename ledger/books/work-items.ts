import { idBytes } from '../../foundation/database/codec.ts'
import type { Row } from '../../foundation/database/dialect.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { decidedBy } from '../claims/status.ts'
import { type Evaluation, opensException, type Waiting, type WaitingReason } from '../policy/evaluation.ts'
import type { AccountState } from './account-state.ts'
import { isFrozen } from './evaluate-state.ts'
import { type ExceptionKind, exceptionKinds } from './words.ts'

/** Work items that one account's work opens and resolves. */
export interface WorkItems {
  state: AccountState
  opened: Row[]
  /** Ids of work items that no longer stand. */
  resolved: Id[]
}

/** Work items follow evaluation: opened for what needs a person, resolved when that is over. */
export function keepWorkItems(plan: WorkItems, evaluation: Evaluation, at: Instant): void {
  const { state } = plan
  const wanted = new Map<string, { kind: ExceptionKind; claimId: Id; detail: string | null }>()
  const want = (kind: ExceptionKind, claimId: Id, detail: string | null) =>
    wanted.set(`${exceptionKinds.code(kind)}\t${claimId}`, { kind, claimId, detail })
  for (const waiting of evaluation.waiting) {
    const kind = exceptionOf(waiting.reason)
    if (kind) want(kind, waiting.claimId, detailOf(waiting))
  }
  for (const standing of state.holding.awards.values()) {
    // A void for a closed period moves nothing by itself; somebody with authority resolves it.
    if (isFrozen(state, standing) && isWithdrawn(state, standing.claimId))
      want('voided', standing.claimId, null)
  }
  for (const [key, exceptionId] of state.openExceptions) {
    if (wanted.has(key) || !isOurs(key)) continue
    state.openExceptions.delete(key)
    const fresh = plan.opened.findIndex((row) => (row.exception_id as Buffer).equals(idBytes(exceptionId)))
    if (fresh >= 0) plan.opened.splice(fresh, 1)
    else plan.resolved.push(exceptionId)
  }
  for (const [key, { kind, claimId, detail }] of wanted) {
    if (state.openExceptions.has(key)) continue
    const exceptionId = newId()
    state.openExceptions.set(key, exceptionId)
    plan.opened.push({
      exception_id: idBytes(exceptionId),
      kind: exceptionKinds.code(kind),
      subject_id: idBytes(claimId),
      open_flag: 1,
      account_id: idBytes(state.accountId),
      period_no: null,
      detail,
      state: 'open',
      opened_at: at,
    })
  }
}

const exceptionByReason: Partial<Record<WaitingReason, ExceptionKind>> = {
  policy_silent: 'policy_silent',
  late: 'late',
  possible_duplicate: 'possible_duplicate',
  offering_unknown: 'offering_unknown',
  offering_not_approved: 'offering_not_approved',
  before_approval: 'order_violation',
  not_passed: 'not_passed',
  not_completed: 'not_completed',
}

const ours = new Set(
  [...Object.values(exceptionByReason), 'voided' as const].map((kind) => exceptionKinds.code(kind)),
)

/** Only the work items that evaluation opens are closed by it. */
function isOurs(key: string): boolean {
  return ours.has(Number(key.slice(0, key.indexOf('\t'))))
}

function exceptionOf(reason: WaitingReason): ExceptionKind | null {
  return opensException(reason) ? (exceptionByReason[reason] ?? null) : null
}

function detailOf(waiting: Waiting): string | null {
  const worth = waiting.milliHours === undefined ? null : `${waiting.milliHours}`
  const parts = [waiting.path ?? null, worth].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(' ').slice(0, 500)
}

function isWithdrawn(state: AccountState, claimId: Id): boolean {
  return decidedBy((state.acts.get(claimId) ?? []).map(({ kind }) => kind)).status === 'withdrawn'
}
