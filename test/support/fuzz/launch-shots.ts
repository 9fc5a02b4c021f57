import { createSign, KeyObject } from 'node:crypto'
import type { Dice } from '../../../demo/steady.ts'
import { beginLogin } from '../../../lti-tool/launch/login.ts'
import { claim, roles } from '../fake-platform.ts'
import { loginParameters } from '../launching.ts'
import type { LaunchScene } from './launch-scene.ts'
import { damaged, misspelt, mutated } from './mutate.ts'
import { printable, type Shot, withWrongHeader } from './requests.ts'

type Json = Record<string, unknown>

const formType = 'application/x-www-form-urlencoded'

/** Draws one request to the launch door: most are right but for one place. */
export async function drawLaunchShot(scene: LaunchScene, dice: Dice): Promise<Shot> {
  const draw = dice.pick([
    claims,
    claims,
    claims,
    claims,
    claims,
    tokenHeader,
    damagedToken,
    launchForm,
    launchCookie,
    login,
    login,
    login,
    check,
    session,
    session,
    deepLinks,
    register,
    other,
  ])
  const shot = await draw(scene, dice)
  return dice.chance(0.1) ? withWrongHeader(shot, dice) : shot
}

function shotOf(dice: Dice, part: Partial<Shot>): Shot {
  const byte = () => dice.whole(0, 255)
  return {
    method: 'POST',
    path: '/lti/launch',
    body: Buffer.alloc(0),
    ids: [],
    isNear: true,
    ...part,
    headers: {
      // Refusals are counted by address; many addresses keep the counter from answering in the door's place.
      'x-forwarded-for': `10.${byte()}.${byte()}.${byte()}`,
      'content-type': formType,
      ...part.headers,
    },
  }
}

/** A launch that nothing is wrong with yet. */
interface Prepared {
  header: Json
  claims: Json
  state: string
  cookie: string
}

async function prepared({ ground, platform, storage }: LaunchScene, dice: Dice): Promise<Prepared> {
  const target = dice.chance(0.2) ? { lti_storage_target: storage } : {}
  const begun = await beginLogin(ground, { ...loginParameters(ground, platform), ...target })
  const nonce = new URL(begun.authenticationUrl).searchParams.get('nonce') ?? ''
  return {
    header: { alg: 'RS256', typ: 'JWT', kid: platform.key.kid },
    claims: platform.claims(ground, nonce, {
      ...services(platform.url),
      ...dice.pick(messages)(platform.url),
      sub: `sub-${dice.whole(1, 500)}`,
    }),
    state: begun.state,
    cookie: `__Secure-lti-${begun.state}=${begun.binding}`,
  }
}

const services = (platformUrl: string): Json => ({
  aud: ['xueshi-client'],
  azp: 'xueshi-client',
  [claim.custom]: { offering_code: 'A-1', other: '$Unknown.variable' },
  [claim.presentation]: { document_target: 'iframe', locale: 'zh-CN', return_url: `${platformUrl}/back` },
  [claim.lis]: { course_section_sourcedid: 'section-1', person_sourcedid: '' },
  [claim.ags]: {
    lineitem: `${platformUrl}/lines/1`,
    lineitems: `${platformUrl}/lines`,
    scope: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
  },
  [claim.nrps]: { context_memberships_url: `${platformUrl}/members`, service_versions: ['2.0'] },
  'https://purl.imsglobal.org/spec/lti/claim/tool_platform': {
    product_family_code: 'moodle',
    version: '5.0',
  },
})

const messages: ((platformUrl: string) => Json)[] = [
  () => ({}),
  () => ({ [claim.roles]: [roles.instructor, 'Instructor', 'urn:unknown'] }),
  (platformUrl) => ({
    [claim.messageType]: 'LtiDeepLinkingRequest',
    [claim.roles]: [roles.instructor],
    [claim.deepLinking]: {
      deep_link_return_url: `${platformUrl}/return`,
      accept_types: ['ltiResourceLink', 'link'],
      accept_presentation_document_targets: ['iframe', 'window'],
      accept_multiple: true,
      data: 'opaque "data"',
    },
  }),
  () => ({
    [claim.messageType]: 'LtiSubmissionReviewRequest',
    [claim.roles]: [roles.instructor],
    [claim.forUser]: { user_id: 'sub-1' },
  }),
]

