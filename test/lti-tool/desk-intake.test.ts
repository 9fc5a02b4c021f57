// @lane embedded: what it writes is tested in the rooms below on both engines.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { auditPage } from '../../ledger/audit/read.ts'
import { deliveryCodes, outcomes, webhookEvents } from '../../lti-tool/desk/intake/destination-words.ts'
import { faultWords } from '../../lti-tool/desk/intake/fault-messages.ts'
import { asTyped, comparedLines, spread } from '../../lti-tool/desk/intake/json-lines.ts'
import { rejectedText } from '../../lti-tool/desk/intake/rejected-messages.ts'
import { mendingSaid } from '../../lti-tool/desk/intake/rejected-parts.tsx'
import { presets, scopes } from '../../lti-tool/desk/intake/source-words.ts'
import { convertWaiting } from '../../xapi-bridge/conversion/convert.ts'
import { mendings } from '../../xapi-bridge/dead-letter/mendings.ts'
import { outcomes as bridgeOutcomes } from '../../xapi-bridge/forwarding/filter.ts'
import { webhookEvents as bridgeEvents } from '../../xapi-bridge/forwarding/signature.ts'
import { deliveryCodes as bridgeCodes } from '../../xapi-bridge/forwarding/verdict.ts'
import { faultCodes } from '../../xapi-bridge/language/faults.ts'
import { presetNames } from '../../xapi-bridge/rules/rule-set.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { scopes as bridgeScopes } from '../../xapi-bridge/sources/scopes.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { anOffering } from '../ledger/books-world.ts'
import { anIdentityNumber } from '../support/roster.ts'
import { deskWorld } from './desk-world.ts'

t.test('the pages have words for all that the bridge may say', async (t) => {
  const say = rejectedText('zh-CN')
  t.strictSame(
    Object.keys(faultWords)
      .map((key) => key.replaceAll('_', '-'))
      .sort(),
    Object.keys(faultCodes).sort(),
  )
  t.strictSame([...presets].sort(), [...presetNames].sort())
  t.strictSame([...scopes].sort(), [...bridgeScopes].sort())
  t.strictSame([...deliveryCodes], [...bridgeCodes])
  t.strictSame([...webhookEvents], [...bridgeEvents])
  t.strictSame([...outcomes], [...bridgeOutcomes])
  for (const name of Object.keys(mendings)) t.match(mendingSaid(say, name, ''), /\p{Script=Han}/u, name)
})

t.test('JSON is spread over lines without a change but in white space', async (t) => {
  const text = '{"a":1.50,"b":["x\\n, {",{}],"a":[],"c":{"d":1e3}}'
  const lines = spread(text)

  t.equal(lines.split('\n').length, 11)
  t.match(lines, '"a": 1.50,\n  "b": [\n    "x\\n, {",\n    {}\n  ],\n  "a": [],')
  t.equal(spread(lines), lines)
  t.equal(spread('{"a":'), '{"a":', 'what is no JSON stays')
  t.equal(asTyped('\r\na\r\nb'), 'a\nb')
  t.strictSame(
    comparedLines('{\n  "a": 1,\n  "b": 2\n}', '{\n  "a": 3\n}').map(
      ({ kind, text: line }) => `${kind} ${line.trim()}`,
    ),
    ['same {', 'gone "a": 1,', 'gone "b": 2', 'new "a": 3', 'same }'],
  )
})

