// @lane embedded: pages over what the rooms below test on both engines.
import type { FastifyInstance } from 'fastify'
import { createLocalJWKSet, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { newId } from '../../foundation/ids.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { pickerRoutes, pickFirst } from '../../lti-tool/deep-linking/routes.tsx'
import { csrfToken } from '../../lti-tool/launch/session.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { insertKeyPair, makeKeyPair } from '../../lti-tool/lti-services/key-pair.ts'
import { type Claims, claim, FakePlatform, roles } from '../support/fake-platform.ts'
import { freshGround } from '../support/ground.ts'
import {
  begin,
  codeOf,
  type Entered,
  enter,
  enteredBy,
  form,
  launchWith,
  loginParameters,
  post,
  probePages,
  toolApp,
} from '../support/launching.ts'
import { anOffering, keepOffering } from './coursework-world.ts'

const ground = await freshGround(t)
const platform = await FakePlatform.start(t)
await platform.registerWithoutKeys(ground)
const { kid } = await ground.db('ltijs_platform').first('kid')
// Smaller than in earnest, since making a large one takes seconds.
const pair = { ...(await makeKeyPair(2048)), kid }
const owner = { iss: platform.url, clientId: platform.clientId }
await transact(ground.db, (trx) => insertKeyPair(trx, ground.config.toolKeySecret, owner, pair, ground.now()))
const app = await toolApp(t, ground, [pingRoute, pickFirst, pickerRoutes, probePages({ posted: 0 })])

const aClass = { trainingClassId: newId(), code: '2026-1', sessions: [] }
const ethics = anOffering({ classes: [{ ...aClass, from: '2020-03-01', to: '2020-06-30' }] })
const data = anOffering({
  code: 'KC-2026-002',
  title: '用数据读懂一节课',
  category: '信息技术',
  form: '线下培训',
  level: 'city',
  approvedMilliHours: 12_500,
  projectTitle: '数字素养',
  classes: [{ ...aClass, from: '2026-01-01', to: '2036-01-01' }],
})
const unapproved = anOffering({ code: 'KC-2026-003', title: '尚未获批', approvedOn: null })
for (const offering of [ethics, data, unapproved]) await keepOffering(ground, offering)

const dl = 'https://purl.imsglobal.org/spec/lti-dl/claim/'

function asking(settings: Record<string, unknown> = {}): Claims {
  return {
    [claim.messageType]: 'LtiDeepLinkingRequest',
    [claim.roles]: [roles.instructor],
    [claim.resourceLink]: undefined,
    [claim.deepLinking]: {
      deep_link_return_url: `${platform.url}/return?course=7`,
      accept_types: ['ltiResourceLink'],
      accept_presentation_document_targets: ['iframe', 'window'],
      accept_multiple: true,
      data: 'opaque <data>',
      ...settings,
    },
  }
}

const get = ({ launchId, cookie }: Entered, path = 'picker') =>
  app.inject({ url: `/app/${launchId}/${path}`, headers: { cookie, accept: 'text/html' } })

function answer(entered: Entered, fields: [string, string][], headers: Record<string, string> = {}) {
  const { launchId, cookie } = entered
  const body = form([['_csrf', csrfToken(ground.config, launchId)], ...fields])
  return app.inject({
    method: 'POST',
    url: `/lti/deep-links?launch=${launchId}`,
    payload: body.payload,
    headers: { ...body.headers, cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin', ...headers },
  })
}

const pick = (...offerings: OfferingInfo[]) =>
  offerings.map(({ offeringId }): [string, string] => ['pick', offeringId])

/** The answer as the platform verifies it: by the tool's key set, for its own issuer. */
async function verified(body: string) {
  const jwt = /name="JWT" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const keys = createLocalJWKSet((await app.inject('/lti/jwks')).json())
  return jwtVerify(jwt, keys, { issuer: platform.clientId, audience: platform.url, algorithms: ['RS256'] })
}

t.test(
  'A19: a course leader is led to the catalogue, with every approved offering and no other',
  async (t) => {
    const response = await launchWith(app, ground, platform, asking())
    t.equal(response.statusCode, 303)
    const entered = enteredBy(response)

    const front = await get(entered, '')
    t.equal(front.statusCode, 303)
    t.equal(front.headers.location, `/app/${entered.launchId}/picker`)
    const page = await get(entered)

    t.equal(page.statusCode, 200)
    t.match(page.body, /师德与法治/)
    t.match(page.body, /用数据读懂一节课/)
    t.notMatch(page.body, /尚未获批/)
    t.match(page.headers['content-security-policy'], /frame-ancestors http:\/\/127/)
  },
)

const searches: [string, Record<string, string>, OfferingInfo[]][] = [
  ['words of the title, in any width', { q: '数据　一节课' }, [data]],
  ['the code', { q: 'kc-2026-001' }, [ethics]],
  ['the project', { q: '数字素养' }, [data]],
  ['the category', { category: '信息技术' }, [data]],
  ['the level', { level: 'district' }, [ethics]],
  ['the form', { form: '网络研修' }, [ethics]],
  ['hours of a range, whose end belongs to it', { hours: '2-to-6' }, [ethics]],
  ['more hours than twelve', { hours: 'over-12' }, [data]],
  ['a level and a form that no offering has together', { level: 'city', form: '网络研修' }, []],
  ['a word that is no level', { level: 'galaxy' }, [ethics, data]],
]

t.test('A19: the catalogue is searched by', async (t) => {
  const entered = await enter(app, ground, platform, asking())
  for (const [name, query, expected] of searches) {
    t.test(name, async (t) => {
      const { body } = await get(entered, `picker?${new URLSearchParams(query)}`)
      const found = [...body.matchAll(/name="pick" value="([^"]+)"/g)].map(([, id]) => id)
      t.strictSame(found.sort(), expected.map(({ offeringId }) => offeringId).sort())
    })
  }
})

t.test('A19: what can still be taken stands before what is over', async (t) => {
  const entered = await enter(app, ground, platform, asking())

  const { body } = await get(entered, 'picker')

  t.ok(body.indexOf(data.title) < body.indexOf(ethics.title))
  t.match(body, /各班已结束/)
})

t.test('A19: a choice outlives searching, and is confirmed before it is answered', async (t) => {
  const entered = await enter(app, ground, platform, asking())
  const query = new URLSearchParams([['category', '信息技术'], ...pick(ethics)])

  const page = await get(entered, `picker?${query}`)
  t.match(page.body, new RegExp(`value="${ethics.offeringId}"[^>]* checked`))
  t.match(page.body, /已选 1 门/)

  const review = await get(entered, `picker?${query}&step=review`)
  t.match(review.body, /确认加入的课程/)
  t.match(review.body, /name="column"/)
  t.notMatch(review.body, /用数据读懂一节课/)
})

t.test(
  'A19: the answer is signed, timed, addressed and says what was chosen; its link launches',
  async (t) => {
    const entered = await enter(app, ground, platform, asking())

    const response = await answer(entered, [...pick(ethics, data), ['column', '1']])

    t.equal(response.statusCode, 200)
    t.match(response.headers['content-security-policy'], `form-action 'self' ${platform.url};`)
    t.match(response.headers['cache-control'], 'no-store')
    t.match(response.body, `action="${platform.url}/return?course=7"`)
    const { payload, protectedHeader } = await verified(response.body)
    t.match(protectedHeader, { alg: 'RS256', kid })
    t.match(payload, {
      [claim.messageType]: 'LtiDeepLinkingResponse',
      [claim.version]: '1.3.0',
      [claim.deploymentId]: '1',
      [`${dl}data`]: 'opaque <data>',
    })
    t.ok(typeof payload.nonce === 'string' && payload.nonce.length > 10)
    t.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60)
    const items = payload[`${dl}content_items`] as Record<string, unknown>[]
    t.equal(items.length, 2)
    t.match(items[0], {
      type: 'ltiResourceLink',
      title: '师德与法治',
      url: `${ground.config.publicUrl}/lti/launch/offerings/${ethics.offeringId}`,
      custom: { offering_code: 'KC-2026-001' },
      lineItem: { scoreMaximum: 100, label: '师德与法治', resourceId: 'KC-2026-001', tag: 'xueshi' },
    })

    const returned = await launchBy(app, String(items[0]?.url))
    t.equal(returned.statusCode, 303)
    const { launchId, cookie } = enteredBy(returned)
    const launch = (await app.inject({ url: `/app/${launchId}/who`, headers: { cookie } })).json()
    t.equal(launch.offeringId, ethics.offeringId)
  },
)

async function launchBy(server: FastifyInstance, url: string) {
  const parameters = { ...loginParameters(ground, platform), target_link_uri: url }
  const { state, nonce, cookie } = await begin(server, ground, platform, parameters)
  const token = await platform.sign(platform.claims(ground, nonce, { [claim.target]: url }))
  return post(server, { token, state, cookie })
}

t.test('A19: no column of the gradebook where the platform or the leader wants none', async (t) => {
  const refusing = await enter(app, ground, platform, asking({ accept_lineitem: false }))
  const unticked = await enter(app, ground, platform, asking({ accept_lineitem: true }))

  const answers = [
    await answer(refusing, [...pick(ethics), ['column', '1']]),
    await answer(unticked, pick(ethics)),
  ]

  for (const { body } of answers) {
    const { payload } = await verified(body)
    const [item] = payload[`${dl}content_items`] as Record<string, unknown>[]
    t.equal(item?.lineItem, undefined)
  }
})

t.test('A19: a leader who chooses nothing goes back with an empty answer and a word', async (t) => {
  const entered = await enter(app, ground, platform, asking())

  const { payload } = await verified((await answer(entered, [['cancel', '1']])).body)

  t.match(payload, { [`${dl}content_items`]: [], [`${dl}msg`]: /没有选取/ })
})

const refusals: [string, Record<string, unknown>, [string, string][], RegExp][] = [
  ['nothing', {}, [], /还没有选课程/],
  ['two where the platform takes one', { accept_multiple: false }, pick(ethics, data), /只接受一门/],
  ['two where the platform does not say', { accept_multiple: undefined }, pick(ethics, data), /只接受一门/],
  ['one that is not approved', {}, pick(unapproved), /不在获批目录/],
  ['one that does not exist', {}, [['pick', 'x'.repeat(36)]], /不在获批目录/],
]

for (const [name, settings, picks, words] of refusals) {
  t.test(`A19: a choice of ${name} is not answered, and the leader may choose again`, async (t) => {
    const entered = await enter(app, ground, platform, asking(settings))

    const refused = await answer(entered, picks)
    const again = await answer(entered, pick(ethics))

    t.equal(refused.statusCode, 422)
    t.match(refused.body, words)
    t.equal(again.statusCode, 200)
  })
}

t.test('a platform that asks for files only is told that there is nothing to choose', async (t) => {
  const entered = await enter(app, ground, platform, asking({ accept_types: ['file'] }))

  t.match((await get(entered)).body, /没有可选的内容/)
  t.equal((await answer(entered, pick(ethics))).statusCode, 422)
  t.equal((await answer(entered, [['cancel', '1']])).statusCode, 200)
})

t.test('R33: an answer goes to the platform alone', async (t) => {
  for (const url of ['javascript:alert(1)', 'https://elsewhere.example/return', 'not an address']) {
    const response = await launchWith(app, ground, platform, asking({ deep_link_return_url: url }))
    t.equal(response.statusCode, 401, url)
    t.equal(codeOf(response), 'lti-return-url-refused', url)
  }
})

t.test('R33: quotes and tags in a return address of the platform make no markup', async (t) => {
  const url = `${platform.url}/r"><script>alert(1)</script>?a='"><img src=x onerror=alert(1)>`
  const entered = await enter(app, ground, platform, asking({ deep_link_return_url: url }))

  const { statusCode, body } = await answer(entered, pick(ethics))

  t.equal(statusCode, 200)
  t.notMatch(body, /<script>|<img|onerror=alert\(1\)>/)
  t.match(body, /action="http:\/\/127\.0\.0\.1:\d+\/r%22%3E%3Cscript/)
})

t.test('R34: a learner may not choose content', async (t) => {
  for (const list of [[roles.student], []]) {
    const response = await launchWith(app, ground, platform, { ...asking(), [claim.roles]: list })
    t.equal(response.statusCode, 403)
    t.equal(codeOf(response), 'lti-leader-only')
  }
})

t.test('R34: a request is answered once, and its settings are gone', async (t) => {
  const entered = await enter(app, ground, platform, asking())

  const answers = await Promise.all([1, 2, 3].map(() => answer(entered, pick(ethics))))
  const later = await answer(entered, [['cancel', '1']])

  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 409, 409])
  t.equal(later.statusCode, 409)
  t.equal(codeOf(later), 'link-request-answered')
  const { deep_linking } = await ground
    .db('lti_launch')
    .where('launch_id', idBytes(entered.launchId))
    .first('deep_linking')
  t.equal(deep_linking, null)
  t.match((await get(entered)).body, /这次选取已经完成/)
})

t.test('R42: an answer needs the page’s token, and a session of its own launch', async (t) => {
  const entered = await enter(app, ground, platform, asking())
  const other = await enter(app, ground, platform, asking())

  const foreign = await answer(entered, pick(ethics), { 'sec-fetch-site': 'cross-site' })
  const unsigned = await answer({ ...entered, cookie: other.cookie }, pick(ethics))

  t.equal(foreign.statusCode, 403)
  t.equal(unsigned.statusCode, 401)
})

t.test('settings without the types that are taken are refused', async (t) => {
  await isRefused(t, asking({ accept_types: undefined }))
  await isRefused(t, asking({ accept_presentation_document_targets: undefined }))
})

async function isRefused(t: Test, claims: Claims): Promise<void> {
  const response = await launchWith(app, ground, platform, claims)
  t.equal(response.statusCode, 401)
  t.equal(codeOf(response), 'lti-claims-invalid')
}

t.test('a launch that asks for no content has no catalogue', async (t) => {
  const entered = await enter(app, ground, platform)

  t.equal((await get(entered)).statusCode, 404)
  t.equal((await answer(entered, pick(ethics))).statusCode, 404)
})
