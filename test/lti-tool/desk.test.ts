// @lane embedded: what it writes is tested in the rooms below on both engines.
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { newId } from '../../foundation/ids.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import { claimStatusOf } from '../../ledger/books/claim-states.ts'
import { isReleasable, waitingCodes } from '../../lti-tool/desk/reasons.ts'
import { reasonCodes, releasableCodes } from '../../xapi-bridge/completion/guard.ts'
import { verified } from '../ledger/books-world.ts'
import { deskWorld, type Person } from './desk-world.ts'

t.test('the desk', async (t) => {
  const world = await deskWorld(t)
  const { ground, roster, app } = world
  const { db } = ground
  const people: Record<string, Person> = {
    admin: await world.person('district_admin'),
    checker: await world.person('checker'),
    inspector: await world.person('inspector'),
    operator: await world.person('operator'),
    manager: await world.person('school_manager', { school: 'S01' }),
    principal: await world.person('principal', { school: 'S02' }),
    teacher: await world.person('teacher', { teacher: 'T0001' }),
  }
  const as = (name: string) => people[name] as Person
  const own = `/desk/teachers/${roster.no('T0001')}`
  const other = `/desk/teachers/${roster.no('T0003')}`
  await world.claim('T0001')
  await world.stranger()

  // Who gets what: 200 the page, 303 led on, 403 not for this account, 404 as if it did not exist.
  const pages: [page: string, expected: Record<string, number>][] = [
    [
      '/desk',
      { admin: 200, checker: 200, inspector: 200, operator: 200, manager: 200, principal: 200, teacher: 303 },
    ],
    [
      '/desk/teachers',
      { admin: 200, checker: 200, inspector: 200, operator: 403, manager: 200, principal: 200, teacher: 403 },
    ],
    [
      own,
      { admin: 200, checker: 200, inspector: 200, operator: 404, manager: 200, principal: 404, teacher: 200 },
    ],
    [
      other,
      { admin: 200, checker: 200, inspector: 200, operator: 404, manager: 404, principal: 200, teacher: 404 },
    ],
    [
      '/desk/teachers/nobody',
      { admin: 404, checker: 404, inspector: 404, operator: 404, manager: 404, principal: 404, teacher: 404 },
    ],
    [
      '/desk/claims',
      { admin: 200, checker: 200, inspector: 200, operator: 403, manager: 200, principal: 200, teacher: 403 },
    ],
    [
      '/desk/queue',
      { admin: 200, checker: 200, inspector: 200, operator: 200, manager: 403, principal: 403, teacher: 403 },
    ],
    [
      '/desk/sources',
      { admin: 200, checker: 200, inspector: 200, operator: 200, manager: 403, principal: 403, teacher: 403 },
    ],
    [
      '/desk/scores',
      { admin: 200, checker: 200, inspector: 200, operator: 200, manager: 403, principal: 403, teacher: 403 },
    ],
    [
      '/desk/members',
      { admin: 200, checker: 200, inspector: 200, operator: 200, manager: 200, principal: 200, teacher: 403 },
    ],
    [
      '/desk/imports',
      { admin: 200, checker: 403, inspector: 403, operator: 403, manager: 403, principal: 403, teacher: 403 },
    ],
    [
      '/desk/audit',
      { admin: 200, checker: 403, inspector: 200, operator: 403, manager: 403, principal: 403, teacher: 403 },
    ],
    [
      '/desk/nothing',
      { admin: 404, checker: 404, inspector: 404, operator: 404, manager: 404, principal: 404, teacher: 404 },
    ],
  ]
  for (const [page, expected] of pages) {
    for (const [name, status] of Object.entries(expected)) {
      t.test(`${page.replace(/R\d+T/, 'T')} answers ${name} with ${status}`, async (t) => {
        const answer = await as(name).get(page)

        t.equal(answer.statusCode, status)
        t.equal(answer.headers['cache-control'], 'no-store')
        t.match(answer.headers, status === 303 ? { location: own } : { 'content-type': /^text\/html/ })
      })
    }
  }

  t.test('every code for which the bridge keeps something back has words here', async (t) => {
    t.strictSame([...waitingCodes].sort(), [...reasonCodes].sort())
    t.strictSame(waitingCodes.filter(isReleasable).sort(), [...releasableCodes].sort())
  })

  t.test(
    'a deployment that waits for approval is on the first page of who looks after platforms',
    async (t) => {
      t.notMatch((await as('operator').get('/desk')).body, '待批准的平台部署')
      const row = {
        registration_id: idBytes(newId()),
        deployment_id: '7',
        state: 'pending',
        first_seen_at: 1,
      }
      await db('platform_deployment').insert(row)

      t.match((await as('operator').get('/desk')).body, '待批准的平台部署')
      t.notMatch((await as('manager').get('/desk')).body, '待批准的平台部署')
    },
  )

  t.test('pages stand in no frame and carry nothing inline', async (t) => {
    const { headers, body } = await as('admin').get('/desk')

    t.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/)
    t.notMatch(body, / style=| onclick=|<script>/)
  })

  t.test('somebody of another school and somebody unknown read the same', async (t) => {
    const anonymous = (text: string) => text.replaceAll(/[0-9a-f-]{36}/g, '')
    const hidden = await as('manager').get(other)
    const unknown = await as('manager').get('/desk/teachers/nobody')

    t.equal(anonymous(hidden.body), anonymous(unknown.body))
    const list = (await as('manager').get('/desk/teachers')).body
    t.match(list, roster.no('T0001'))
    t.notMatch(list, roster.no('T0003'))
    t.notMatch(list, roster.no('S02'))
  })

  t.test('a school cannot be asked for by somebody of another one', async (t) => {
    const list = (await as('manager').get(`/desk/teachers?school=${roster.no('S02')}`)).body

    t.match(list, roster.no('T0001'))
    t.notMatch(list, roster.no('T0003'))
  })

  t.test('each look at a transcript is in the audit; one that was refused is not', async (t) => {
    const looks = async (name: string) =>
      (await auditPage(db, { actor: `login:${as(name).login}`, action: 'transcript-viewed' })).events
    const before = (await looks('inspector')).length

    await as('inspector').get(`${other}?window=year`)
    await as('manager').get(other)

    const after = await looks('inspector')
    t.equal(after.length, before + 1)
    t.match(after[0], { subjectKind: 'teacher', subjectId: roster.no('T0003'), detail: { window: 'year' } })
    t.notOk((await looks('manager')).some(({ subjectId }) => subjectId === roster.no('T0003')))
    const page = await as('inspector').get(
      `/desk/audit?action=transcript-viewed&subject=${roster.no('T0003')}`,
    )
    t.match(page.body, `login:${as('inspector').login}`)
    t.notMatch(page.body, roster.no('T0001'))
  })

  type Outcome = 'done' | 'forbidden' | 403
  const claimDeeds: [
    deed: string,
    status: 'awaiting_check' | 'school_checked',
    by: Record<string, Outcome>,
  ][] = [
    [
      'school_check',
      'awaiting_check',
      {
        admin: 'done',
        checker: 'forbidden',
        inspector: 403,
        operator: 403,
        manager: 'done',
        principal: 'forbidden',
        teacher: 403,
      },
    ],
    [
      'recognise',
      'awaiting_check',
      {
        admin: 'done',
        checker: 'done',
        inspector: 403,
        operator: 403,
        manager: 'forbidden',
        principal: 'forbidden',
        teacher: 403,
      },
    ],
    [
      'reject',
      'awaiting_check',
      {
        admin: 'done',
        checker: 'done',
        inspector: 403,
        operator: 403,
        manager: 'done',
        principal: 'forbidden',
        teacher: 403,
      },
    ],
    [
      'recognise',
      'school_checked',
      {
        admin: 'done',
        checker: 'done',
        inspector: 403,
        operator: 403,
        manager: 'forbidden',
        principal: 'forbidden',
        teacher: 403,
      },
    ],
    [
      'reject',
      'school_checked',
      {
        admin: 'done',
        checker: 'done',
        inspector: 403,
        operator: 403,
        manager: 'forbidden',
        principal: 'forbidden',
        teacher: 403,
      },
    ],
  ]
  const becomes: Record<string, string> = {
    school_check: 'school_checked',
    recognise: 'recognised',
    reject: 'rejected',
  }
  const actions: Record<string, string> = {
    school_check: 'claim-checked',
    recognise: 'claim-recognised',
    reject: 'claim-rejected',
  }
  for (const [deed, status, by] of claimDeeds) {
    for (const [name, outcome] of Object.entries(by)) {
      t.test(`${deed} of a claim that is ${status}, by ${name}: ${outcome}`, async (t) => {
        const claimId = await aClaimThatIs(status)

        const answer = await as(name).post('/desk/claims', { deed, claim: claimId, note: '佐证不清' })

        const state = (await claimStatusOf(db, [claimId])).get(claimId)
        t.equal(state?.claimStatus, outcome === 'done' ? becomes[deed] : status)
        t.match(
          answer,
          outcome === 403
            ? { statusCode: 403, headers: { 'content-type': /html/ } }
            : { statusCode: 303, headers: { location: new RegExp(`${outcome}=1`) } },
        )
        const audited = (await auditPage(db, { subjectKind: 'claim', subjectId: claimId })).events.filter(
          ({ actor, action }) => actor === `login:${as(name).login}` && action === actions[deed],
        )
        t.match(audited, outcome === 'done' ? [{ detail: { outcome: 'done', note: '佐证不清' } }] : [])
        t.equal(audited.length, outcome === 'done' ? 1 : 0)
        const act = await db('claim_act')
          .where({ claim_id: idBytes(claimId) })
          .orderBy('act_no', 'desc')
          .first('maker_id')
        t.equal(act?.maker_id?.equals(idBytes(as(name).loginId)) ?? false, outcome === 'done')
      })
    }
  }

  async function aClaimThatIs(status: string): Promise<string> {
    const claimId = await world.claim('T0001')
    if (status === 'school_checked') {
      await as('admin').post('/desk/claims', { deed: 'school_check', claim: claimId })
    }
    return claimId
  }

  t.test('several claims are decided at once, and a second time they are somebody else’s', async (t) => {
    const claims = [await world.claim('T0001'), await world.claim('T0003')]
    const order = { deed: 'recognise', claim: claims }

    t.match((await as('admin').post('/desk/claims', order)).headers.location, /done=2$/)
    const again = await as('admin').post('/desk/claims', order)
    t.match(again.headers.location, /stale=2$/)
    t.match((await as('admin').get(again.headers.location as string)).body, '有 2 条未处理')
  })

  t.test('a refusal without words is not taken', async (t) => {
    const claimId = await world.claim('T0001')

    const answer = await as('admin').post('/desk/claims', { deed: 'reject', claim: claimId, note: ' ' })

    t.match(answer.headers.location, /fault=reason/)
    t.equal((await claimStatusOf(db, [claimId])).get(claimId)?.claimStatus, 'awaiting_check')
    t.match((await as('admin').get(answer.headers.location as string)).body, '退回须写明理由')
  })

  t.test('nobody decides on the own record', async (t) => {
    const self = await world.person('school_manager', { school: 'S01', teacher: 'T0001' })
    const claimId = await world.claim('T0001')

    const answer = await self.post('/desk/claims', { deed: 'school_check', claim: claimId })

    t.match(answer.headers.location, /forbidden=1/)
  })

  t.test('a school sees the claims of its own teachers, by what they wait for', async (t) => {
    const mine = await world.claim('T0001')
    const others = await world.claim('T0003')
    const checked = await aClaimThatIs('school_checked')

    const waiting = (await as('manager').get('/desk/claims?status=awaiting_check')).body
    t.match(waiting, mine)
    t.notMatch(waiting, others)
    t.notMatch(waiting, checked)
    t.match((await as('checker').get('/desk/claims?status=school_checked')).body, checked)
    const readOnly = (await as('inspector').get('/desk/claims')).body
    t.match(readOnly, '张伟')
    t.notMatch(readOnly, 'type="checkbox"')
  })

  t.test('claims come a page at a time, each once', async (t) => {
    await world.claims('T0002', 55)

    const seen: string[] = []
    let at: string | undefined = '/desk/claims'
    while (at) {
      const { body } = await as('checker').get(at)
      seen.push(...[...body.matchAll(/name="claim" value="([0-9a-f-]+)"/g)].map(([, id]) => id as string))
      at = /href="(\/desk\/claims\?[^"]*after=[^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
    }

    t.ok(seen.length >= 55)
    t.equal(new Set(seen).size, seen.length)
  })

  const foreign: [string, string][] = [
    ['/desk/claims', '认定'],
    ['/desk/queue', '放行'],
    ['/desk/queue/link', '绑定'],
    ['/desk/imports/failed', '下载'],
    ['/desk/imports/undo', '撤销'],
    ['/logout', '退出'],
  ]
  for (const [url, what] of foreign) {
    t.test(`${what} is not done for a page of somebody else`, async (t) => {
      const wrongToken = await as('admin').post(url, { _csrf: as('checker').csrf })
      const elsewhere = await as('admin').post(
        url,
        {},
        { 'sec-fetch-site': 'cross-site', accept: 'text/html' },
      )

      t.equal(wrongToken.statusCode, 403)
      t.equal(elsewhere.statusCode, 403)
      t.match(elsewhere.body, 'csrf-refused')
      t.match(elsewhere.headers['content-type'], /html/)
    })
  }

  t.test('files of somebody else’s page are not imported', async (t) => {
    const file = { field: 'files', ...roster.files()[0], name: 'x.csv', bytes: Buffer.from('a') }
    for (const url of ['/desk/imports/roster', '/desk/imports/catalogue']) {
      const answer = await as('admin').upload(url, { _csrf: 'wrong' }, [file])

      t.equal(answer.statusCode, 403)
      t.match(answer.body, 'csrf-refused')
    }
  })

  t.test('who is not signed in is led to the door', async (t) => {
    for (const url of ['/desk', own, '/desk/nothing']) {
      t.match(await app.inject({ url }), { statusCode: 303, headers: { location: '/login' } })
    }
    const post = await app.inject({ method: 'POST', url: '/desk/claims' })
    t.match(post, { statusCode: 303, headers: { location: '/login' } })
  })

  t.test('a role that is taken away ends what its holder sees with the next request', async (t) => {
    const leaving = await world.person('inspector')
    t.equal((await leaving.get(own)).statusCode, 200)

    await db('login_role')
      .where({ login_id: idBytes(leaving.loginId) })
      .update({ revoked_at: ground.now() })

    t.equal((await leaving.get(own)).statusCode, 403)
    t.equal((await leaving.get('/desk')).statusCode, 403)
  })

  t.test('the book agrees with itself after all that', (t) => verified(t, world.posting))
})
