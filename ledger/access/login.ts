import { idBytes, idBytesOrNull, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, lockForUpdate } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { recordAudit } from '../audit/record.ts'
import { groupBy } from '../claims/group.ts'
import { hashPassword, isPassword, oneTimePassword, passwordFault, spendCheck } from './password.ts'
import { type AccessRole, accessRoles, actorOf, schoolRoles, type Viewer } from './role.ts'

/** For how long a one-time password may be used: fourteen days, in microseconds. */
const oneTimeLife = 14 * 86_400_000_000

/** After so many failures in a row an account is locked, for longer each further time. */
const failuresToLock = 5
const firstLock = 15 * 60_000_000
const longestLock = 4 * 3_600_000_000

/** Who is to be given an account, and for what. */
export interface NewLogin {
  login: string
  role: AccessRole
  /** Our own number of the school; needed for roles that hold for one school, refused for others. */
  orgNo?: string | null
  /** Needed for the role `teacher`: whose record it opens. */
  teacherNo?: string | null
  actor: string
}

/**
 * Makes a local account with one role and a one-time password, which is told here and nowhere again. Throws
 * InvalidInput `login-invalid`, NotFound `school-unknown` or `teacher-unknown`, Conflict `login-taken`.
 */
export async function addLogin(
  ground: Ground,
  wish: NewLogin,
): Promise<{ loginId: Id; login: string; oneTimePassword: string }> {
  const login = wish.login.trim().normalize('NFC')
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._@-]{1,99}$/u.test(login)) {
    throw new InvalidInput('login-invalid', 'a login is 2 to 100 letters, digits, and . _ @ -')
  }
  refuseUnfitRole(wish)
  const password = oneTimePassword()
  const passwordHash = await hashPassword(password)
  const now = ground.now()
  return transact(ground.db, async (trx) => {
    const schoolId = await schoolFor(trx, wish.orgNo)
    const teacherId = await teacherFor(trx, wish.teacherNo)
    const loginId = newId()
    await insertLogin(trx, { loginId, login, passwordHash, teacherId, now })
    await insertRole(trx, { loginId, role: wish.role, schoolId, actor: wish.actor, now })
    await recordAudit(trx, {
      actor: wish.actor,
      action: 'login-added',
      subjectKind: 'login',
      subjectId: login,
      detail: { role: wish.role, org_no: wish.orgNo ?? null },
      now,
    })
    return { loginId, login, oneTimePassword: password }
  })
}

function refuseUnfitRole({ role, orgNo, teacherNo }: Omit<NewLogin, 'login' | 'actor'>): void {
  const refuse = (why: string) => {
    throw new InvalidInput('login-invalid', why)
  }
  if (!accessRoles.includes(role)) refuse(`a role is one of ${accessRoles.join(', ')}`)
  if (schoolRoles.includes(role) && !orgNo) refuse(`the role ${role} needs a school`)
  if (!schoolRoles.includes(role) && orgNo) refuse(`the role ${role} has no school`)
  if (role === 'teacher' && !teacherNo) refuse('the role teacher needs a teacher')
}

async function schoolFor(handle: Handle, orgNo: string | null | undefined): Promise<Id | null> {
  if (!orgNo) return null
  const row = await handle('school').where({ org_no: orgNo }).whereNull('removed_at').first('school_id')
  if (!row) throw new NotFound('school-unknown', `there is no school ${orgNo}`)
  return idText(row.school_id)
}

async function teacherFor(handle: Handle, teacherNo: string | null | undefined): Promise<Id | null> {
  if (!teacherNo) return null
  const row = await handle('teacher')
    .where({ teacher_no: teacherNo })
    .whereNull('removed_at')
    .first('teacher_id')
  if (!row) throw new NotFound('teacher-unknown', `there is no teacher ${teacherNo}`)
  return idText(row.teacher_id)
}

