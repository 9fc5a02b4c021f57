// @lane embedded: what it writes is tested in the rooms below on both engines.
import t, { type Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { asInstant } from '../../foundation/time.ts'
import { mapRoles } from '../../lti-tool/launch/roles.ts'
import { type Claims, claim, FakePlatform, roles } from '../support/fake-platform.ts'
import { freshGround } from '../support/ground.ts'
import {
  begin,
  enter,
  enteredBy,
  form,
  launchWith,
  loginParameters,
  post,
  setCookies,
  toolApp,
} from '../support/launching.ts'

const ground = await freshGround(t)
const app = await toolApp(t, ground)
const platform = await FakePlatform.start(t)
await platform.registerWithoutKeys(ground)

async function who(t: Test, launch: { launchId: string; cookie: string }) {
  const response = await app.inject({
    url: `/app/${launch.launchId}/who`,
    headers: { cookie: launch.cookie },
  })
  t.equal(response.statusCode, 200)
  return response.json()
}

// ── A01–A18 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const noName = { name: undefined, given_name: undefined, family_name: undefined }
const noEmail = { email: undefined }

interface Shape {
  says: string
  changes: Claims
  role?: string
}

const shapesOf = (role: string, short: string, last: Shape): Shape[] => [
  { says: 'plain', changes: {} },
  {
    says: 'several roles',
    changes: {
      [claim.roles]: [
        role,
        'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff',
        'urn:whatever',
      ],
    },
  },
  { says: 'short deprecated role', changes: { [claim.roles]: [short] } },
  { says: 'unknown role', changes: { [claim.roles]: ['http://example.org/roles#Wizard'] }, role: 'visitor' },
  { says: 'empty roles', changes: { [claim.roles]: [] }, role: 'visitor' },
  { says: 'e-mail only', changes: noName },
  { says: 'names only', changes: noEmail },
  { says: 'no personal data', changes: { ...noName, ...noEmail } },
  last,
]

const instructor = shapesOf(roles.instructor, 'Instructor', {
  says: 'e-mail without context',
  changes: { ...noName, [claim.context]: undefined },
})
const student = shapesOf(roles.student, 'Learner', {
  says: 'only a resource link',
  changes: { ...noName, ...noEmail, [claim.context]: undefined, [claim.resourceLink]: { id: 'only' } },
})

const rows = [
  ...instructor.map((shape, n) => ({ id: `A0${n + 1}`, who: 'instructor', role: 'course_leader', shape })),
  ...student.map((shape, n) => ({ id: `A${n + 10}`, who: 'student', role: 'learner', shape })),
]

for (const { id, who: sender, role, shape } of rows) {
  t.test(`${id}: ${sender}, ${shape.says}`, async (t) => {
    const given = sender === 'student' ? roles.student : roles.instructor

    const response = await launchWith(app, ground, platform, { [claim.roles]: [given], ...shape.changes })

    t.equal(response.statusCode, 303)
    t.equal((await who(t, enteredBy(response))).launchRole, shape.role ?? role)
  })
}

// ── A20–A28 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const seconds = () => Math.floor(Date.now() / 1000)

for (const [says, apart] of [
  ['the platform’s clock is a minute ahead', 60],
  ['the platform’s clock is almost a minute behind', -58],
  ['the token is 15 s old', -15],
] as const) {
  t.test(`A20: ${says}`, async (t) => {
    const iat = seconds() + apart
    const response = await launchWith(app, ground, platform, { iat, exp: iat + 60, nbf: iat })

    t.equal(response.statusCode, 303)
  })
}

t.test('A21: a key rotated on the platform is taken after one refetch, the old one gone', async (t) => {
  await enter(app, ground, platform)
  const before = platform.keyRequests

  await platform.rotate()
  await enter(app, ground, platform)
  await enter(app, ground, platform)

  t.equal(platform.keyRequests, before + 1)
})

t.test('A22: aud is a list with the right azp, or a list of one without azp', async (t) => {
  const several = { aud: ['another', platform.clientId], azp: platform.clientId }
  const one = { aud: [platform.clientId], azp: undefined }

  t.equal((await launchWith(app, ground, platform, several)).statusCode, 303)
  t.equal((await launchWith(app, ground, platform, one)).statusCode, 303)
})

t.test(
  'A23: two client_ids on one issuer and two deployments on one registration are each their own',
  async (t) => {
    await platform.registerWithoutKeys(ground, { clientId: 'second-client', deploymentId: 'd2' })
    const [first] = await ground.db('platform_registration').where({ client_id: platform.clientId })
    await ground.db('platform_deployment').insert({
      registration_id: first.registration_id,
      deployment_id: 'other-district',
      state: 'active',
      first_seen_at: ground.now(),
    })

    const other = await begin(app, ground, platform, { client_id: 'second-client' })
    const claims = platform.claims(ground, other.nonce, { aud: 'second-client', [claim.deploymentId]: 'd2' })
    const second = await post(app, { token: await platform.sign(claims), ...other })
    t.match(await who(t, enteredBy(second)), { clientId: 'second-client', deploymentId: 'd2' })
    const district = await enter(app, ground, platform, { [claim.deploymentId]: 'other-district' })
    t.match(await who(t, district), { clientId: platform.clientId, deploymentId: 'other-district' })

    // An issuer with two registrations is told apart by client_id alone, so the rows after this one name it.
    const people = await ground.db('lti_person').where({ iss: platform.url })
    t.equal(people.length, 1, 'people are keyed on issuer and subject, whatever the client')
  },
)

for (const order of ['the first one first', 'the last one first']) {
  t.test(`A24: two logins at once in one browser, ${order}`, async (t) => {
    const begun = [await begin(app, ground, platform), await begin(app, ground, platform)]
    const cookie = begun.map((one) => one.cookie).join('; ')
    const finished = order === 'the first one first' ? begun : begun.toReversed()

    const answers = []
    for (const { state, nonce } of finished) {
      const token = await platform.sign(platform.claims(ground, nonce))
      answers.push(await post(app, { token, state, cookie }))
    }

    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      [303, 303],
    )
  })
}

