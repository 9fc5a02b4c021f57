// @lane embedded: calls over HTTP; what is written is tested on both engines in services.test.ts.
import t, { type Test } from 'tap'
import { subjectOf } from '../../demo/platform/people.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import {
  activatePlatform,
  approveDeployment,
  deactivatePlatform,
} from '../../lti-tool/lti-services/platform-state.ts'
import { listPlatforms } from '../../lti-tool/lti-services/registry.ts'
import { advanceRotations, beginRotation, replaceKeyNow } from '../../lti-tool/lti-services/rotation.ts'
import { changePlatform } from '../../lti-tool/platforms/change.ts'
import { type Check, testPlatform } from '../../lti-tool/platforms/diagnosis.ts'
import { sentencesOf } from '../../lti-tool/platforms/diagnosis-words.ts'
import { invitePlatform } from '../../lti-tool/platforms/invitation.ts'
import { form } from '../support/launching.ts'
import { anOffering, keepOffering } from './coursework-world.ts'
import { platformsWorld } from './platforms-world.ts'

t.setTimeout(180_000)
const world = await platformsWorld(t)
const { ground, platform, platformId } = world
const offering = anOffering()
await keepOffering(ground, offering)
const anywhere = addressGuard(['0.0.0.0/0', '::/0'])
const day = 86_400_000
const chief = 'login:chief'

/** What a test of the platform found about one thing. */
async function findingOf(check: Check, guard = anywhere) {
  const { findings } = await testPlatform(ground, platformId, guard)
  return findings.find((finding) => finding.check === check)
}

/** The keys of the tool that the key set shows for the platform under test; others have theirs. */
const publishedKids = async () => {
  const { keys } = (await world.app.inject('/lti/jwks')).json() as { keys: { kid: string }[] }
  const own: { kid: string }[] = await ground.db('ltijs_publickey').where({ client_id: 'xueshi-district' })
  return keys.map(({ kid }) => kid).filter((kid) => own.some((one) => one.kid === kid))
}

const kid = async () => (await listPlatforms(ground))[0]?.kid ?? ''

t.test('before anybody came, a test says that services cannot be looked at yet', async (t) => {
  t.match(await findingOf('launches'), { result: 'unknown', code: 'never-launched' })
  t.match(await findingOf('line-items'), { result: 'unknown', code: 'not-looked' })
  t.match(await findingOf('token'), { result: 'ok', code: 'token-given' })
})

for (const modes of [[], ['moodle'], ['deep-link:no-data']]) {
  t.test(
    `A19: the stand-in platform takes the answer, makes link and column, and launches ${modes}`,
    async (t) => {
      const entered = await world.launch({ addContent: true, modes })

      const { status, page } = await world.answerWith(entered, offering.offeringId)

      t.equal(status, 200, page)
      const made = platform.links('kc').at(-1)
      t.match(made, { title: '师德与法治' })
      t.match(platform.gradebook('kc').at(-1), {
        label: '师德与法治',
        resourceId: 'KC-2026-001',
        tag: 'xueshi',
      })
      const { launchId, cookie } = await world.launch({ link: made?.id as string, modes })
      const who = await world.app.inject({ url: `/app/${launchId}/who`, headers: { cookie } })
      t.equal(who.json().offeringId, offering.offeringId)
    },
  )
}

t.test('A35: a submission review of the stand-in platform opens the work of its learner', async (t) => {
  const review = { learner: 'teacher-1' }
  const { launchId, cookie } = await world.launch({ review, link: platform.links('kc').at(-1)?.id as string })

  const who = await world.app.inject({ url: `/app/${launchId}/who`, headers: { cookie } })
  t.match(who.json(), {
    messageType: 'LtiSubmissionReviewRequest',
    forSub: subjectOf('teacher-1'),
    offeringId: offering.offeringId,
  })
  await t.rejects(world.launch({ review: { learner: 'leader-1' }, person: 'teacher-1' }), /403/)
})