async function insertLogin(
  trx: Trx,
  row: { loginId: Id; login: string; passwordHash: string; teacherId: Id | null; now: Instant },
): Promise<void> {
  try {
    await trx('login').insert({
      login_id: idBytes(row.loginId),
      login: row.login,
      password_hash: row.passwordHash,
      one_time: 1,
      one_time_until: row.now + oneTimeLife,
      teacher_id: idBytesOrNull(row.teacherId),
      failures: 0,
      version: 1,
      made_at: row.now,
    })
  } catch (error) {
    if (!isDuplicateKey(error, 'login_name')) throw error
    throw new Conflict('login-taken', `there is a login ${row.login} already`)
  }
}

async function insertRole(
  trx: Trx,
  grant: { loginId: Id; role: AccessRole; schoolId: Id | null; actor: string; now: Instant },
): Promise<void> {
  await trx('login_role').insert({
    login_role_id: idBytes(newId()),
    login_id: idBytes(grant.loginId),
    role: grant.role,
    school_id: idBytesOrNull(grant.schoolId),
    granted_by: grant.actor,
    granted_at: grant.now,
  })
}

/** Gives an account a further role. Throws as `addLogin` does, and NotFound `login-unknown`. */
export async function grantRole(
  ground: Ground,
  wish: { login: string; role: AccessRole; orgNo?: string | null; actor: string },
): Promise<void> {
  await transact(ground.db, async (trx) => {
    const now = ground.now()
    const viewer = await viewerNamed(trx, wish.login)
    refuseUnfitRole({ ...wish, teacherNo: viewer.teacherId })
    const schoolId = await schoolFor(trx, wish.orgNo)
    if (viewer.roles.some((held) => held.role === wish.role && held.schoolId === schoolId)) return
    await insertRole(trx, { loginId: viewer.loginId, role: wish.role, schoolId, actor: wish.actor, now })
    await recordAudit(trx, {
      actor: wish.actor,
      action: 'role-granted',
      subjectKind: 'login',
      subjectId: viewer.login,
      detail: { role: wish.role, org_no: wish.orgNo ?? null },
      now,
    })
  })
}

/** Closes an account: its sessions and tokens end. Throws NotFound `login-unknown`. */
export async function disableLogin(ground: Ground, order: { login: string; actor: string }): Promise<void> {
  await transact(ground.db, async (trx) => {
    const now = ground.now()
    const { loginId, login } = await viewerNamed(trx, order.login)
    await trx('login')
      .where({ login_id: idBytes(loginId) })
      .update({ disabled_at: now, version: trx.raw('version + 1') })
    await recordAudit(trx, {
      actor: order.actor,
      action: 'login-disabled',
      subjectKind: 'login',
      subjectId: login,
      now,
    })
  })
}

/** Draws a new one-time password for an account, which also unlocks it. Throws NotFound `login-unknown`. */
export async function resetPassword(
  ground: Ground,
  order: { login: string; actor: string },
): Promise<{ login: string; oneTimePassword: string }> {
  const password = oneTimePassword()
  const passwordHash = await hashPassword(password)
  return transact(ground.db, async (trx) => {
    const now = ground.now()
    const { loginId, login } = await viewerNamed(trx, order.login)
    await trx('login')
      .where({ login_id: idBytes(loginId) })
      .update({
        password_hash: passwordHash,
        one_time: 1,
        one_time_until: now + oneTimeLife,
        failures: 0,
        locked_until: null,
        version: trx.raw('version + 1'),
      })
    await recordAudit(trx, {
      actor: order.actor,
      action: 'password-reset',
      subjectKind: 'login',
      subjectId: login,
      now,
    })
    return { login, oneTimePassword: password }
  })
}

async function viewerNamed(handle: Handle, login: string): Promise<Viewer> {
  const row = await handle('login')
    .where({ login: login.trim().normalize('NFC') })
    .first('login_id')
  const viewer = row && (await viewerOf(handle, idText(row.login_id)))
  if (!viewer) throw new NotFound('login-unknown', `there is no login ${login}`)
  return viewer
}