t.test('A25: the binding comes from the platform’s storage, and every check runs again', async (t) => {
  const begun = await begin(app, ground, platform, { lti_storage_target: '_parent' })
  const binding = begun.cookie.split('=')[1] as string
  const token = await platform.sign(platform.claims(ground, begun.nonce))
  t.match(begun.response.body, `data-storage-origin="${platform.url}"`)
  t.match(begun.response.body, `data-storage-binding="${binding}"`)

  const asks = await post(app, { token, state: begun.state })
  t.equal(asks.statusCode, 200)
  t.match(asks.body, `data-storage-origin="${platform.url}"`)
  t.equal(asks.headers['cache-control'], 'no-store')
  t.equal((await ground.db('lti_login').where({ state: begun.state })).length, 1, 'the login is not used up')

  const response = await post(app, { token, state: begun.state, more: { binding } })
  t.equal(response.statusCode, 303)
})

t.test(
  'A26: a login by GET in a window of its own goes straight on, with Moodle’s hint unchanged',
  async (t) => {
    const hint = '{"cmid":"7","launchid":"ltilaunch7_1528","x":"&=% +"}'
    const query = new URLSearchParams({ ...loginParameters(ground, platform), lti_message_hint: hint })
    const response = await app.inject({
      url: `/lti/login?${query}`,
      headers: { 'sec-fetch-dest': 'document' },
    })

    t.equal(response.statusCode, 302)
    const asked = new URL(String(response.headers.location))
    t.equal(asked.origin + asked.pathname, `${platform.url}/auth`)
    t.match(Object.fromEntries(asked.searchParams), {
      tenant: '1',
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: platform.clientId,
      redirect_uri: `${ground.config.publicUrl}/lti/launch`,
      login_hint: 'user-7',
      lti_message_hint: hint,
      state: /^[\w-]{43}$/,
      nonce: /^[\w-]{43}$/,
    })
  },
)

t.test('A26: a login by POST in a frame gets a page, with a cookie of its own', async (t) => {
  const { response, state } = await begin(app, ground, platform, { lti_deployment_id: '1' })

  t.equal(response.statusCode, 200)
  const [cookie] = setCookies(response)
  t.match(cookie, new RegExp(`^__Secure-lti-${state}=[\\w-]{43}; Max-Age=600; Path=/lti; `))
  t.match(cookie, /HttpOnly/)
  t.match(cookie, /Secure/)
  t.match(cookie, /SameSite=None/)
  t.match(cookie, /Partitioned/)
  t.notMatch(response.body, /data-storage/)
  t.match(response.headers['content-security-policy'], `frame-ancestors ${platform.url}`)
})

