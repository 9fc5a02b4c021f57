import type { Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey } from '../../foundation/database/dialect.ts'
import { isDataRefused } from '../../foundation/database/refused.ts'
import { derivedId, type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { ReasonCode } from '../completion/guard.ts'
import type { Item } from '../completion/item.ts'
import { UnusableValue } from '../reading/unusable-value.ts'
import { itemsById, writeItems } from './items-store.ts'

/** A statement that could not be read. */
interface Unread {
  seq: number
  sourceId: Id
  statementId: Id
}

/** The item of a statement on which a rule failed. It is found again by the statement alone. */
export function faultItem(statement: Unread, rules: string, error: unknown, now: Instant): Item {
  const detail = detailOf(error)
  return unreadItem(statement, { kind: 'fault', reason: 'RULE_FAULT', detail, rules, now })
}

// Mostly the kind of failure only: its message may repeat what the statement says about a person.
function detailOf(error: unknown): string {
  if (error instanceof UnusableValue) return error.message
  if (isDuplicateKey(error))
    return 'a key of the database was taken when it was written; releasing it tries it again'
  if (isDataRefused(error)) return 'the database refused a value of it: too long, or out of range'
  return error instanceof Error ? error.name : 'error'
}

/**
 * The item of a statement that is kept sealed, since it holds an identity number. Nobody reads what it says: the source
 * sends it anew without, and voids this one.
 */
export function sealedItem(statement: Unread, now: Instant): Item {
  const detail = 'sealed: it holds an identity number'
  return unreadItem(statement, { kind: 'sealed', reason: 'PII_IN_STATEMENT', detail, rules: 'guard', now })
}

/** What waited because it could not be read has nothing to wait for when its source has voided it. */
export async function closeVoided(
  trx: Trx,
  voids: readonly { sourceId: Id; target: string }[],
  now: Instant,
): Promise<void> {
  const ids = voids.flatMap(({ sourceId, target }) =>
    (['fault', 'sealed'] as const).map((kind) => itemIdOf(sourceId, kind, target)),
  )
  const waiting = (await itemsById(trx, ids)).filter(
    ({ isOpen, reason }) => isOpen && (reason === 'RULE_FAULT' || reason === 'PII_IN_STATEMENT'),
  )
  if (waiting.length === 0) return
  await writeItems(
    trx,
    waiting.map((item) => ({
      ...item,
      isOpen: false,
      state: 'withdrawn',
      reason: null,
      detail: 'voided',
      since: now,
    })),
  )
}

function itemIdOf(sourceId: Id, kind: 'fault' | 'sealed', statementId: Id): Id {
  return derivedId(sourceId, `${kind}:${statementId}`)
}

function unreadItem(
  { seq, sourceId, statementId }: Unread,
  why: { kind: 'fault' | 'sealed'; reason: ReasonCode; detail: string; rules: string; now: Instant },
): Item {
  return {
    itemId: itemIdOf(sourceId, why.kind, statementId),
    sourceId,
    openedSeq: seq,
    statementId,
    opening: 1,
    actorKey: sha256(`fault/1\n${statementId}`).toString('hex'),
    completionKey: sha256(`fault/1\n${sourceId}\n${statementId}`).toString('hex'),
    isOpen: true,
    state: 'quarantined',
    reason: why.reason,
    detail: why.detail,
    rules: why.rules,
    teacherId: null,
    offeringId: null,
    trainingClassId: null,
    claimId: derivedId(sourceId, `claim:${statementId}`),
    claimedAt: null,
    evidence: [],
    keptThrough: 0,
    released: [],
    teacherHint: '',
    offeringHint: '',
    since: why.now,
  }
}
