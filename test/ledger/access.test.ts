// @lane embedded: slow hashes on purpose; its tables are written on both engines by other tests.
import t from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { asInstant, type Instant, instantOf } from '../../foundation/time.ts'
import {
  addLogin,
  changePassword,
  disableLogin,
  grantRole,
  loginsOf,
  resetPassword,
  signIn,
  viewerOf,
} from '../../ledger/access/login.ts'
import { isPassword, oneTimePassword, passwordFault } from '../../ledger/access/password.ts'
import { hasRole, readableSchools, type Viewer } from '../../ledger/access/role.ts'
import { mayRead } from '../../ledger/access/scope.ts'
import { addApiToken, apiTokensOf, bearerOf, revokeApiToken } from '../../ledger/access/token.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { teacherIdsByNo } from '../../ledger/roster/people.ts'
import { freshGround } from '../support/ground.ts'
import { aRoster } from '../support/roster.ts'

const actor = 'os:tester'
const today = '2026-11-21'
const start = instantOf('2026-11-21T09:00:00+08:00')
const minutes = (n: number) => n * 60_000_000

t.test('access', async (t) => {
  const base = await freshGround(t)
  let clock: Instant = start
  const ground: Ground = { ...base, now: () => clock }
  const { db } = ground
  const later = (microseconds: number) => {
    clock = asInstant(clock + microseconds)
  }
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })

  // Passwords are slow on purpose, so the tests about them share one account whose owner has chosen its own.
  const login = 'lin'
  const own = '春眠不觉晓处处闻啼鸟'
  const attempt = (password: string) => signIn(ground, { login, password })

  /** Somebody with a role, whose password the test does not need. */
  async function aViewer(
    login: string,
    role: Parameters<typeof addLogin>[1]['role'] = 'inspector',
    more = {},
  ) {
    const { loginId } = await addLogin(ground, { login, role, actor, ...more })
    const viewer = await viewerOf(db, loginId)
    if (!viewer) throw new Error(`no viewer ${login}`)
    return viewer
  }

  t.test('a new account opens with its one-time password, which has to be replaced', async (t) => {
    const { oneTimePassword: first } = await addLogin(ground, { login, role: 'district_admin', actor })
    const change = (newPassword: string) => changePassword(ground, { login, password: first, newPassword })

    t.strictSame(await attempt(first), { outcome: 'must_change', login })
    t.strictSame(await change('short'), { outcome: 'unfit', fault: 'too_short' })
    t.strictSame(await change(first), { outcome: 'unfit', fault: 'same' })
    t.match(await change(own), {
      outcome: 'changed',
      viewer: { login, roles: [{ role: 'district_admin', schoolId: null }] },
    })

    t.match(await attempt(own), { outcome: 'signed_in' })
    t.match(await attempt(first), { outcome: 'refused' })
    const events = await db('audit_event').where({ subject_kind: 'login', subject_id: login })
    t.ok(events.some(({ action }) => action === 'password-changed'))
    const told = JSON.stringify(events.map((event) => event.detail?.toString()))
    t.notMatch(told, first)
    t.notMatch(told, own)
  })

  t.test('a one-time password ends after fourteen days', async (t) => {
    const { oneTimePassword: first } = await addLogin(ground, { login: 'late', role: 'inspector', actor })
    later(minutes(60 * 24 * 14 + 1))

    t.match(await signIn(ground, { login: 'late', password: first }), { outcome: 'refused' })
  })

  t.test('no password and no one-time password is kept in the clear', async (t) => {
    const { oneTimePassword: first } = await addLogin(ground, { login: 'sealed', role: 'inspector', actor })

    const [row] = await db('login').where({ login: 'sealed' })

    t.notMatch(JSON.stringify(row), first)
    t.match(row.password_hash, /^scrypt\$32768\$/)
    t.equal(await isPassword(first, row.password_hash), true)
    t.equal(await isPassword(`${first}x`, row.password_hash), false)
    t.equal(new Set(Array.from({ length: 50 }, oneTimePassword)).size, 50)
  })

  t.test('five failures lock an account, for longer each time; success clears the count', async (t) => {
    await db('login').where({ login }).update({ failures: 0 })
    const failFive = async () => {
      t.match(await attempt('wrong'), { outcome: 'refused' })
      // Three more that need not be slow.
      await db('login').where({ login }).increment('failures', 3)
      return attempt('wrong')
    }

    const first = await failFive()
    t.strictSame(first, { outcome: 'locked', until: clock + minutes(15) })
    t.match(await attempt(own), { outcome: 'locked' }, 'the right password does not open a locked account')
    later(minutes(15))
    const second = await failFive()
    t.strictSame(second, { outcome: 'locked', until: clock + minutes(30) })
    later(minutes(30))
    t.match(await attempt(own), { outcome: 'signed_in' })
    t.match(await failFive(), { outcome: 'locked', until: clock + minutes(15) })
  })

  t.test('many wrong passwords at the same time are all counted', async (t) => {
    later(minutes(60 * 24))
    await db('login').where({ login }).update({ failures: 0 })

    await Promise.all(Array.from({ length: 5 }, () => attempt('wrong')))

    t.match(await attempt(own), { outcome: 'locked' })
  })

  t.test('a new password ends the sessions of the old one', async (t) => {
    const viewer = await aViewer('sessions')
    const { login } = viewer
    t.match(await viewerOf(db, viewer.loginId, viewer.version), { login })

    await resetPassword(ground, { login, actor })

    t.equal(await viewerOf(db, viewer.loginId, viewer.version), null)
  })

  for (const [what, wish, code] of [
    ['a role that nobody knows', { login: 'aa', role: 'king' }, 'login-invalid'],
    ['a school role without a school', { login: 'aa', role: 'principal' }, 'login-invalid'],
    [
      'a district role with a school',
      { login: 'aa', role: 'inspector', orgNo: r.no('S01') },
      'login-invalid',
    ],
    ['a school that nobody knows', { login: 'aa', role: 'principal', orgNo: 'S99' }, 'school-unknown'],
    ['a teacher without a number', { login: 'aa', role: 'teacher' }, 'login-invalid'],
    ['a teacher that nobody knows', { login: 'aa', role: 'teacher', teacherNo: 'T9' }, 'teacher-unknown'],
    ['a login with blanks', { login: 'a b', role: 'inspector' }, 'login-invalid'],
    ['a login that is taken', { login: 'lin', role: 'inspector' }, 'login-taken'],
  ] as const) {
    t.test(`${what} is refused`, async (t) => {
      await t.rejects(addLogin(ground, { actor, ...(wish as { login: string; role: 'inspector' }) }), {
        code,
      })
    })
  }

  t.test('who may read whom: own, school of today, or all', async (t) => {
    const nos = ['T0001', 'T0002', 'T0003'].map(r.no)
    const ids = await teacherIdsByNo(db, nos)
    const [one = '', two = '', three = ''] = nos.map((no) => ids.get(no))
    const seenBy = async (viewer: Viewer, day = today) =>
      Promise.all([one, two, three].map((id) => mayRead(db, viewer, id, day)))

    t.strictSame(await seenBy(await aViewer('r1', 'inspector')), [true, true, true])
    t.strictSame(await seenBy(await aViewer('r2', 'district_admin')), [true, true, true])
    t.strictSame(await seenBy(await aViewer('r3', 'checker')), [true, true, true])
    t.strictSame(await seenBy(await aViewer('r4', 'operator')), [false, false, false])
    t.strictSame(await seenBy(await aViewer('r5', 'teacher', { teacherNo: r.no('T0002') })), [
      false,
      true,
      false,
    ])
    const manager = await aViewer('r6', 'school_manager', { orgNo: r.no('S02') })
    t.strictSame(await seenBy(manager), [false, false, true], 'T0002 left in 2024')
    t.strictSame(await seenBy(manager, '2024-08-31'), [false, true, true], 'the last day still counts')
    await grantRole(ground, { login: 'r6', role: 'principal', orgNo: r.no('S01'), actor })
    const both = await viewerOf(db, manager.loginId)
    t.strictSame(both && (await seenBy(both)), [true, true, true])
    t.equal(both && readableSchools(both).length, 2)
    t.equal(both && hasRole(both, 'principal'), true)
  })

  t.test('an API token speaks for its account until it ends, is revoked or the account closes', async (t) => {
    const viewer = await aViewer('robot', 'district_admin')
    const { login } = viewer
    const make = () => addApiToken(ground, { login, scopes: ['teachers:read'], days: 1, actor })
    const [ending, revoked, closing] = [await make(), await make(), await make()]

    t.match(await bearerOf(db, ending.tokenId, clock), { viewer: { login }, scopes: ['teachers:read'] })
    t.equal((await apiTokensOf(db, viewer, clock)).length, 3)
    t.equal(await revokeApiToken(ground, { tokenId: revoked.tokenId, actor }), true)
    t.equal(await revokeApiToken(ground, { tokenId: revoked.tokenId, actor }), false)
    t.equal(await bearerOf(db, revoked.tokenId, clock), null)
    t.equal(await bearerOf(db, ending.tokenId, ending.endsAt), null)
    await disableLogin(ground, { login, actor })
    t.equal(await bearerOf(db, closing.tokenId, clock), null)
  })

  t.test('tokens without scopes, with odd scopes or for ever are refused', async (t) => {
    for (const wish of [
      { scopes: [], days: 1 },
      { scopes: ['teachers read'], days: 1 },
      { scopes: ['teachers:read'], days: 0 },
      { scopes: ['teachers:read'], days: 10_000 },
      { scopes: ['teachers:read'], days: 1.5 },
    ]) {
      await t.rejects(addApiToken(ground, { login: 'lin', actor, ...wish }), { code: 'token-invalid' })
    }
    await t.rejects(addApiToken(ground, { login: 'none', scopes: ['a'], days: 1, actor }), {
      code: 'login-unknown',
    })
  })

  t.test('accounts are listed with their roles and schools', async (t) => {
    const found = (await loginsOf(db)).find(({ login }) => login === 'r6')

    t.match(found, {
      isOneTime: true,
      roles: [
        { role: 'school_manager', orgNo: r.no('S02'), schoolName: '示例区第二中学' },
        { role: 'principal', orgNo: r.no('S01') },
      ],
    })
  })

  t.test('an unknown or closed account is refused like a wrong password', async (t) => {
    later(minutes(60 * 24))
    const { loginId } = (await loginsOf(db)).find((listed) => listed.login === login) ?? { loginId: '' }
    await disableLogin(ground, { login, actor })

    t.strictSame(await signIn(ground, { login: 'nobody', password: 'x' }), { outcome: 'refused' })
    t.strictSame(await attempt(own), { outcome: 'refused' })
    t.equal(await viewerOf(db, loginId), null)
  })
})

for (const [password, fault] of [
  ['九个字的密码太短了', 'too_short'],
  ['aaaaaaaaaaaa', 'too_simple'],
  ['my-admin-password', 'too_simple'],
  ['x'.repeat(201), 'too_long'],
  ['correct horse battery', null],
] as const) {
  t.test(`a password like ${password.slice(0, 20)} is ${fault ?? 'fit'}`, async (t) => {
    t.equal(passwordFault(password, 'admin'), fault)
  })
}
