import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { lockForUpdate, upsert } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, dayOf, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import {
  holdTeacher,
  link,
  linksOf,
  linksOfTeacher,
  type PersonIdentifier,
} from '../../ledger/roster/identity.ts'
import { teacherByNo } from '../../ledger/roster/people.ts'
import { isSameName } from '../../ledger/roster/person-name.ts'
import type { LaunchSession } from './session.ts'

/** What became of a person's wish to be linked to a teacher. */
export type BindOutcome =
  | { outcome: 'linked' }
  /** No such teacher, another name, or one that somebody of this platform is linked to: told apart by nobody but the administrator. */
  | { outcome: 'parked'; triesLeft: number }
  | { outcome: 'wait'; minutes: number }

/** A wish that waits for an administrator. */
export interface IdentityRequest {
  personId: Id
  iss: string
  sub: string
  /** The name as the platform shared it. */
  sharedName: string | null
  /** What the person typed. */
  teacherNo: string
  teacherName: string
  lastTriedAt: Instant
}

const mostTries = 5
const windowMicroseconds = 3600 * 1_000_000

/**
 * Links the person of a launch to the teacher whose number and name she typed, if both are those of the roster.
 * Whatever does not match waits for an administrator; five tries an hour, so that nobody can feel for numbers.
 */
export async function bindIdentity(
  ground: Ground,
  launch: LaunchSession,
  typed: { teacherNo: string; name: string },
): Promise<BindOutcome> {
  return transact(ground.db, async (trx) => {
    const now = ground.now()
    const tries = await countTry(trx, launch.personId, typed, now)
    if (tries.waitMicroseconds > 0) {
      return { outcome: 'wait', minutes: Math.ceil(tries.waitMicroseconds / 60_000_000) }
    }
    const teacher = await teacherByNo(trx, typed.teacherNo, dayOf(now))
    const names = teacher ? [teacher.name, ...teacher.formerNames] : []
    const matches = teacher !== null && names.some((name) => isSameName(name, typed.name))
    if (matches) await holdTeacher(trx, teacher.teacherId)
    if (!matches || (await isLinkedElsewhereHere(trx, teacher.teacherId, launch))) {
      return { outcome: 'parked', triesLeft: mostTries - tries.attempts }
    }
    const madeBy = `platform:${launch.registrationId}`
    const identifier: PersonIdentifier = { kind: 'account', homePage: launch.iss, name: launch.sub }
    const { outcome } = await link(trx, {
      identifier,
      teacherId: teacher.teacherId,
      madeBy,
      reason: '本人填写的教师编号与姓名和花名册一致',
      now,
    })
    if (outcome === 'taken') return { outcome: 'parked', triesLeft: mostTries - tries.attempts }
    await settleIdentityRequest(trx, launch.personId, 'linked')
    await recordAudit(trx, {
      actor: madeBy,
      action: 'identity-linked',
      subjectKind: 'teacher',
      subjectId: teacher.teacherNo,
      detail: { launch: launch.launchId },
      now,
    })
    return { outcome: 'linked' }
  })
}

/** Notes that a person was asked who she is and would rather say it later; hours wait as 待绑定. */
export async function postponeIdentity({ db, now }: Ground, personId: Id): Promise<void> {
  await transact(
    db,
    async (trx) => void (await requestRow(trx, personId, { teacherNo: '', name: '' }, 'later', now())),
    {
      idempotent: true,
    },
  )
}

/** Whether a person was asked before, whatever came of it. */
export async function wasAsked(handle: Handle, personId: Id): Promise<boolean> {
  return (
    (await handle('identity_request')
      .where({ person_id: idBytes(personId) })
      .first('state')) !== undefined
  )
}

/** Whether a wish of this person waits for an administrator. */
export async function isParked(handle: Handle, personId: Id): Promise<boolean> {
  const row = await handle('identity_request')
    .where({ person_id: idBytes(personId) })
    .first('state')
  return row?.state === 'parked'
}

/** Wishes that wait for an administrator, oldest first; people who were linked since are left out. */
export async function parkedIdentities(handle: Handle): Promise<IdentityRequest[]> {
  const rows = await handle('identity_request as r')
    .join('lti_person as p', 'p.person_id', 'r.person_id')
    .where('r.state', 'parked')
    .orderBy('r.last_tried_at')
    .select('r.*', 'p.iss', 'p.sub', 'p.shared_name', 'p.identifier_key')
  const linked = await linksOf(
    handle,
    rows.map((row) => Buffer.from(row.identifier_key)),
  )
  return rows
    .filter((row) => !linked.has(Buffer.from(row.identifier_key).toString('hex')))
    .map((row) => ({
      personId: idText(row.person_id),
      iss: row.iss,
      sub: row.sub,
      sharedName: row.shared_name,
      teacherNo: row.teacher_no,
      teacherName: row.teacher_name,
      lastTriedAt: asInstant(Number(row.last_tried_at)),
    }))
}

/** Closes a person's wish: she was linked, or an administrator dismissed it. */
async function settleIdentityRequest(trx: Trx, personId: Id, state: 'linked' | 'dismissed'): Promise<void> {
  await trx('identity_request')
    .where({ person_id: idBytes(personId) })
    .update({ state })
}

/** Two people of one platform are two teachers, until an administrator says otherwise. */
async function isLinkedElsewhereHere(trx: Trx, teacherId: Id, launch: LaunchSession): Promise<boolean> {
  const links = await linksOfTeacher(trx, teacherId)
  return links.some(
    ({ kind, homePage, value, revokedAt }) =>
      revokedAt === null && kind === 'account' && homePage === launch.iss && value !== launch.sub,
  )
}

/** Counts a try under the row's lock, so that parallel tries are one after the other. */
async function countTry(
  trx: Trx,
  personId: Id,
  typed: { teacherNo: string; name: string },
  now: Instant,
): Promise<{ attempts: number; waitMicroseconds: number }> {
  const before = await requestRow(trx, personId, typed, 'parked', now)
  const isFresh = now - before.windowBeganAt >= windowMicroseconds
  const attempts = isFresh ? 1 : before.attempts + 1
  if (attempts > mostTries) {
    return { attempts, waitMicroseconds: before.windowBeganAt + windowMicroseconds - now }
  }
  await trx('identity_request')
    .where({ person_id: idBytes(personId) })
    .update({
      teacher_no: typed.teacherNo,
      teacher_name: typed.name,
      state: 'parked',
      attempts,
      window_began_at: isFresh ? now : before.windowBeganAt,
      last_tried_at: now,
    })
  return { attempts, waitMicroseconds: 0 }
}

/** The person's row, made where there is none, locked until the transaction ends. */
async function requestRow(
  trx: Trx,
  personId: Id,
  typed: { teacherNo: string; name: string },
  state: string,
  now: Instant,
): Promise<{ attempts: number; windowBeganAt: number }> {
  const person_id = idBytes(personId)
  await upsert(
    trx,
    'identity_request',
    [
      {
        person_id,
        teacher_no: typed.teacherNo,
        teacher_name: typed.name,
        state,
        attempts: 0,
        window_began_at: now,
        last_tried_at: now,
      },
    ],
    { key: ['person_id'] },
  )
  const row = await lockForUpdate(trx('identity_request').where({ person_id }).select('*'))
  return { attempts: Number(row[0].attempts), windowBeganAt: Number(row[0].window_began_at) }
}