t.test('A26: an issuer with one registration may leave the client_id out', async (t) => {
  const single = await FakePlatform.start(t, { clientId: 'only' })
  await single.registerWithoutKeys(ground)
  const { client_id: _, ...parameters } = loginParameters(ground, single)

  const response = await app.inject({ method: 'POST', url: '/lti/login', ...form(parameters) })

  t.equal(response.statusCode, 200)
  t.match(response.body, 'client_id=only')
})

t.test('A26: the check says whether the cookie of a login came back', async (t) => {
  const { state, cookie } = await begin(app, ground, platform)
  const url = `/lti/login/check?state=${state}`

  t.strictSame((await app.inject({ url, headers: { cookie } })).json(), { bound: true })
  t.strictSame((await app.inject({ url })).json(), { bound: false })
  t.strictSame(
    (await app.inject({ url, headers: { cookie: `__Secure-lti-${state}=${'A'.repeat(43)}` } })).json(),
    {
      bound: false,
    },
  )
})

for (const name of [
  '买买提·吐尔逊',
  '䶮龑',
  '𠮷田𡈽',
  '\u{2F80A}', // A compatibility ideograph: normalising would make another character of it.
  `${'迪丽热巴·'.repeat(11)}帕提古丽`,
]) {
  t.test(`A27: the name ${[...name].slice(0, 8).join('')} is kept and shown exactly`, async (t) => {
    const launch = await enter(app, ground, platform, { sub: `person ${name}`, name })

    t.equal((await who(t, launch)).sharedName, name)
    const page = await app.inject({ url: `/app/${launch.launchId}/`, headers: { cookie: launch.cookie } })
    t.match(page.body, `of ${name}`)
  })
}

t.test('A27: family and given name alone are put together as they are written', async (t) => {
  const launch = await enter(app, ground, platform, {
    sub: 'in-parts',
    name: undefined,
    family_name: '欧阳',
    given_name: '娜',
  })

  t.equal((await who(t, launch)).sharedName, '欧阳娜')
})

t.test(
  'A28: the page in a frame offers the same login in a window of its own, without the storage',
  async (t) => {
    const { response } = await begin(app, ground, platform, {
      lti_storage_target: '_parent',
      lti_message_hint: 'x&y',
    })
    const href = /href="(\/lti\/login\?[^"]+)"/.exec(response.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    t.notMatch(href, /storage/)

    const inWindow = await app.inject({ url: href, headers: { 'sec-fetch-dest': 'document' } })
    t.equal(inWindow.statusCode, 302)
    const asked = new URL(String(inWindow.headers.location)).searchParams
    const token = await platform.sign(platform.claims(ground, asked.get('nonce') ?? ''))
    const cookie = setCookies(inWindow)[0]?.split(';')[0] ?? ''
    t.equal((await post(app, { token, state: asked.get('state') ?? '', cookie })).statusCode, 303)
  },
)

// ── what a launch keeps ──────────────────────────────────────────────────────────────────────────────────────────────

t.test(
  'an accepted launch clears the cookie of its login with all its attributes and sets the one of its own',
  async (t) => {
    const { state, nonce, cookie } = await begin(app, ground, platform)
    const response = await post(app, {
      token: await platform.sign(platform.claims(ground, nonce)),
      state,
      cookie,
    })

    const set = setCookies(response)
    const cleared = set.find((one) => one.startsWith(`__Secure-lti-${state}=;`)) ?? ''
    t.match(cleared, /Max-Age=0; Path=\/lti; .*HttpOnly; Secure; Partitioned; SameSite=None/)
    const { launchId } = enteredBy(response)
    const own = set.find((one) => one.startsWith(`__Host-xueshi-${launchId}=`)) ?? ''
    t.match(own, /Max-Age=900; Path=\/; HttpOnly; Secure; Partitioned; SameSite=None/)
  },
)