/**
 * The person behind an account as of now, or null when it is closed. With `version`, null also when the password was
 * changed since: call it for every request of a session.
 */
export async function viewerOf(handle: Handle, loginId: Id, version?: number): Promise<Viewer | null> {
  const row = await handle('login')
    .where({ login_id: idBytes(loginId) })
    .whereNull('disabled_at')
    .first()
  if (!row || (version !== undefined && safeInteger(row.version) !== version)) return null
  const roles = await handle('login_role')
    .where({ login_id: idBytes(loginId) })
    .whereNull('revoked_at')
    .orderBy(['granted_at', 'login_role_id'])
  return {
    loginId,
    login: row.login,
    version: safeInteger(row.version),
    roles: roles.map((grant) => ({ role: grant.role, schoolId: idTextOrNull(grant.school_id) })),
    teacherId: idTextOrNull(row.teacher_id),
  }
}

/** How a sign-in ended. `must_change`: the one-time password was right, and an own one has to be chosen now. */
export type SignInOutcome =
  | { outcome: 'signed_in'; viewer: Viewer }
  | { outcome: 'must_change'; login: string }
  | { outcome: 'refused' }
  | { outcome: 'locked'; until: Instant }

interface LoginRow {
  loginId: Id
  login: string
  passwordHash: string
  isOneTime: boolean
  oneTimeUntil: number | null
  failures: number
  lockedUntil: number | null
  version: number
}

async function loginRow(handle: Handle, login: string, forUpdate = false): Promise<LoginRow | null> {
  const query = handle('login').where({ login }).whereNull('disabled_at').first()
  const row = await (forUpdate ? lockForUpdate(query) : query)
  if (!row) return null
  return {
    loginId: idText(row.login_id),
    login: row.login,
    passwordHash: row.password_hash,
    isOneTime: row.one_time === 1,
    oneTimeUntil: row.one_time_until === null ? null : safeInteger(row.one_time_until),
    failures: safeInteger(row.failures),
    lockedUntil: row.locked_until === null ? null : safeInteger(row.locked_until),
    version: safeInteger(row.version),
  }
}

/**
 * Checks a login and password. Five failures in a row lock the account for a quarter of an hour, each further five for
 * twice as long, four hours at most; a locked account is refused whatever the password. Sign-ins and lock-outs stand
 * in the audit.
 */
export async function signIn(
  ground: Ground,
  given: { login: string; password: string },
): Promise<SignInOutcome> {
  const name = given.login.trim().normalize('NFC')
  const row = await loginRow(ground.db, name)
  // The slow check runs outside any transaction: on one connection nobody else could do anything meanwhile.
  const isRight = row ? await isPassword(given.password, row.passwordHash) : false
  if (!row) {
    await spendCheck(given.password)
    return { outcome: 'refused' }
  }
  return transact(ground.db, async (trx) => {
    const now = ground.now()
    const current = await loginRow(trx, name, true)
    if (!current || current.version !== row.version) return { outcome: 'refused' }
    if (current.lockedUntil !== null && current.lockedUntil > now) {
      return { outcome: 'locked', until: asInstant(current.lockedUntil) }
    }
    const isExpired = current.isOneTime && (current.oneTimeUntil ?? 0) < now
    if (!isRight || isExpired) return failed(trx, current, now)
    return succeeded(trx, current, now)
  })
}

async function failed(trx: Trx, row: LoginRow, now: Instant): Promise<SignInOutcome> {
  const failures = row.failures + 1
  const locks = failures % failuresToLock === 0
  const lock = Math.min(firstLock * 2 ** (failures / failuresToLock - 1), longestLock)
  const until = locks ? asInstant(now + lock) : null
  await trx('login')
    .where({ login_id: idBytes(row.loginId) })
    .update({ failures, locked_until: until })
  if (until === null) return { outcome: 'refused' }
  await recordAudit(trx, {
    actor: actorOf(row),
    action: 'login-locked',
    subjectKind: 'login',
    subjectId: row.login,
    detail: { failures },
    now,
  })
  return { outcome: 'locked', until }
}

