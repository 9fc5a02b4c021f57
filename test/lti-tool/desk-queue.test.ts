// @lane embedded: what it writes is tested in the rooms below on both engines.
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { newId } from '../../foundation/ids.ts'
import { addApiToken, revokeApiToken } from '../../ledger/access/token.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import { aClaim, anOffering, aVoid, handAndPost } from '../ledger/books-world.ts'
import { deskWorld, type Person } from './desk-world.ts'

t.test('the queue', async (t) => {
  const world = await deskWorld(t)
  const { ground, app, roster } = world
  const { db } = ground
  const admin = await world.person('district_admin')
  const inspector = await world.person('inspector')
  const operator = await world.person('operator')

  /** Ids of what waits for a reason, as the page offers them. */
  async function offered(person: Person, reason = 'ACTOR_UNKNOWN'): Promise<string[]> {
    const { body } = await person.get(`/desk/queue?reason=${reason}`)
    return [...body.matchAll(/name="item" value="([0-9a-f-]+)"/g)].map(([, id]) => id as string)
  }

  t.test('shows who is unknown, with what to do in a sentence', async (t) => {
    const name = await world.stranger()

    const { body } = await admin.get('/desk/queue')

    t.match(body, `${name} @ https://lms.example`)
    t.match(body, '人员未绑定')
    t.match(body, '把该账号绑定到教师编号')
    t.match((await admin.get('/desk')).body, /class="figure">[1-9]/)
  })

  t.test('readers see it and may change nothing', async (t) => {
    const [item] = await offered(admin)
    for (const person of [inspector, operator]) {
      const { body } = await person.get('/desk/queue?reason=ACTOR_UNKNOWN')
      t.match(body, '人员未绑定')
      t.notMatch(body, /type="checkbox"|action="\/desk\/queue/)

      const order = { deed: 'dismiss', code: 'ACTOR_UNKNOWN', item: item ?? '', why: '不是本区教师' }
      t.equal((await person.post('/desk/queue', order)).statusCode, 403)
      const link = { home_page: 'https://lms.example', name: 'x', teacher_no: roster.no('T0001') }
      t.equal((await person.post('/desk/queue/link', link)).statusCode, 403)
    }
    t.ok((await offered(admin)).includes(item as string))
  })

  t.test('an administrator sets aside with a reason, which the audit keeps with the name', async (t) => {
    await world.stranger()
    const [item = ''] = await offered(admin)
    const order = { deed: 'dismiss', code: 'ACTOR_UNKNOWN', item }

    t.match((await admin.post('/desk/queue', order)).headers.location, /told=chosen/)
    const answer = await admin.post('/desk/queue', { ...order, why: '不是本区教师' })

    t.match(answer.headers.location, /reason=ACTOR_UNKNOWN&done=1/)
    t.notOk((await offered(admin)).includes(item))
    const { events } = await auditPage(db, { subjectId: item })
    t.match(events, [
      { actor: `login:${admin.login}`, action: 'completion-dismissed', detail: { reason: '不是本区教师' } },
    ])
    t.match((await admin.post('/desk/queue', { ...order, why: '再一次' })).headers.location, /told=stale/)
  })

  t.test('what goes only when its cause is mended cannot be let pass', async (t) => {
    await world.stranger()
    const [item = ''] = await offered(admin)

    const answer = await admin.post('/desk/queue', {
      deed: 'release',
      code: 'ACTOR_UNKNOWN',
      item,
      why: '放行',
    })

    t.match(answer, { statusCode: 409, headers: { 'content-type': /html/ }, body: /不能放行/ })
    t.match(answer.body, 'code-not-releasable')
  })

  t.test('an account is linked to a teacher by number', async (t) => {
    const name = await world.stranger()
    const link = { home_page: 'https://lms.example', name, teacher_no: roster.no('T0001') }

    t.match((await admin.post('/desk/queue/link', link)).headers.location, /told=linked/)

    const { events } = await auditPage(db, { action: 'identity-linked', subjectId: roster.no('T0001') })
    t.match(events, [{ actor: `login:${admin.login}` }])
    t.match((await admin.post('/desk/queue/link', link)).headers.location, /told=known/)
    const other = { ...link, teacher_no: roster.no('T0003') }
    t.match((await admin.post('/desk/queue/link', other)).headers.location, /told=taken/)
    t.match(await admin.post('/desk/queue/link', { ...link, teacher_no: 'nobody' }), {
      statusCode: 404,
      body: /名册中没有这个教师编号/,
    })
    t.match((await admin.post('/desk/queue/link', { ...link, name: ' ' })).headers.location, /told=fields/)
    const number = { ...link, name: roster.id(1) }
    const refused = await admin.post('/desk/queue/link', number)
    t.equal(refused.statusCode, 400)
    t.notMatch(refused.body, roster.id(1))
  })

  t.test('work items of the book stand in a list of their own', async (t) => {
    const offering = await anOffering(world.posting)
    const claim = aClaim(await world.teacherId('T0002'), { ...offering, offeringId: newId() })
    await handAndPost(world.posting, [claim])

    const { body } = await operator.get('/desk/queue')

    t.match(body, '账簿待办')
    t.match(body, '课程不明')
    t.match(body, roster.no('T0002'))
    await handAndPost(world.posting, [aVoid(claim)])
  })

  t.test('sources show what they pushed', async (t) => {
    const { body } = await operator.get('/desk/sources')

    t.match(body, '平台')
    t.match(body, '正常')
    t.notMatch(body, /secret/i)
  })

  t.test('tokens of accounts', async (t) => {
    const reader = await world.person('inspector')
    const writer = await world.person('district_admin')
    const token = async (person: Person, scopes: string[]) => {
      const kept = await addApiToken(ground, { login: person.login, scopes, days: 1, actor: 'os:tester' })
      const claims = { jti: kept.tokenId, sub: kept.loginId, scopes }
      return { tokenId: kept.tokenId, text: await signApiToken(ground.config.tokenSecret, claims, 86_400) }
    }
    const ask = (url: string, text: string | null, payload?: object) =>
      app.inject({
        method: payload ? 'POST' : 'GET',
        url,
        headers: text === null ? {} : { authorization: `Bearer ${text}` },
        ...(payload ? { payload } : {}),
      })
    const order = { code: 'ACTOR_UNKNOWN', item_ids: [newId()], reason: '脚本' }

    t.test('read sources and the queue', async (t) => {
      const { text } = await token(reader, ['read'])

      t.match((await ask('/api/sources', text)).json(), { sources: [{ preset: 'adl', state: 'live' }] })
      t.match((await ask('/api/queue', text)).json(), { total: Number, counts: { ACTOR_UNKNOWN: Number } })
      t.match((await ask('/api/queue?reason=NONSENSE', text)).json(), { code: 'invalid-request' })
    })

    t.test('decide where their scope and the role of their account say so', async (t) => {
      const [item = ''] = await offered(admin)
      const { text } = await token(writer, ['read', 'write'])

      const answer = await ask('/api/queue/dismiss', text, { ...order, item_ids: [item] })

      t.strictSame(answer.json(), { done: 1 })
      const { events } = await auditPage(db, { subjectId: item })
      t.match(events, [{ actor: `login:${writer.login}` }])
    })

    t.test('a missing scope is named', async (t) => {
      const write = await token(writer, ['write'])
      const read = await token(writer, ['read'])

      t.match(await ask('/api/queue', write.text), { statusCode: 403 })
      t.match((await ask('/api/sources', write.text)).json(), { code: 'scope-missing' })
      t.match((await ask('/api/queue/dismiss', read.text, order)).json(), { code: 'scope-missing' })
    })

    t.test(
      'no token, a foreign one, and one that an account’s role does not carry are refused',
      async (t) => {
        const foreign = await signApiToken(
          'another secret of at least 32 characters',
          { jti: newId(), sub: writer.loginId, scopes: ['read'] },
          60,
        )
        const unknown = await signApiToken(
          ground.config.tokenSecret,
          { jti: newId(), sub: writer.loginId, scopes: ['read'] },
          60,
        )
        const tooMuch = await token(reader, ['read', 'write'])
        const manager = await token(await world.person('school_manager', { school: 'S01' }), ['read'])

        for (const text of [null, 'x.y.z', foreign, unknown, tooMuch.text, manager.text]) {
          const answer = await ask('/api/queue', text)
          t.equal(answer.statusCode, 401)
          t.equal(answer.json().code, 'token-refused')
        }
      },
    )

    t.test('a token that was revoked is refused', async (t) => {
      const { tokenId, text } = await token(reader, ['read'])
      t.equal((await ask('/api/queue', text)).statusCode, 200)

      await revokeApiToken(ground, { tokenId, actor: 'os:tester' })

      t.equal((await ask('/api/queue', text)).statusCode, 401)
    })

    t.test('a role that is taken away ends what the token may do', async (t) => {
      const { text } = await token(writer, ['read', 'write'])

      await db('login_role')
        .where({ login_id: idBytes(writer.loginId) })
        .update({ revoked_at: ground.now() })

      t.equal((await ask('/api/queue', text)).statusCode, 401)
      t.equal((await ask('/api/queue/dismiss', text, order)).statusCode, 401)
    })
  })
})

t.test('without a bridge', async (t) => {
  const world = await deskWorld(t, { bridgeAway: true })
  const admin = await world.person('district_admin')

  t.test('pages that need it say so, and answer', async (t) => {
    for (const page of ['/desk', '/desk/queue', '/desk/sources']) {
      const { statusCode, body } = await admin.get(page)
      t.equal(statusCode, 200)
      t.match(body, '接收端暂时无法访问')
    }
    t.match((await admin.get('/desk/queue')).body, '账簿待办')
  })

  t.test('a decision is not taken, and the page says why', async (t) => {
    const order = { deed: 'dismiss', code: 'ACTOR_UNKNOWN', item: newId(), why: '不是本区教师' }

    const answer = await admin.post('/desk/queue', order)

    t.match(answer, { statusCode: 503, headers: { 'content-type': /html/ }, body: /bridge-unreachable/ })
  })
})
