import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, lockForUpdate } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import type { Step } from '../../foundation/work.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { deleteKeyPair, insertKeyPair, makeKeyPair } from './key-pair.ts'

/** A change of the key by which a registration knows us. Both keys are published until it is over. */
export interface Rotation {
  platformId: Id
  oldKid: string
  newKid: string
  begunAt: Instant
  /** Since then the new key signs; null before. */
  switchedAt: Instant | null
}

/** How long platforms have to fetch a new key before it signs, and to forget an old one before it goes. */
const rotationWaitMicroseconds = 86_400_000_000

/** Changes of keys that are under way, by registration. */
export async function rotations(handle: Handle): Promise<Map<Id, Rotation>> {
  const rows: RotationRow[] = await handle('tool_key_rotation').orderBy('begun_at')
  return new Map(rows.map((row) => [idText(row.registration_id), rotationFrom(row)]))
}

/**
 * Begins to change the tool's key of a registration: the new one is made, which takes seconds, and published beside the
 * old one; a day later it signs, and another day later the old one goes (`rotationSteps`). Throws NotFound
 * `platform-unknown` and Conflict `rotation-under-way`.
 */
export async function beginRotation(ground: Ground, platformId: Id, actor: string): Promise<Rotation> {
  const { iss, clientId } = await ownerOf(ground.db, platformId)
  if ((await rotations(ground.db)).has(platformId)) throw underWay()
  const pair = await makeKeyPair()
  const begun = await transact(ground.db, async (trx) => {
    const now = ground.now()
    const { kid: oldKid } = await currentKey(trx, iss, clientId)
    const rotation = { platformId, oldKid, newKid: pair.kid, begunAt: now, switchedAt: null }
    await insertRotation(trx, rotation)
    await insertKeyPair(trx, ground.config.toolKeySecret, { iss, clientId }, pair, now)
    await note(trx, 'tool-key-rotated', rotation, actor, now)
    return rotation
  })
  ground.log.info({ platformId, kid: pair.kid }, 'tool key: a new one is published')
  return begun
}

/**
 * Changes the tool's key at once and takes the old one away: for a key that somebody else may have. Platforms that keep
 * our key set for long refuse us until they fetch it anew. Ends a change that is under way. Throws NotFound
 * `platform-unknown`.
 */
export async function replaceKeyNow(ground: Ground, platformId: Id, actor: string): Promise<Rotation> {
  const rotation =
    (await rotations(ground.db)).get(platformId) ?? (await beginRotation(ground, platformId, actor))
  if (rotation.switchedAt === null) await switchKey(ground, rotation)
  await endRotation(ground, rotation)
  return rotation
}

/** Carries changes of keys on when their time has come. Returns how many steps were taken. */
export async function advanceRotations(ground: Ground): Promise<number> {
  let taken = 0
  for (const rotation of (await rotations(ground.db)).values()) {
    const due = (rotation.switchedAt ?? rotation.begunAt) + rotationWaitMicroseconds <= ground.now()
    if (!due) continue
    await (rotation.switchedAt === null ? switchKey(ground, rotation) : endRotation(ground, rotation))
    taken += 1
  }
  return taken
}

/** Background work on keys that change. */
export function rotationSteps(ground: Ground): Step[] {
  return [{ name: 'tool-key-rotation', idleMs: 60_000, run: () => advanceRotations(ground) }]
}

/** From now on the new key signs. ltijs finds key and state of a platform by `kid`, so both go over together. */
async function switchKey(ground: Ground, { platformId, oldKid, newKid }: Rotation): Promise<void> {
  await transact(
    ground.db,
    async (trx) => {
      const row = await lockForUpdate(
        trx('tool_key_rotation').where('registration_id', idBytes(platformId)).first(),
      )
      if (!row || row.switched_at !== null) return
      await trx('ltijs_platform').where('kid', oldKid).update({ kid: newKid })
      await trx('ltijs_platform_status').where('id', oldKid).update({ id: newKid })
      await trx('tool_key_rotation')
        .where('registration_id', idBytes(platformId))
        .update({ switched_at: ground.now() })
    },
    { idempotent: true },
  )
  ground.log.info({ platformId, kid: newKid }, 'tool key: the new one signs')
}

async function endRotation(ground: Ground, { platformId, oldKid }: Rotation): Promise<void> {
  await transact(
    ground.db,
    async (trx) => {
      await deleteKeyPair(trx, oldKid)
      await trx('tool_key_rotation').where('registration_id', idBytes(platformId)).delete()
    },
    { idempotent: true },
  )
  ground.log.info({ platformId, kid: oldKid }, 'tool key: the old one is gone')
}

async function insertRotation(trx: Trx, { platformId, oldKid, newKid, begunAt }: Rotation): Promise<void> {
  try {
    await trx('tool_key_rotation').insert({
      registration_id: idBytes(platformId),
      old_kid: oldKid,
      new_kid: newKid,
      begun_at: begunAt,
      switched_at: null,
    })
  } catch (error) {
    if (isDuplicateKey(error)) throw underWay()
    throw error
  }
}

async function ownerOf(handle: Handle, platformId: Id): Promise<{ iss: string; clientId: string }> {
  const row = await handle('platform_registration').where('registration_id', idBytes(platformId)).first()
  if (!row) throw new NotFound('platform-unknown', 'no platform is registered under this id')
  return { iss: row.iss, clientId: row.client_id }
}

async function currentKey(trx: Trx, iss: string, clientId: string): Promise<{ kid: string }> {
  const row: { kid: string } | undefined = await trx('ltijs_platform')
    .where({ platform_url: iss, client_id: clientId })
    .first('kid')
  if (!row) throw new NotFound('platform-unknown', 'no platform is registered under this id')
  return row
}

function underWay(): Conflict {
  return new Conflict('rotation-under-way', 'the key of this platform is being changed already')
}

async function note(
  trx: Trx,
  action: string,
  { platformId, oldKid, newKid }: Rotation,
  actor: string,
  now: Instant,
): Promise<void> {
  const detail = { oldKid, newKid }
  await recordAudit(trx, {
    actor,
    action,
    subjectKind: 'platform_registration',
    subjectId: platformId,
    detail,
    now,
  })
}

interface RotationRow {
  registration_id: Buffer
  old_kid: string
  new_kid: string
  begun_at: number
  switched_at: number | null
}

function rotationFrom(row: RotationRow): Rotation {
  return {
    platformId: idText(row.registration_id),
    oldKid: row.old_kid,
    newKid: row.new_kid,
    begunAt: asInstant(Number(row.begun_at)),
    switchedAt: row.switched_at === null ? null : asInstant(Number(row.switched_at)),
  }
}