async function succeeded(trx: Trx, row: LoginRow, now: Instant): Promise<SignInOutcome> {
  if (row.failures > 0 || row.lockedUntil !== null) {
    await trx('login')
      .where({ login_id: idBytes(row.loginId) })
      .update({ failures: 0, locked_until: null })
  }
  if (row.isOneTime) return { outcome: 'must_change', login: row.login }
  const viewer = await viewerOf(trx, row.loginId)
  if (!viewer) return { outcome: 'refused' }
  await recordAudit(trx, {
    actor: actorOf(row),
    action: 'signed-in',
    subjectKind: 'login',
    subjectId: row.login,
    now,
  })
  return { outcome: 'signed_in', viewer }
}

/** How a change of password ended; a wrong present password counts as a failed sign-in. */
export type PasswordOutcome =
  | { outcome: 'changed'; viewer: Viewer }
  | { outcome: 'unfit'; fault: 'too_short' | 'too_long' | 'too_simple' | 'same' }
  | Extract<SignInOutcome, { outcome: 'refused' | 'locked' }>

/** Sets an own password in place of the present or one-time one. Every session of the account ends. */
export async function changePassword(
  ground: Ground,
  wish: { login: string; password: string; newPassword: string },
): Promise<PasswordOutcome> {
  const present = await signIn(ground, wish)
  if (present.outcome === 'refused' || present.outcome === 'locked') return present
  const login = wish.login.trim().normalize('NFC')
  const fault = wish.newPassword === wish.password ? 'same' : passwordFault(wish.newPassword, login)
  if (fault) return { outcome: 'unfit', fault }
  const passwordHash = await hashPassword(wish.newPassword)
  return transact(ground.db, async (trx) => {
    const now = ground.now()
    const row = await loginRow(trx, login, true)
    if (!row) return { outcome: 'refused' }
    await trx('login')
      .where({ login_id: idBytes(row.loginId) })
      .update({ password_hash: passwordHash, one_time: 0, one_time_until: null, version: row.version + 1 })
    await recordAudit(trx, {
      actor: actorOf(row),
      action: 'password-changed',
      subjectKind: 'login',
      subjectId: login,
      now,
    })
    const viewer = await viewerOf(trx, row.loginId)
    return viewer ? { outcome: 'changed', viewer } : { outcome: 'refused' }
  })
}

/** An account as administrators see it. */
export interface LoginListed {
  loginId: Id
  login: string
  roles: { role: AccessRole; orgNo: string | null; schoolName: string | null }[]
  /** Its owner has not chosen a password yet. */
  isOneTime: boolean
  lockedUntil: Instant | null
  madeAt: Instant
  disabledAt: Instant | null
}

/** All local accounts, by name. */
export async function loginsOf(handle: Handle): Promise<LoginListed[]> {
  const logins = await handle('login').orderBy('login')
  const grants = await handle('login_role as r')
    .leftJoin('school as s', 's.school_id', 'r.school_id')
    .whereNull('r.revoked_at')
    .orderBy(['r.granted_at', 'r.login_role_id'])
    .select('r.login_id', 'r.role', 's.org_no', 's.name')
  const byLogin = groupBy(grants, (grant) => idText(grant.login_id))
  return logins.map((row) => ({
    loginId: idText(row.login_id),
    login: row.login,
    roles: (byLogin.get(idText(row.login_id)) ?? []).map((grant) => ({
      role: grant.role,
      orgNo: grant.org_no,
      schoolName: grant.name,
    })),
    isOneTime: row.one_time === 1,
    lockedUntil: row.locked_until,
    madeAt: row.made_at,
    disabledAt: row.disabled_at,
  }))
}
