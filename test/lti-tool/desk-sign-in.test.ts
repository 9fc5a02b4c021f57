// @lane embedded: what it writes is tested in the rooms below on both engines.
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { createServer } from '../../foundation/http/server.ts'
import { asInstant } from '../../foundation/time.ts'
import { addLogin, disableLogin, resetPassword } from '../../ledger/access/login.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { deskRoutes } from '../../lti-tool/desk/routes.tsx'
import { loginCookie } from '../../lti-tool/launch/session.ts'
import { freshGround } from '../support/ground.ts'

const own = '春眠不觉晓处处闻啼鸟'

t.test('signing in', async (t) => {
  const base = await freshGround(t)
  let clock = base.now()
  const ground = { ...base, now: () => clock }
  const app = createServer(ground)
  await app.register(toolWith({ launchPages: [], otherPages: [deskRoutes] }), ground)
  t.teardown(() => app.close())

  /** A form as the browser sends it from the page before. */
  async function post(url: string, fields: Record<string, string>, cookie = '') {
    const page = await app.inject({ url: '/login' })
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    return app.inject({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        accept: 'text/html',
        cookie,
      },
      payload: new URLSearchParams({ _csrf, ...fields }).toString(),
    })
  }
  const cookieOf = (answer: LightMyRequestResponse) =>
    `${loginCookie}=${answer.cookies.find(({ name }) => name === loginCookie)?.value ?? ''}`
  const desk = async (cookie: string) => (await app.inject({ url: '/desk', headers: { cookie } })).statusCode
  const account = (login: string) => addLogin(ground, { login, role: 'inspector', actor: 'os:tester' })

  /** An account whose owner has chosen a password, signed in. */
  async function settled(login: string): Promise<string> {
    const { oneTimePassword: password } = await account(login)
    return cookieOf(await post('/login/password', { login, password, next: own, again: own }))
  }

  t.test('the front page leads to the door, and from there to the desk', async (t) => {
    t.match(await app.inject({ url: '/' }), { statusCode: 303, headers: { location: '/login' } })
    const cookie = await settled('front')

    t.match(await app.inject({ url: '/', headers: { cookie } }), { headers: { location: '/desk' } })
    t.match(await app.inject({ url: '/login', headers: { cookie } }), { headers: { location: '/desk' } })
  })

  t.test('a one-time password leads to a password of one’s own, and then opens nothing', async (t) => {
    const { oneTimePassword: password } = await account('first')
    const asked = await post('/login', { login: 'first', password })

    t.equal(asked.statusCode, 200)
    t.match(asked.body, '设置新密码')
    t.notOk(asked.cookies.some(({ name }) => name === loginCookie))

    const chosen = { login: 'first', password, next: own, again: own }
    const differ = await post('/login/password', { ...chosen, again: 'something else' })
    t.match(differ, { statusCode: 422, body: /两次输入不一致/ })
    t.match(await post('/login/password', { ...chosen, next: '短', again: '短' }), { statusCode: 422 })
    const done = await post('/login/password', chosen)
    t.match(done, { statusCode: 303, headers: { location: '/desk' } })
    t.match(done.headers['set-cookie'], /HttpOnly; Secure; SameSite=Lax/)
    t.equal(await desk(cookieOf(done)), 200)

    t.match(await post('/login', { login: 'first', password }), { statusCode: 422, body: /账户或密码不正确/ })
    t.match(await post('/login', { login: 'first', password: own }), { statusCode: 303 })
  })

  t.test('a wrong password and an unknown account read the same', async (t) => {
    await settled('known')
    const anonymous = ({ body }: LightMyRequestResponse) => body.replace(/value="(known|nobody)"/, '')

    const wrong = await post('/login', { login: 'known', password: 'wrong' })
    const unknown = await post('/login', { login: 'nobody', password: 'wrong' })

    t.equal(wrong.statusCode, 422)
    t.equal(anonymous(wrong), anonymous(unknown))
    t.notMatch(wrong.body, 'value="wrong"')
  })

  t.test('five failures lock an account for a quarter of an hour, and the page says so', async (t) => {
    await settled('locked')
    for (let n = 0; n < 4; n++) await post('/login', { login: 'locked', password: 'wrong' })

    t.match(await post('/login', { login: 'locked', password: 'wrong' }), {
      statusCode: 422,
      body: /15 分钟/,
    })
    t.match(await post('/login', { login: 'locked', password: own }), { statusCode: 422, body: /15 分钟/ })
    clock = asInstant(clock + 16 * 60_000_000)
    t.match(await post('/login', { login: 'locked', password: own }), { statusCode: 303 })
  })

  t.test('a closed account opens nothing, and its session has ended', async (t) => {
    const cookie = await settled('closed')
    t.equal(await desk(cookie), 200)

    await disableLogin(ground, { login: 'closed', actor: 'os:tester' })

    t.equal(await desk(cookie), 303)
    t.match(await post('/login', { login: 'closed', password: own }), { statusCode: 422 })
  })

  t.test('a new password ends the sessions that were open', async (t) => {
    const cookie = await settled('changed')
    const { oneTimePassword: password } = await resetPassword(ground, {
      login: 'changed',
      actor: 'os:tester',
    })

    t.equal(await desk(cookie), 303)
    const next = `${own}人`
    const fresh = cookieOf(await post('/login/password', { login: 'changed', password, next, again: next }))
    t.equal(await desk(fresh), 200)
    t.equal(await desk(cookie), 303)
  })

  t.test('a session ends after twelve hours', async (t) => {
    const cookie = await settled('long')
    clock = asInstant(clock + 12 * 3600 * 1_000_000 - 60_000_000)
    t.equal(await desk(cookie), 200)

    clock = asInstant(clock + 120_000_000)

    t.equal(await desk(cookie), 303)
  })

  t.test('signing out takes the cookie away', async (t) => {
    const cookie = await settled('out')
    const page = (await app.inject({ url: '/desk', headers: { cookie } })).body
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''

    const answer = await post('/logout', { _csrf }, cookie)

    t.match(answer, { statusCode: 303, headers: { location: '/login' } })
    t.match(answer.cookies, [{ name: loginCookie, value: '' }])
  })

  t.test('a sign-in that no page of ours sent is refused with a page', async (t) => {
    const answer = await post('/login', { login: 'x', password: 'y', _csrf: 'wrong' })

    t.match(answer, { statusCode: 403, headers: { 'content-type': /html/ }, body: /csrf-refused/ })
  })
})