t.test(
  'what the platform says of course, services and place is kept; what lies elsewhere is dropped',
  async (t) => {
    const { launchId } = await enter(app, ground, platform, {
      [claim.ags]: {
        lineitem: `${platform.url}/lineitem/7?type_id=1`,
        lineitems: 'https://elsewhere.example/lineitems',
        scope: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
      },
      [claim.nrps]: { context_memberships_url: `${platform.url}/members?c=7` },
      [claim.presentation]: {
        document_target: 'iframe',
        locale: 'zh_cn',
        return_url: `${platform.url}/return?sesskey=1`,
      },
      [claim.lis]: { course_section_sourcedid: '99010119900101001X', person_sourcedid: '' },
    })

    const [row] = await ground.db('lti_launch').whereNotNull('line_item_url')
    t.match(row, {
      line_item_url: `${platform.url}/lineitem/7?type_id=1`,
      line_items_url: null,
      memberships_url: `${platform.url}/members?c=7`,
      course_id: 'course-7',
      course_title: '师德与法治',
      course_type: 'CourseSection',
      course_sourcedid: null,
      document_target: 'iframe',
      locale: 'zh_cn',
      launch_roles: 'learner',
    })
    t.ok(launchId)
  },
)

t.test('an optional claim of another form is left out, and the launch goes on', async (t) => {
  const launch = await enter(app, ground, platform, {
    [claim.context]: 'a course',
    [claim.custom]: 7,
    name: 12,
  })

  t.match(await who(t, launch), { courseTitle: null, sharedName: '陈静怡' })
})

t.test('an identity number beside a name or in a title is not kept, and the launch goes on', async (t) => {
  const launch = await enter(app, ground, platform, {
    sub: 'numbered',
    name: '王建国 990101199001010019',
    [claim.context]: {
      id: 'c',
      label: '990101199001010019',
      title: '９９０１０１１９９００１０１００１９ 的课',
    },
  })

  t.match(await who(t, launch), { courseTitle: null, sharedName: null })
  const row = await ground.db('lti_launch').where({ sub: 'numbered' }).first()
  t.match(row, { course_label: null, course_title: null })
})

t.test(
  'a test user is marked, and an instructor who learns is a learner with the rights of both',
  async (t) => {
    const test = 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'
    const launch = await enter(app, ground, platform, {
      [claim.roles]: [test, roles.student, roles.instructor],
    })

    t.match(await who(t, launch), {
      test: true,
      launchRole: 'learner',
      launchRoles: ['learner', 'course_leader'],
    })
  },
)

for (const [role, expected] of [
  ['http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant', 'course_leader'],
  ['http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper', 'course_leader'],
  ['http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator', 'visitor'],
  ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator', 'visitor'],
  ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor', 'visitor'],
  ['http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor', 'visitor'],
  ['http://evil.example/http://purl.imsglobal.org/vocab/lis/v2/membership#Learner', 'visitor'],
  ['constructor', 'visitor'],
] as const) {
  t.test(`the role ${role} is a ${expected}`, async (t) => {
    t.equal(mapRoles([role]).launchRole, expected)
  })
}

t.test('a seventh launch in one browser clears the oldest cookie', async (t) => {
  const kept: string[] = []
  for (let n = 0; n < 6; n++) kept.push((await enter(app, ground, platform)).cookie)
  const { state, nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce))

  const seventh = await post(app, { token, state, cookie: [...kept, cookie].join('; ') })

  const cleared = setCookies(seventh).filter((set) => /^__Host-xueshi-[0-9a-f-]+=;/.test(set))
  t.equal(cleared.length, 1)
  t.equal(cleared[0]?.split('=')[0], kept[0]?.split('=')[0])
  t.match(cleared[0], /Partitioned/)
})

t.test(
  'launch rows lose the platform’s return address with the session, and stale logins are swept',
  async (t) => {
    const { launchSteps } = await import('../../lti-tool/launch/steps.ts')
    await begin(app, ground, platform)
    const later: Ground = { ...ground, now: () => asInstant(ground.now() + 9 * 3600 * 1_000_000) }

    for (const step of launchSteps(later)) await step.run(new AbortController().signal)

    t.equal((await ground.db('lti_launch').whereNotNull('return_url')).length, 0)
    t.equal((await ground.db('lti_login')).length, 0)
    t.equal((await ground.db('lti_handover')).length, 0)
  },
)