/** The token of two JSON texts, truly signed: either may be one that a library for tokens would never write. */
function signed({ platform }: LaunchScene, header: string, payload: string): string {
  const content = [header, payload].map((text) => Buffer.from(text).toString('base64url')).join('.')
  const key = KeyObject.from(platform.key.privateKey)
  return `${content}.${createSign('RSA-SHA256').update(content).sign(key, 'base64url')}`
}

function launchShot(
  dice: Dice,
  { state, cookie }: Prepared,
  idToken: string,
  body = new URLSearchParams({ id_token: idToken, state }).toString(),
): Shot {
  return shotOf(dice, { headers: { cookie }, body: Buffer.from(body) })
}

async function claims(scene: LaunchScene, dice: Dice): Promise<Shot> {
  const launch = await prepared(scene, dice)
  return launchShot(dice, launch, signed(scene, JSON.stringify(launch.header), mutated(launch.claims, dice)))
}

async function tokenHeader(scene: LaunchScene, dice: Dice): Promise<Shot> {
  const launch = await prepared(scene, dice)
  const header = mutated({ ...launch.header, ...dice.pick([{}, { crit: ['b64'], b64: false }]) }, dice)
  return launchShot(dice, launch, signed(scene, header, JSON.stringify(launch.claims)))
}

async function damagedToken(scene: LaunchScene, dice: Dice): Promise<Shot> {
  const launch = await prepared(scene, dice)
  const token = signed(scene, JSON.stringify(launch.header), JSON.stringify(launch.claims))
  const wrong = dice.chance(0.5) ? misspelt(token, dice) : damaged(Buffer.from(token), dice).toString()
  return launchShot(dice, launch, wrong)
}

async function launchForm(scene: LaunchScene, dice: Dice): Promise<Shot> {
  const launch = await prepared(scene, dice)
  const token = signed(scene, JSON.stringify(launch.header), JSON.stringify(launch.claims))
  const fields = new URLSearchParams({ id_token: token, state: launch.state })
  const change = dice.pick<() => unknown>([
    () => fields.append(dice.pick(['id_token', 'state']), launch.state),
    () => fields.delete(dice.pick(['id_token', 'state'])),
    () => fields.set('error', dice.pick(['', 'login_required', '<script>alert(1)</script>'])),
    () => fields.set('binding', launch.cookie.slice(-43)),
    () => fields.set('state', misspelt(launch.state, dice)),
    () => fields.set('more', 'x'.repeat(dice.pick([10, 64_000, 70_000]))),
  ])
  if (dice.chance(0.7)) change()
  const text = fields.toString()
  if (dice.chance(0.7)) return launchShot(dice, launch, token, text)
  return { ...launchShot(dice, launch, token), body: damaged(Buffer.from(text), dice), isNear: false }
}

async function launchCookie(scene: LaunchScene, dice: Dice): Promise<Shot> {
  const launch = await prepared(scene, dice)
  const other = await prepared(scene, dice)
  const token = signed(scene, JSON.stringify(launch.header), JSON.stringify(launch.claims))
  const cookie = dice.pick([
    misspelt(launch.cookie, dice).replace(/[^\x20-\x7e]/g, ''),
    `${launch.cookie}; ${other.cookie}`,
    `${launch.cookie}; ${launch.cookie}x`,
    other.cookie,
    `${'a=b; '.repeat(dice.whole(1, 300))}${launch.cookie}`,
  ])
  return launchShot(dice, { ...launch, cookie }, token)
}

async function login({ ground, platform, storage }: LaunchScene, dice: Dice): Promise<Shot> {
  const fields = {
    ...loginParameters(ground, platform),
    lti_message_hint: '{"cmid":7,"launchid":"ltilaunch7_1"}',
    lti_deployment_id: '1',
    lti_storage_target: storage,
  }
  const changed: Json = JSON.parse(mutatedFlat(fields, dice))
  const given = new URLSearchParams(Object.entries(changed).map(([name, value]) => [name, String(value)]))
  const text = dice.chance(0.5)
    ? given.toString()
    : misspelt(new URLSearchParams(fields as Record<string, string>).toString(), dice)
  const headers = dice.pick<Record<string, string>>([{}, { 'sec-fetch-dest': 'document' }])
  if (dice.chance(0.5)) return shotOf(dice, { method: 'GET', path: printable(`/lti/login?${text}`), headers })
  return shotOf(dice, { path: '/lti/login', headers, body: Buffer.from(text) })
}

