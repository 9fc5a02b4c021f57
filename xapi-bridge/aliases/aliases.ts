import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { upsert } from '../../foundation/database/dialect.ts'
import { bumpMark } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { activityHash, offeringByCode, offeringsById } from '../../ledger/catalogue/offering.ts'
import type { Source } from '../sources/source.ts'
import { targetsFor } from './targets.ts'

/** A further name that a source has for an offering, as an administrator entered it. */
export interface Alias {
  activityId: string
  offeringCode: string
  madeBy: string
  reason: string
  recordedAt: Instant
}

/** The aliases of a source, in the order of their ids. */
export async function aliasesOf(handle: Handle, sourceId: Id): Promise<Alias[]> {
  const rows = await handle('activity_alias')
    .where({ source_id: idBytes(sourceId) })
    .whereNotNull('offering_id')
    .orderBy('activity_id')
  const offerings = await offeringsById(handle, [...new Set(rows.map((row) => idText(row.offering_id)))])
  return rows.map((row) => ({
    activityId: row.activity_id,
    offeringCode: offerings.get(idText(row.offering_id))?.code ?? '',
    madeBy: row.made_by,
    reason: row.reason,
    recordedAt: asInstant(safeInteger(row.recorded_at)),
  }))
}

/** Who maps, and why. */
export interface AliasDecision {
  /** As the audit names them: `login:…`, `os:…`. */
  actor: string
  reason: string
}

/** Most ids that one act maps. */
export const mostAliases = 500

/**
 * Maps activities of a source to an offering, all or none; what waits for them is released by the worker. Returns how
 * many are new. Throws NotFound `offering-unknown`, InvalidInput `alias-invalid`, and Conflict `alias-taken` for an id
 * that means another offering already.
 */
export async function addAliases(
  ground: Ground,
  wish: { source: Source; activityIds: readonly string[]; offeringCode: string } & AliasDecision,
): Promise<number> {
  const ids = [...new Set(wish.activityIds)]
  if (ids.length === 0 || ids.length > mostAliases) {
    throw new InvalidInput('alias-invalid', `from 1 to ${mostAliases} activities are mapped at a time`)
  }
  if (ids.some((id) => !/^[A-Za-z][A-Za-z0-9+.-]*:\S/.test(id) || [...id].length > 2000)) {
    throw new InvalidInput('alias-invalid', 'an activity is named by its IRI, of at most 2000 characters')
  }
  return transact(ground.db, async (trx) => {
    const offering = await offeringByCode(trx, wish.offeringCode)
    if (!offering) throw new NotFound('offering-unknown', `no offering has the code ${wish.offeringCode}`)
    const targets = await targetsFor(trx, wish.source, ground.config.xapiIriBase, ids)
    const taken = ids.filter(
      (id) => (targets.get(id)?.offeringId ?? offering.offeringId) !== offering.offeringId,
    )
    if (taken.length > 0) {
      throw new Conflict('alias-taken', `${taken.length} of these activities mean another offering already`)
    }
    const fresh = ids.filter((id) => !targets.has(id))
    await writeAliases(trx, {
      ...wish,
      activityIds: fresh,
      offeringId: offering.offeringId,
      now: ground.now(),
    })
    for (const id of fresh) await audit(trx, ground, 'alias-added', wish, id, offering.code)
    return fresh.length
  })
}

/**
 * Takes an alias away; claims that were filed by it stand, and wait for somebody to say whether they may. Throws NotFound
 * `alias-unknown`.
 */
export async function removeAlias(
  ground: Ground,
  wish: { source: Source; activityId: string } & AliasDecision,
): Promise<void> {
  await transact(ground.db, async (trx) => {
    const known = (await aliasesOf(trx, wish.source.id)).find(
      ({ activityId }) => activityId === wish.activityId,
    )
    if (!known) throw new NotFound('alias-unknown', 'the source has no such alias')
    await writeAliases(trx, { ...wish, activityIds: [wish.activityId], offeringId: null, now: ground.now() })
    await audit(trx, ground, 'alias-removed', wish, wish.activityId, known.offeringCode)
  })
}

async function writeAliases(
  trx: Trx,
  wish: {
    source: Source
    activityIds: readonly string[]
    offeringId: Id | null
    now: Instant
  } & AliasDecision,
): Promise<void> {
  if (wish.activityIds.length === 0) return
  const rows = wish.activityIds.map((activityId) => ({
    source_id: idBytes(wish.source.id),
    activity_hash: activityHash(activityId),
    activity_id: activityId,
    offering_id: wish.offeringId === null ? null : idBytes(wish.offeringId),
    made_by: wish.actor.slice(0, 200),
    reason: wish.reason.slice(0, 500),
    recorded_at: wish.now,
  }))
  await upsert(trx, 'activity_alias', rows, {
    key: ['source_id', 'activity_hash'],
    set: ['offering_id', 'made_by', 'reason', 'recorded_at'],
  })
  await bumpMark(trx, 'catalogue')
}

function audit(
  trx: Trx,
  ground: Ground,
  action: string,
  { source, actor, reason }: { source: Source } & AliasDecision,
  activityId: string,
  offering: string,
): Promise<void> {
  return recordAudit(trx, {
    actor,
    action,
    subjectKind: 'source',
    subjectId: source.id,
    detail: { activity: activityId, offering, reason },
    now: ground.now(),
  })
}