t.test('the pages about intake', async (t) => {
  const world = await deskWorld(t)
  const { ground, app, roster } = world
  const { db } = ground
  const admin = await world.person('district_admin')
  const second = await world.person('district_admin')
  const inspector = await world.person('inspector')
  const operator = await world.person('operator')
  const manager = await world.person('school_manager', { school: 'S01' })
  const name = `来源 ${randomUUID()}`
  const home = 'https://other.example'
  const source = await addSource(ground, { name, preset: 'adl', actorHomePages: [home] })
  const id = source.source_id
  const page = `/desk/sources/${id}`

  async function push(changes: object): Promise<string> {
    const answer = await app.inject({
      method: 'POST',
      url: '/xapi/statements',
      headers: {
        authorization: `Basic ${Buffer.from(`${source.key}:${source.secret}`).toString('base64')}`,
        'content-type': 'application/json',
        'x-experience-api-version': '1.0.3',
      },
      payload: JSON.stringify({
        id: randomUUID(),
        actor: { account: { homePage: home, name: 'somebody' } },
        verb: { id: 'http://adlnet.gov/expapi/verbs/completed' },
        object: { id: 'https://other.example/course/1' },
        timestamp: new Date(Date.now() - 60_000).toISOString(),
        ...changes,
      }),
    })
    return String(answer.headers['x-xueshi-receipt'])
  }

  const colour = { context: { colour: 'blue' } }
  const rejected = await push({ ...colour, actor: { account: { homePage: home, name: 'private-name' } } })
  const letter = `/desk/rejected/${rejected}`

  t.test('who may see them and who may change something', async (t) => {
    const reads = [
      '/desk/sources',
      page,
      '/desk/rejected',
      letter,
      '/desk/rules',
      `/desk/rules/${id}`,
      '/desk/aliases',
    ]
    for (const url of [...reads, '/desk/destinations']) {
      for (const person of [admin, inspector, operator]) t.equal((await person.get(url)).statusCode, 200, url)
      t.equal((await manager.get(url)).statusCode, 403, url)
      t.notMatch(
        (await inspector.get(url)).body.replaceAll('action="/logout"', ''),
        /<form method="post" action/,
        url,
      )
    }
    const posts: [string, Record<string, string>][] = [
      ['/desk/sources', { name: 'x', preset: 'adl', home_pages: '*', state: 'live' }],
      [`${page}/state`, { state: 'paused' }],
      [`${page}/settings`, { home_pages: '*' }],
      [`${page}/credentials`, {}],
      [`${page}/signing`, { deed: 'set', secret: 'a-signing-secret' }],
      [`${page}/credentials/revoke`, { key: source.key }],
      [letter, { step: 'preview' }],
      [`${letter}/dismiss`, { why: 'x' }],
      ['/desk/rejected/mend', { code: 'unknown-property', mending: 'remove-unknown' }],
      [`/desk/rules/${id}`, { step: 'try', rules: 'x' }],
      [`/desk/rules/${id}/decide`, { version: '1', verdict: 'approve', why: 'x' }],
      ['/desk/aliases', { activity: `${id} x:y`, offering: 'x', why: 'x' }],
      ['/desk/aliases/remove', { source: id, activity: 'x:y', why: 'x' }],
      ['/desk/destinations', { kind: 'webhook', name: 'x', url: 'https://x.example', event: 'claim.posted' }],
      [`/desk/destinations/${id}/remove`, { sure: 'yes' }],
    ]
    for (const [url, fields] of posts) {
      for (const person of [inspector, operator, manager])
        t.equal((await person.post(url, fields)).statusCode, 403, url)
      const foreign = await admin.post(url, { ...fields, _csrf: 'guessed' })
      t.match(foreign, { statusCode: 403, body: /csrf-refused/ }, url)
    }
    t.match((await admin.get(page)).body, '正常')
  })

  t.test('a source is set, paused and taken live again', async (t) => {
    const settings = { home_pages: `${home}\n`, outside: 'refuse', guard: 'block', on_void: 'auto' }
    const more = {
      on_conflict: 'refuse',
      on_overload: 'refuse',
      hops: 'honour',
      rate_statements: '50',
      rate_bytes: '',
    }
    t.match((await admin.post(`${page}/settings`, { ...settings, ...more })).headers.location, /told=saved/)
    t.match(
      (await admin.post(`${page}/settings`, { ...settings, ...more })).headers.location,
      /told=unchanged/,
    )
    t.match((await inspector.get(page)).body, '自动撤销学时')
    t.match((await inspector.get(page)).body, '采信（对方是向本系统转发的另一套学时簿）')
    t.equal((await sourceById(db, id))?.hops, 'honour')

    const wrong = await admin.post(`${page}/settings`, { ...settings, ...more, rate_statements: 'many' })
    t.match(wrong, { statusCode: 422, body: /填写的内容不完整或格式不对/ })
    t.match(wrong.body, 'value="many"')

    t.match((await admin.post(`${page}/state`, { state: 'paused' })).headers.location, /told=state/)
    t.match((await admin.get(page)).body, '恢复接收')
    t.match((await admin.post(`${page}/state`, { state: 'live' })).headers.location, /told=state/)
    t.match((await admin.post(`${page}/state`, { state: 'revoked' })).headers.location, /told=not_sure/)
    const { events } = await auditPage(db, { subjectId: id, action: 'source-changed' })
    t.ok(events.length >= 3 && events.every(({ actor }) => actor === `login:${admin.login}`))
  })

  t.test('what waited on trial may be dropped with going live', async (t) => {
    const trial = await admin.post('/desk/sources', {
      name: `试用 ${randomUUID()}`,
      preset: 'adl',
      home_pages: 'https://trial.example',
      state: 'trial',
    })
    const [, made] = /\/desk\/sources\/([0-9a-f-]{36})">查看该来源/.exec(trial.body) ?? []
    t.match((await admin.get(`/desk/sources/${made}`)).body, '丢弃试用期间等待的记录')
    const live = await admin.post(`/desk/sources/${made}/state`, { state: 'live', discard: 'yes' })
    t.match(live.headers.location, /told=discarded&n=0/)
    const again = await admin.post(`/desk/sources/${made}/state`, { state: 'live', discard: 'yes' })
    t.match(again, { statusCode: 422, body: /没有试用记录可以丢弃/ })
    t.match(again.body, /<details[^>]*><summary>技术细节（英文）<\/summary>/)
  })

  t.test('a secret is shown once, and a key can be revoked', async (t) => {
    const made = await admin.post(`${page}/credentials`, { scope: ['statements/write', 'state'], days: '30' })
    const [, key = '', secret = ''] =
      /密钥名[\s\S]*?<code>(\S+?)<\/code>[\s\S]*?<code>(\S+?)<\/code>/.exec(made.body) ?? []
    t.ok(secret.length > 20)
    t.equal(made.headers['cache-control'], 'no-store')
    const after = (await admin.get(page)).body
    t.match(after, key)
    t.notMatch(after, secret)
    t.match((await admin.post(`${page}/credentials/revoke`, { key })).headers.location, /told=key_revoked/)
    const again = await admin.post(`${page}/credentials/revoke`, { key })
    t.match(again, { statusCode: 422, body: /没有这个有效的密钥/ })
  })

  t.test('the signing secret is set, never shown, and taken away', async (t) => {
    const set = await admin.post(`${page}/signing`, { deed: 'set', secret: 'a-signing-secret' })
    t.match(set.headers.location, /told=signing/)
    const shown = (await inspector.get(page)).body
    t.match(shown, '须签名')
    t.notMatch((await admin.get(page)).body, 'a-signing-secret')
    t.match(await admin.post(`${page}/signing`, { deed: 'set', secret: 'x' }), { statusCode: 422 })
    await admin.post(`${page}/signing`, { deed: 'remove', secret: '' })
    t.match((await inspector.get(page)).body, '不验签')
  })

  t.test('a refused request shows its faults; what was sent only to who may see records', async (t) => {
    t.match((await admin.get('/desk/rejected')).body, '不认识的属性')
    const seen = (await admin.get(letter)).body
    t.match(seen, '/context/colour')
    t.match(seen, 'private-name')
    t.match((await inspector.get(letter)).body, 'private-name')
    const blind = (await operator.get(letter)).body
    t.match(blind, '/context/colour')
    t.notMatch(blind, /private-name|blue/)
    t.match((await operator.get(`${page}?id=${rejected}`)).body, `href="${letter}"`)
    t.match((await operator.get(`${page}?id=${randomUUID()}`)).body, '没有这个编号的回执或记录')
    t.match((await operator.get(`${page}?id=x`)).body, '请输入 UUID 形式的编号')
    t.equal((await admin.get(`/desk/rejected/${randomUUID()}`)).statusCode, 404)
  })

  t.test('an identity number in what was refused is starred out', async (t) => {
    const number = anIdentityNumber(77)
    const receipt = await push({ ...colour, actor: { account: { homePage: home, name: number } } })
    const { body } = await admin.get(`/desk/rejected/${receipt}`)
    t.match(body, '*'.repeat(18))
    t.match(body, '已遮盖身份证号码')
    t.notMatch(body, number)
  })

  t.test('only what was looked at is replayed', async (t) => {
    const look = await admin.post(letter, { step: 'preview', mending: 'remove-unknown' })
    const [, seen = ''] = /name="seen" value="([0-9a-f]{64})"/.exec(look.body) ?? []
    t.match(look.body, '修补后没有问题')
    t.match(look.body, /<del>-\s+&quot;colour&quot;/)

    const order = { step: 'replay', mending: 'remove-unknown', seen }
    t.match((await admin.post(letter, order)).body, '请填写理由')
    const other = await admin.post(letter, { ...order, mending: ['remove-unknown', 'trim'], why: '改正' })
    t.match(other.body, '内容已与预览的不同')
    t.match(
      (await admin.post(letter, { ...order, why: '改正' })).headers.location,
      /told=replayed&accepted=1/,
    )
    t.match((await admin.get(letter)).body, '已修补重放')
    const receipt = (await inspector.get(`${page}?id=${rejected}`)).body
    t.match(receipt, /拒收<div class="small">已修补重放（/)
    t.match(receipt, '已接收，待处理')
    t.match(receipt, `href="${letter}"`)
    const { events } = await auditPage(db, { subjectId: rejected })
    t.match(events, [
      { actor: `login:${admin.login}`, action: 'rejected-replayed', detail: { reason: '改正' } },
    ])
  })

  t.test('a text that is edited by hand is looked at as it is; one left alone is no edit', async (t) => {
    const receipt = await push({ verb: { id: 'finished' } })
    const url = `/desk/rejected/${receipt}`
    const [, shown = ''] = /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec((await admin.get(url)).body) ?? []
    const text = shown.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
    const untouched = await admin.post(url, { step: 'preview', 'text-0': text.replaceAll('\n', '\r\n') })
    t.match(untouched.body, '还有 1 条记录有问题')
    t.notMatch(untouched.body, '手工修改')
    const edited = text.replace('"finished"', '"http://adlnet.gov/expapi/verbs/completed"')
    const mended = await admin.post(url, { step: 'preview', 'text-0': edited })
    t.match(mended.body, '修补后没有问题')
    t.match(mended.body, '手工修改')
    t.match((await admin.post(`${url}/dismiss`, { why: '重复推送' })).headers.location, /told=dismissed/)
    t.match((await admin.post(`${url}/dismiss`, { why: '重复推送' })).body, '已由他人处理')
  })

  t.test('all of one fault is mended at once, after a look', async (t) => {
    await push(colour)
    await push(colour)
    const order = { code: 'unknown-property', source: id, mending: 'remove-unknown' }
    const look = await admin.post('/desk/rejected/mend', { ...order, step: 'preview' })
    t.match(look.body, /查看了 3 条推送，其中 2 条修补后可以重放/)
    const unseen = await admin.post('/desk/rejected/mend', { ...order, step: 'replay', why: '改正' })
    t.notMatch(unseen.body, '已重放')
    const seen = { ...order, step: 'replay', why: '改正', seen: 'remove-unknown' }
    t.match((await admin.post('/desk/rejected/mend', seen)).body, /已重放：存入 2 条记录/)
  })

  t.test('rules are tried, proposed by one and approved by another', async (t) => {
    const url = `/desk/rules/${id}`
    const faulty = await admin.post(url, { step: 'try', rules: 'completions: 7' })
    t.match(faulty, { statusCode: 422, body: /规则有误/ })
    t.match(faulty.body, '/completions')
    const rules = 'pass: {by: score, failed_after_passed: ignore}'
    t.match((await admin.post(url, { step: 'try', rules })).body, '试算结果')
    const files = [{ field: 'file', name: 'rules.yaml', bytes: Buffer.from(rules) }]
    t.match(
      (await admin.upload(url, { step: 'try', rules: '' }, files)).body,
      /试算结果[\s\S]*failed_after_passed: ignore/,
    )
    t.match((await admin.post(url, { step: 'propose', rules })).body, '须填写适用日期和理由')
    const made = await admin.post(url, { step: 'propose', rules, from: '2026-09-01', why: '按成绩' })
    t.match(made.headers.location, /told=proposed&n=1/)
    t.notMatch((await admin.get(url)).body, 'value="approve"')
    const approval = { version: '1', verdict: 'approve', why: '同意' }
    t.match((await admin.post(`${url}/decide`, approval)).body, '提出规则的人不能自己批准')
    t.match(
      (await second.post(`${url}/decide`, { ...approval, verdict: 'try', from: '2026-09-01' })).body,
      '试算结果',
    )
    t.match((await second.post(`${url}/decide`, approval)).headers.location, /told=decided/)
    t.match((await inspector.get(`${url}?load=1`)).body, /failed_after_passed: ignore/)
    t.match((await inspector.get(`${url}?load=9`)).statusCode, 404)
  })

  t.test('an activity is mapped, and the mapping taken away', async (t) => {
    while ((await convertWaiting(ground)) > 0);
    await admin.post('/desk/queue/link', {
      home_page: home,
      name: 'somebody',
      teacher_no: roster.no('T0001'),
    })
    while ((await convertWaiting(ground)) > 0);
    const { code } = await anOffering(world.posting)
    const activity = `https://other.example/${randomUUID()}`
    await push({ object: { id: activity } })
    while ((await convertWaiting(ground)) > 0);

    t.match((await inspector.get('/desk/aliases')).body, activity)
    const wish = { activity: `${id} ${activity}`, offering: code, why: '同一门课' }
    t.match((await admin.post('/desk/aliases', { ...wish, offering: '' })).headers.location, /told=nothing/)
    const unknown = await admin.post('/desk/aliases', { ...wish, offering: 'nowhere' })
    t.match(unknown, { statusCode: 422, body: /课程目录里没有这个课程编号/ })
    t.match((await admin.post('/desk/aliases', wish)).headers.location, /told=mapped&n=1/)
    t.match((await inspector.get(`/desk/aliases?source=${id}`)).body, code)
    const gone = { source: id, activity, why: '弄错了' }
    t.match((await admin.post('/desk/aliases/remove', gone)).headers.location, /told=removed/)
    t.match((await admin.post('/desk/aliases/remove', gone)).body, '没有这条对应')
  })

  t.test('a destination is added, changed, paused and removed; its secret is shown once', async (t) => {
    const wish = {
      kind: 'lrs',
      name: `市级 ${randomUUID()}`,
      url: 'https://lrs.example/xapi',
      version: '2.0.0',
    }
    const more = { names: 'drop', actors: 'keep', credential: 'basic', key: 'k', secret: 'never-shown-again' }
    const wrong = await admin.post('/desk/destinations', { ...wish, ...more, url: 'http://10.0.0.1/' })
    t.match(wrong, { statusCode: 422, body: /目的地的设置不正确/ })
    t.notMatch(wrong.body, 'never-shown-again')
    const { location = '' } = (await admin.post('/desk/destinations', { ...wish, ...more })).headers
    t.match(location, /^\/desk\/destinations\/[0-9a-f-]{36}$/)
    t.notMatch((await admin.get(String(location))).body, 'never-shown-again')
    const at = String(location)
    const change = {
      ...wish,
      names: 'keep',
      actors: 'keep',
      credential: '',
      verbs: 'http://adlnet.gov/expapi/verbs/passed',
    }
    t.match((await admin.post(at, change)).headers.location, /told=saved/)
    t.match((await admin.get(at)).body, 'expapi/verbs/passed')
    t.match((await admin.post(`${at}/state`, { deed: 'pause' })).headers.location, /told=state/)
    t.match((await admin.get('/desk/destinations')).body, '原因：人工暂停')
    t.match((await admin.post(`${at}/replay`, { code: '' })).headers.location, /told=nothing/)
    t.match((await admin.post(`${at}/remove`, {})).headers.location, /told=not_sure/)
    t.match((await admin.post(`${at}/remove`, { sure: 'yes' })).headers.location, /told=removed/)

    const hook = {
      kind: 'webhook',
      name: `通知 ${randomUUID()}`,
      url: 'https://hooks.example/a',
      event: 'claim.posted',
    }
    t.match((await admin.post('/desk/destinations', hook)).body, '签名密钥只显示这一次')
  })
})
