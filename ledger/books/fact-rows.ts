import { idBytes, idBytesOrNull } from '../../foundation/database/codec.ts'
import type { Row } from '../../foundation/database/dialect.ts'
import type { Id } from '../../foundation/ids.ts'
import {
  actKinds,
  actReasons,
  awardKeyOf,
  type ClaimAct,
  type ClaimContent,
  claimKinds,
  roles,
} from '../claims/claim.ts'
import { actColumns, claimColumns, contentHash } from './chain.ts'

/** The row of a claim, with its hash. */
export function claimRow(
  accountId: Id,
  seq: number,
  fact: { claimId: Id | null; sourceId: Id; content: Buffer; claim: ClaimContent | null },
): Row {
  const content = fact.claim as ClaimContent
  const claimId = fact.claimId as Id
  const row: Row = {
    account_id: idBytes(accountId),
    claim_id: idBytes(claimId),
    seq,
    source_id: idBytes(fact.sourceId),
    kind: claimKinds.code(content.kind),
    award_key: awardKeyOf({ claimId, content }),
    offering_id: idBytesOrNull(content.offeringId),
    training_class_id: idBytesOrNull(content.trainingClassId),
    session_id: idBytesOrNull(content.sessionId),
    role: roles.code(content.role),
    began_at: content.beganAt,
    ended_at: content.endedAt,
    ended_on: content.endedOn,
    source_amount: content.sourceAmount,
    source_unit: content.sourceUnit,
    content: fact.content,
    raw_ref: content.rawRef,
    supersedes_claim_id: null,
  }
  row.content_hash = contentHash(row, claimColumns)
  return row
}

/** The row of an act, with its hash. */
export function actRow(accountId: Id, seq: number, act: ClaimAct): Row {
  const row: Row = {
    account_id: idBytes(accountId),
    claim_id: idBytes(act.claimId),
    act_no: act.actNo,
    act_id: idBytes(act.actId),
    seq,
    kind: actKinds.code(act.kind),
    value_milli_hours: act.valueMilliHours,
    reason: actReasons.code(act.reason),
    note: act.note,
    evidence_id: null,
    maker_id: idBytes(act.makerId),
    checker_id: idBytesOrNull(act.checkerId),
    authority_id: idBytesOrNull(act.authorityId),
    recorded_at: act.recordedAt,
  }
  row.content_hash = contentHash(row, actColumns)
  return row
}
