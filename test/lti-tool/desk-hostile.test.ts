// @lane embedded: what it writes is tested in the rooms below on both engines.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { addApiToken } from '../../ledger/access/token.ts'
import { loginCookie } from '../../lti-tool/launch/session.ts'
import { convertWaiting } from '../../xapi-bridge/conversion/convert.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { anOffering } from '../ledger/books-world.ts'
import { deskWorld, type Person } from './desk-world.ts'

const world = await deskWorld(t)
const { ground, app } = world
const admin = await world.person('district_admin')

/** What a browser would take for more than text, in an element, an attribute, a script and a style. */
const mark = `x${randomUUID().slice(0, 8)}`
const evil = `<script>${mark}</script>"'><img src=x onerror=${mark}>`
const home = `https://evil.example/${encodeURIComponent('"')}/`

async function push(
  source: { key: string; secret: string },
  body: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await app.inject({
    method: 'POST',
    url: '/xapi/statements',
    headers: {
      authorization: `Basic ${Buffer.from(`${source.key}:${source.secret}`).toString('base64')}`,
      'content-type': 'application/json',
      'x-experience-api-version': '1.0.3',
      ...headers,
    },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.statusCode, receipt: String(answer.headers['x-xueshi-receipt']) }
}

t.test('nothing that was sent or named is more than text on any page about intake', async (t) => {
  const source = await addSource(ground, {
    name: `${evil.slice(0, 100)}`,
    preset: 'adl',
    actorHomePages: [home, '*'],
  })
  const id = source.source_id
  const statement = (changes: object = {}) => ({
    id: randomUUID(),
    actor: { name: evil, account: { homePage: home, name: evil } },
    verb: { id: 'http://adlnet.gov/expapi/verbs/completed', display: { en: evil } },
    object: {
      id: `https://evil.example/course?a=${encodeURIComponent(evil)}#'"<b>${mark}`.replace(/[<>"]/g, ''),
      definition: { name: { en: evil }, description: { en: evil } },
    },
    timestamp: new Date(Date.now() - 60_000).toISOString(),
    ...changes,
  })
  t.equal((await push(source, statement(), { 'user-agent': evil })).status, 200)
  const refusals = [
    statement({ [evil]: 1 }),
    statement({ result: { extensions: { [evil]: evil } } }),
    statement({ object: { id: evil } }),
    statement({ verb: { id: `javascript:${mark}//${evil}` } }),
    `[{"actor":"${evil.replaceAll('"', '\\"')}"},`,
    `<html>${evil}`,
  ]
  const receipts: string[] = []
  for (const refused of refusals) {
    const { status, receipt } = await push(source, refused, { 'user-agent': evil })
    t.equal(status, 400)
    receipts.push(receipt)
  }
  while ((await convertWaiting(ground)) > 0);
  const letter = `/desk/rejected/${receipts[0]}`
  const preview = await admin.post(letter, { step: 'preview', 'text-0': evil, why: evil })
  const dismissed = await admin.post(`/desk/rejected/${receipts[1]}/dismiss`, { why: evil })
  t.equal(dismissed.statusCode, 303)
  const shown = [
    preview,
    await admin.post('/desk/sources', { name: evil, preset: evil, home_pages: evil, state: evil }),
    await admin.post(`/desk/sources/${id}/settings`, { home_pages: evil, outside: evil, rate_bytes: evil }),
    await admin.post(`/desk/sources/${id}/credentials/revoke`, { key: evil }),
    await admin.post(`/desk/sources/${id}/signing`, { deed: 'set', secret: evil }),
    await admin.post('/desk/aliases', { activity: `${id} ${evil}`, offering: evil, why: evil }),
    await admin.post('/desk/destinations', { kind: 'lrs', name: evil, url: evil, verbs: evil }),
    await admin.post('/desk/rejected/mend', { code: evil, mending: evil, why: evil }),
  ]
  const { code } = await anOffering(world.posting)
  const activity = statement().object.id
  const mapped = await admin.post('/desk/aliases', {
    activity: `${id} ${activity}`,
    offering: code,
    why: evil,
  })
  t.match(mapped.headers.location, /told=mapped/)
  const rules = 'pass: {by: score, failed_after_passed: ignore}'
  const proposed = await admin.post(`/desk/rules/${id}`, {
    step: 'propose',
    rules,
    from: '2026-09-01',
    why: evil,
  })
  t.match(proposed.headers.location, /told=proposed/)
  const receiver = { kind: 'webhook', name: evil.slice(0, 100), url: `https://hooks.example/${mark}` }
  const made = await admin.post('/desk/destinations', { ...receiver, event: 'claim.posted' })
  const [, destination = ''] = /href="\/desk\/destinations\/([0-9a-f-]{36})"/.exec(made.body) ?? []
  t.ok(destination)
  shown.push(made)
  const pages = [
    `/desk/destinations/${destination}`,
    '/desk',
    '/desk/queue',
    '/desk/audit',
    '/desk/sources',
    `/desk/sources/${id}`,
    `/desk/sources/${id}?told=${encodeURIComponent(evil)}&n=${encodeURIComponent(evil)}`,
    `/desk/sources/${id}?id=${encodeURIComponent(evil)}`,
    ...receipts.flatMap((receipt) => [`/desk/rejected/${receipt}`, `/desk/sources/${id}?id=${receipt}`]),
    '/desk/rejected',
    `/desk/rejected?code=${encodeURIComponent(evil)}&source=${encodeURIComponent(evil)}`,
    `/desk/rejected?source=${id}`,
    '/desk/rules',
    `/desk/rules/${id}`,
    '/desk/aliases',
    `/desk/aliases?source=${id}`,
    '/desk/destinations',
  ]
  for (const url of pages) shown.push(await admin.get(url))
  let seen = 0
  for (const { body, statusCode, headers } of shown) {
    t.ok(statusCode < 500, String(statusCode))
    t.notMatch(body, `<script>${mark}`)
    t.notMatch(body, new RegExp(`<(img|b)[^>]*${mark}`))
    t.notMatch(body, new RegExp(`(href|src|action|on\\w+)="(?:javascript:|[^"]*'>)[^"]*${mark}`))
    t.match(String(headers['content-security-policy'] ?? ''), /script-src 'self'/)
    seen += body.split(mark).length - 1
  }
  t.ok(seen > 40, `shown as text ${seen} times`)
})

t.test('addresses and forms that no page of ours makes are refused, never a defect', async (t) => {
  const { source_id: id } = await addSource(ground, {
    name: randomUUID(),
    preset: 'adl',
    actorHomePages: ['*'],
  })
  const odd = ['..%2f..', 'mendings', 'mend', '%00', '__proto__', `${id}%2fcredentials`, randomUUID()]
  for (const one of odd) {
    for (const room of ['sources', 'rejected', 'rules', 'destinations']) {
      const { statusCode } = await admin.get(
        `/desk/${room}/${one}?id=${one}&id=x&told=${one}&n=${one}&load=${one}`,
      )
      t.ok(statusCode >= 400 && statusCode < 500, `/desk/${room}/${one} ${statusCode}`)
    }
  }
  const signedIn = await app.inject({ url: `/test-sign-in/${admin.loginId}` })
  const cookie = `${loginCookie}=${signedIn.cookies.find(({ name }) => name === loginCookie)?.value}`
  const headers = { cookie, 'x-csrf-token': admin.csrf, 'sec-fetch-site': 'same-origin' }
  const twice = { state: ['a', 'b'], step: ['preview', 'replay'], home_pages: ['a', 'b'], secret: ['a', 'b'] }
  const parts = ['state', 'settings', 'credentials/revoke', 'signing'].map((part) => `sources/${id}/${part}`)
  for (const part of [
    ...parts,
    'sources',
    'rejected/mend',
    'rejected/mendings/dismiss',
    'aliases',
    `rules/${id}`,
  ]) {
    const bare = await app.inject({ method: 'POST', url: `/desk/${part}`, headers })
    const many = await admin.post(`/desk/${part}`, { ...twice, name: ['a', 'b'], why: ['a', 'b'] })
    t.ok(bare.statusCode < 500 && many.statusCode < 500, `${part} ${bare.statusCode} ${many.statusCode}`)
  }
})

/** The account of somebody as a script uses it. */
async function tokenOf({ loginId, login }: Person, scopes: string[]): Promise<{ authorization: string }> {
  const { tokenId } = await addApiToken(ground, { login, scopes, days: 1, actor: 'os:tester' })
  const claims = { jti: tokenId, sub: loginId, scopes }
  return { authorization: `Bearer ${await signApiToken(ground.config.tokenSecret, claims, 86_400)}` }
}

t.test('who may not is kept out of every address of the bridge', async (t) => {
  const source = await addSource(ground, { name: randomUUID(), preset: 'adl', actorHomePages: ['*'] })
  const { source_id: id, key, secret } = source
  const other = randomUUID()
  const asked: [method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', url: string, body?: object][] = [
    ['GET', '/api/sources'],
    ['POST', '/api/sources', { name: 'x', preset: 'adl', actor_home_pages: ['*'] }],
    ['GET', `/api/sources/${id}`],
    ['PATCH', `/api/sources/${id}`, { guard: 'off' }],
    ['GET', `/api/sources/${id}/credentials`],
    ['POST', `/api/sources/${id}/credentials`, {}],
    ['POST', `/api/sources/${id}/credentials/${key}/revoke`],
    ['PUT', `/api/sources/${id}/signing-secret`, { secret: 'a-signing-secret' }],
    ['DELETE', `/api/sources/${id}/signing-secret`],
    ['GET', `/api/sources/${id}/receipts/${other}`],
    ['GET', `/api/sources/${id}/statements/${other}`],
    ['GET', '/api/rejected'],
    ['GET', '/api/rejected/mendings'],
    ['GET', `/api/rejected/${other}`],
    ['POST', `/api/rejected/${other}/preview`, {}],
    ['POST', `/api/rejected/${other}/replay`, { reason: 'x' }],
    ['POST', `/api/rejected/${other}/dismiss`, { reason: 'x' }],
    ['POST', '/api/rejected/mend', { code: 'invalid-iri', mendings: ['trim'], apply: true, reason: 'x' }],
    ['GET', '/api/queue'],
    ['GET', '/api/destinations'],
  ]
  const school = { school: 'S01' }
  const kept = [
    await tokenOf(await world.person('school_manager', school), ['read', 'write']),
    await tokenOf(await world.person('principal', school), ['read']),
    await tokenOf(await world.person('teacher', { teacher: 'T0001' }), ['read']),
    await tokenOf(admin, ['teachers:read']),
    await tokenOf(await world.person('inspector'), ['read', 'write']),
    {},
  ]
  const own = { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` }
  for (const [method, url, payload] of asked) {
    const ask = (headers: object) =>
      app.inject({ method, url, headers: headers as Record<string, string>, ...(payload && { payload }) })
    for (const headers of kept) t.match((await ask(headers)).statusCode, /40[13]/, `${method} ${url}`)
    const isReceipt = /receipts|statements/.test(url)
    t.equal((await ask(own)).statusCode, isReceipt ? 404 : 401, `${method} ${url} by a source`)
  }
  const changes = asked.filter(([method, url]) => method !== 'GET' && !/preview/.test(url))
  const reader = await tokenOf(await world.person('inspector'), ['read'])
  for (const [method, url, payload] of changes)
    t.equal(
      (await app.inject({ method, url, headers: reader, ...(payload && { payload }) })).statusCode,
      403,
      url,
    )
  t.equal((await app.inject({ url: '/api/sources', headers: reader })).statusCode, 200)
})

t.test('rules of a live source are not approved by their own maker, by whatever token or page', async (t) => {
  const name = `来源 ${randomUUID()}`
  const source = await addSource(ground, { name, preset: 'adl', actorHomePages: ['*'] })
  const page = `/desk/rules/${source.source_id}`
  const rules = 'pass: {by: score, failed_after_passed: ignore}'
  await admin.post(page, { step: 'propose', rules, from: '2026-09-01', why: '按成绩' })
  const order = { source: name, version: 1, verdict: 'approve', reason: '同意' }
  const decide = async (who: Person) =>
    app.inject({
      method: 'POST',
      url: '/api/rules/decide',
      headers: await tokenOf(who, ['read', 'write']),
      payload: order,
    })

  t.match((await decide(admin)).json(), { status: 409, code: 'rules-same-person' })
  t.match(
    (await admin.post(`${page}/decide`, { version: '1', verdict: 'approve', why: '同意' })).statusCode,
    422,
  )
  t.equal((await decide(await world.person('checker'))).statusCode, 401)
  t.equal((await decide(await world.person('district_admin'))).statusCode, 200)
})
