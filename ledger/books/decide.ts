import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict } from '../../foundation/errors.ts'
import { type Id, newId, sha256 } from '../../foundation/ids.ts'
import { documentBytes } from '../claims/canonical.ts'
import {
  type ActKind,
  type ActReason,
  type FiledAct,
  type InboxReason,
  inboxReasons,
  inboxStates,
} from '../claims/claim.ts'
import { deskSourceId, submit } from '../claims/submit.ts'
import { type PostingGround, postBatch } from './post.ts'

/** What a person decides about a claim. */
export interface Decision {
  claimId: Id
  kind: ActKind
  reason: ActReason
  note?: string | null
  /** Who decides: the id of a login, or of the operator behind a command. */
  makerId: Id
  checkerId?: Id | null
  /** The value that the person sets; absent: what policy says. */
  valueMilliHours?: number | null
  /** Kept by the caller over a retry, so that one decision is one act; fresh when absent. */
  actId?: Id
}

/** What became of a decision. `waiting`: it is kept and will be posted, though not at once. */
export type Decided =
  | { outcome: 'done'; actId: Id; seq: number | null }
  | { outcome: 'refused'; actId: Id; reason: InboxReason }
  | { outcome: 'waiting'; actId: Id }

/**
 * Files a person's decision and posts it at once, by the same path as everything else. Of two people who decide at the
 * same moment the second is refused (`ALREADY_DECIDED`).
 *
 * Throws Conflict `act-conflict` when `actId` was used for another decision.
 */
export async function actOn(ground: PostingGround, decision: Decision): Promise<Decided> {
  const { claimId, actId = newId() } = decision
  const act: FiledAct = {
    actId,
    kind: decision.kind,
    reason: decision.reason,
    note: decision.note ?? null,
    makerId: decision.makerId,
    checkerId: decision.checkerId ?? null,
    valueMilliHours: decision.valueMilliHours ?? null,
  }
  const inputHash = sha256(claimId, documentBytes(act))
  const [submitted] = await transact(
    ground.db,
    (trx) =>
      submit(
        trx,
        [{ kind: 'act', sourceId: deskSourceId, inputKey: `act:${actId}`, inputHash, claimId, act }],
        ground.now(),
      ),
    { idempotent: true },
  )
  if (submitted?.outcome === 'conflict') {
    throw new Conflict('act-conflict', 'this act was used for another decision')
  }
  await postBatch(ground, [actId])
  return resultOf(ground, actId)
}

async function resultOf({ db }: PostingGround, actId: Id): Promise<Decided> {
  const row = await db('inbox').where('inbox_id', idBytes(actId)).first('state', 'reason', 'seq')
  const state = inboxStates.word(row.state)
  if (state === 'posted') return { outcome: 'done', actId, seq: row.seq === null ? null : Number(row.seq) }
  if (state === 'ready' || row.reason === null) return { outcome: 'waiting', actId }
  return { outcome: 'refused', actId, reason: inboxReasons.word(row.reason) }
}