t.test('a platform that is as it should be passes in every respect', async (t) => {
  await world.launch()

  const { ok, findings } = await testPlatform(ground, platformId, anywhere)

  t.equal(ok, true)
  t.strictSame(
    findings.map(({ check, code }) => [check, code]),
    [
      ['state', 'active'],
      ['deployments', 'deployments-active'],
      ['keys', 'keys-found'],
      ['clock', 'clock-even'],
      ['token', 'token-given'],
      ['scopes', 'scopes-all'],
      ['line-items', 'line-items-listed'],
      ['roster', 'roster-listed'],
      ['launches', 'launched'],
    ],
  )
  for (const finding of findings) {
    for (const lang of ['zh-CN', 'en'] as const) t.notMatch(sentencesOf(lang, finding).says, /[{|]/)
  }
})

const faults: [string, string, Check, string, RegExp][] = [
  ['a key set that is a page', 'jwks:html', 'keys', 'keys-unreadable', /公钥/],
  ['a key set that does not answer', 'jwks:down', 'keys', 'keys-network', /连接不到/],
  ['a token endpoint behind a sign-in page', 'token:html', 'token', 'TOKEN_UNAVAILABLE', /jwks/],
  ['a token endpoint that refuses us', 'token:401', 'token', 'TOKEN_UNAVAILABLE', /client_id/],
  ['a gradebook that forbids', 'ags:403', 'line-items', 'FORBIDDEN', /权限/],
  ['a roster that fails', 'nrps:403', 'roster', 'FORBIDDEN', /权限/],
]

for (const [name, mode, check, code, words] of faults) {
  t.test(`a test names ${name}, and says what to do`, async (t) => {
    withMode(t, mode)

    const { ok, findings } = await testPlatform(ground, platformId, anywhere)

    const finding = findings.find((one) => one.check === check)
    t.equal(ok, false)
    t.match(finding, { result: 'fail', code })
    const { says, do: todo } = sentencesOf('zh-CN', finding as NonNullable<typeof finding>)
    t.match(`${says}${todo}`, words)
  })
}

function withMode(t: Test, mode: string): void {
  platform.setModes([mode])
  t.teardown(() => platform.setModes(mode.startsWith('jwks:') ? ['jwks:ok'] : []))
}

t.test('a test names the scopes that are not granted', async (t) => {
  const [tool] = platform.tools
  const scopes = tool?.scopes ?? []
  if (tool) tool.scopes = scopes.filter((scope) => scope.endsWith('/score'))
  t.teardown(() => {
    if (tool) tool.scopes = scopes
  })

  t.match(await findingOf('scopes'), { result: 'warn', values: { granted: 'score', missing: /lineitem/ } })
  t.match(await findingOf('line-items'), { result: 'unknown', code: 'not-looked' })
})

t.test('a test measures how far apart the clocks are', async (t) => {
  world.pass(30_000)
  t.match(await findingOf('clock'), { result: 'warn', code: 'clock-ahead' })
  world.pass(60_000)
  const finding = await findingOf('clock')
  world.pass(-90_000)

  t.match(finding, { result: 'fail', code: 'clock-ahead' })
  t.ok(Math.abs(Number(finding?.values.seconds) - 90) <= 2)
})

t.test('a test from the desk asks no private address that the operator did not name', async (t) => {
  const before = platform.journal().length

  const { findings } = await testPlatform(ground, platformId, addressGuard([]))

  t.match(
    findings.filter(({ result }) => result === 'fail'),
    [{ code: 'keys-address' }, { code: 'address-private' }],
  )
  t.equal(platform.journal().length, before)
})

t.test('what waits for an administrator is said by a test', async (t) => {
  await ground.db('platform_deployment').insert({
    registration_id: (await ground.db('platform_registration').first()).registration_id,
    deployment_id: 'unseen',
    state: 'pending',
    first_seen_at: ground.now(),
  })
  await deactivatePlatform(ground, platformId, chief)

  t.match(await findingOf('state'), { result: 'warn', code: 'inactive' })
  t.match(await findingOf('deployments'), { result: 'warn', code: 'deployments-pending' })
  t.match(await findingOf('token'), { result: 'ok' }, 'before activation too')
  await activatePlatform(ground, platformId, chief)
})

for (const modes of [[], ['moodle']]) {
  t.test(`A33: the stand-in platform registers by a link, is activated, and launches ${modes}`, async (t) => {
    const { url, clientId } = await registered(modes)
    const one = (await listPlatforms(ground)).find((found) => found.clientId === clientId)
    t.match(one, { active: false, issuer: platform.issuer, registeredBy: 'link' }, url)
    const tool = platform.tools.find((found) => found.clientId === clientId)
    if (!tool || !one) throw new Error('not registered')
    tool.state = 'active'
    const launch = () => world.launch({ deployment: tool.deploymentIds[0] as string, modes })
    await t.rejects(launch())

    await activatePlatform(ground, one.platformId, chief)
    if (one.deployments.length === 0) {
      // The platform named none, so the first launch lists it.
      await t.rejects(launch(), /403/)
      await approveDeployment(ground, one.platformId, tool.deploymentIds[0] as string, chief)
    }

    t.ok((await launch()).launchId)
    const { findings } = await testPlatform(ground, one.platformId, anywhere)
    t.match(
      findings.filter(({ result }) => result === 'fail'),
      [],
    )
  })
}

for (const mode of [
  'dynreg:foreign-issuer',
  'dynreg:redirect',
  'dynreg:private',
  'dynreg:huge',
  'dynreg:400',
]) {
  t.test(`R38: a registration with ${mode} comes to nothing`, async (t) => {
    const before = (await listPlatforms(ground)).length

    const { status } = await registered([mode])

    t.equal(status, 400)
    t.equal((await listPlatforms(ground)).length, before)
  })
}

/** A registration from link to answer, as the two administrators go through it. */
async function registered(modes: string[]) {
  const { registrationUrl } = await invitePlatform(ground, { host: new URL(platform.url).host }, chief)
  const { url } = platform.beginRegistration({ registrationUrl, modes })
  const { pathname, search, searchParams } = new URL(url)
  const page = await world.app.inject(pathname + search)
  const { payload, headers } = form([...searchParams])
  const done = await world.app.inject({
    method: 'POST',
    url: pathname,
    payload,
    headers: { ...headers, 'sec-fetch-site': 'same-origin' },
  })
  const clientId = platform.tools.at(-1)?.clientId ?? ''
  return { url, clientId, status: page.statusCode === 200 ? done.statusCode : page.statusCode }
}

t.test('A34: a key is changed without an interruption', async (t) => {
  const old = await kid()
  const isTaken = async (when: string) => {
    t.match(await findingOf('token'), { result: 'ok' }, `${when}: tokens`)
    const { status, page } = await world.answerWith(
      await world.launch({ addContent: true }),
      offering.offeringId,
    )
    t.equal(status, 200, `${when}: deep-linking answers ${page}`)
  }
  await isTaken('before')

  const { newKid } = await beginRotation(ground, platformId, chief)
  t.strictSame((await publishedKids()).sort(), [old, newKid].sort(), 'both are published')
  t.equal(await kid(), old)
  await t.rejects(beginRotation(ground, platformId, chief), { code: 'rotation-under-way' })
  await isTaken('begun')

  world.pass(day - 60_000)
  t.equal(await advanceRotations(ground), 0, 'not before a day is over')
  world.pass(60_000)
  t.equal(await advanceRotations(ground), 1)
  t.equal(await kid(), newKid)
  t.strictSame((await publishedKids()).sort(), [old, newKid].sort())
  world.pass(-day)
  await isTaken('between')

  world.pass(2 * day)
  t.equal(await advanceRotations(ground), 1)
  t.strictSame(await publishedKids(), [newKid])
  t.equal(await advanceRotations(ground), 0)
  world.pass(-2 * day)
  await isTaken('after')
  t.equal((await listPlatforms(ground))[0]?.active, true)
})

t.test('A34: a key that leaked is replaced at once', async (t) => {
  const old = await kid()

  const { newKid } = await replaceKeyNow(ground, platformId, chief)

  t.strictSame(await publishedKids(), [newKid])
  t.not(newKid, old)
  t.match(await findingOf('token'), { result: 'ok' })
  const { events } = await auditPage(ground.db, { action: 'tool-key-rotated' })
  t.match(events[0], { actor: chief, subjectId: platformId, detail: { oldKid: old, newKid } })
})

t.test('name and origins are changed, and what they were is in the audit', async (t) => {
  const changes = { name: '区学习平台', frameOrigins: ['https://school.example', 'https://school.example'] }

  const after = await changePlatform(ground, platformId, changes, chief)

  t.match(after, {
    name: '区学习平台',
    frameOrigins: ['https://school.example'],
    serviceOrigins: [platform.url],
  })
  t.match((await listPlatforms(ground))[0], { name: '区学习平台', frameOrigins: ['https://school.example'] })
  const { events } = await auditPage(ground.db, { action: 'platform-changed' })
  t.match(events, [{ detail: { before: { frameOrigins: [platform.url] } } }])
})

t.test('what is no origin is refused', async (t) => {
  for (const origin of [
    'school.example',
    'https://school.example/path',
    'javascript:alert(1)',
    "https://x'; y",
  ]) {
    await t.rejects(
      changePlatform(ground, platformId, { frameOrigins: [origin] }, chief),
      { code: 'platform-invalid' },
      origin,
    )
  }
  await t.rejects(changePlatform(ground, platformId, { serviceOrigins: [] }, chief), {
    code: 'platform-invalid',
  })
})