/** A form's fields with one changed; a change that leaves no JSON is drawn again. */
function mutatedFlat(fields: Json, dice: Dice): string {
  for (;;) {
    const text = mutated(fields, dice)
    try {
      JSON.parse(text)
      return text
    } catch {}
  }
}

async function check(scene: LaunchScene, dice: Dice): Promise<Shot> {
  const { state, cookie } = await prepared(scene, dice)
  const query = misspelt(`state=${state}`, dice)
  return shotOf(dice, { method: 'GET', path: printable(`/lti/login/check?${query}`), headers: { cookie } })
}

async function session({ ground, entered }: LaunchScene, dice: Dice): Promise<Shot> {
  const launch = dice.pick(entered)
  const wish = { launch: launch.launchId, code: launch.code, fresh_code: dice.chance(0.5) }
  const { origin } = new URL(ground.config.publicUrl)
  const token = launch.cookie.split('=')[1] ?? ''
  return shotOf(dice, {
    path: '/lti/session',
    headers: {
      origin: dice.chance(0.9) ? origin : misspelt(origin, dice).replace(/[^\x20-\x7e]/g, ''),
      'content-type': 'application/json',
      ...(dice.chance(0.3) && {
        authorization: `Bearer ${misspelt(token, dice)}`.replace(/[^\x20-\x7e]/g, ''),
      }),
    },
    body: Buffer.from(mutated(wish, dice)),
  })
}

async function deepLinks({ ground, entered }: LaunchScene, dice: Dice): Promise<Shot> {
  const launch = dice.pick(entered)
  const form = new URLSearchParams({ _csrf: launch.csrf, pick: 'A-1', column: '1', cancel: '1' })
  if (dice.chance(0.7)) form.delete('cancel')
  return shotOf(dice, {
    path: printable(`/lti/deep-links?${misspelt(`launch=${launch.launchId}`, dice)}`),
    headers: { origin: new URL(ground.config.publicUrl).origin, cookie: launch.cookie },
    body: Buffer.from(dice.chance(0.5) ? misspelt(form.toString(), dice) : form.toString()),
  })
}

async function register({ ground, platform, invitation }: LaunchScene, dice: Dice): Promise<Shot> {
  const fields = new URLSearchParams({
    openid_configuration: `${platform.url}/nothing`,
    registration_token: 'word',
  })
  const text = misspelt(fields.toString(), dice)
  const { pathname } = new URL(invitation)
  const path = dice.chance(0.5) ? pathname : misspelt(pathname, dice)
  if (dice.chance(0.5)) return shotOf(dice, { method: 'GET', path: printable(`${path}?${text}`) })
  const headers = { origin: new URL(ground.config.publicUrl).origin }
  return shotOf(dice, { path: printable(path), headers, body: Buffer.from(text) })
}

async function other(_scene: LaunchScene, dice: Dice): Promise<Shot> {
  const path = dice.pick([
    '/lti',
    '/lti/',
    '/lti/login/',
    '/lti/launch/offerings/A-1',
    '/lti/launch/offerings/%ff',
    '/lti/launch?ltik=x',
    '/lti/jwks',
    '/lti/login/check',
    '/lti/session',
    '/lti/deep-links',
    '/lti/register',
    '/lti/register/',
    '/lti//launch',
    '/lti/%00',
  ])
  const method = dice.pick(['GET', 'POST', 'PATCH', 'OPTIONS', 'DELETE', 'TRACE', 'HEAD', 'PUT'])
  const type = dice.pick([formType, 'application/json', 'text/plain', 'multipart/form-data; boundary=b', 'x'])
  return shotOf(dice, {
    method,
    path,
    headers: { 'content-type': type },
    body: Buffer.from(dice.pick(['', '{}', '{"launch":', 'a=b', '--b\r\n'])),
  })
}
