import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exchange, formRequest } from './exchange.ts'

const lti = 'https://purl.imsglobal.org/spec/lti/claim'

/** What every launch of the run has in common. */
export const clientId = 'bench-client'
/** The one deployment of the platform. */
export const deploymentId = '1'

/** So many people take turns to launch: about as many as a district has in courses at one hour. */
const people = 1000

/** A learning platform that launches: its key set over HTTP, its logins, and its tokens signed before the clock starts. */
export interface LaunchPlatform {
  url: string
  /** Begins so many logins at the tool and signs their tokens: requests that need only be posted to `path`. */
  launches(toolPort: number, path: string, count: number): Promise<Buffer[]>
  stop(): void
}

/** Starts the platform in this process. */
export async function startLaunchPlatform(publicUrl: string): Promise<LaunchPlatform> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = 'bench-key'
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }]
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = encoded({ alg: 'RS256', typ: 'JWT', kid })
  const tokenOf = (claims: unknown) => {
    const content = `${header}.${encoded(claims)}`
    return `${content}.${createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')}`
  }
  const login = formRequest(
    '/lti/login',
    {
      iss: url,
      client_id: clientId,
      login_hint: '7',
      target_link_uri: `${publicUrl}/lti/launch`,
      lti_message_hint: '{"cmid":7,"launchid":"ltilaunch7_1"}',
    },
    ['Sec-Fetch-Dest: document'],
  )

  return {
    url,
    async launches(toolPort, path, count) {
      const launches: Buffer[] = []
      await exchange(toolPort, Array<Buffer>(count).fill(login), {
        connections: 8,
        expected: 302,
        onHead(head, place) {
          const answer = new URL(/\nlocation: *(\S+)/i.exec(head)?.[1] ?? '').searchParams
          const cookie = /\nset-cookie: *(__Secure-lti-[\w-]+=[\w-]+)/i.exec(head)?.[1]
          const idToken = tokenOf(claimsOf({ url, publicUrl, nonce: answer.get('nonce'), place }))
          const fields = { id_token: idToken, state: answer.get('state') ?? '' }
          launches[place] = formRequest(path, fields, [`Cookie: ${cookie}`])
        },
      })
      return launches
    },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Claims as a Moodle sends them for a teacher who opens an activity that has a grade. */
function claimsOf(launch: { url: string; publicUrl: string; nonce: string | null; place: number }): unknown {
  const now = Math.floor(Date.now() / 1000)
  const { url, publicUrl, nonce, place } = launch
  return {
    iss: url,
    aud: clientId,
    sub: String(place % people),
    iat: now,
    exp: now + 3600,
    nonce,
    name: '示例教师',
    [`${lti}/version`]: '1.3.0',
    [`${lti}/message_type`]: 'LtiResourceLinkRequest',
    [`${lti}/deployment_id`]: deploymentId,
    [`${lti}/roles`]: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
    [`${lti}/target_link_uri`]: `${publicUrl}/lti/launch`,
    [`${lti}/resource_link`]: { id: '12', title: '课堂观察与改进' },
    [`${lti}/context`]: { id: '7', label: 'KC', title: '区级研修课程', type: ['CourseSection'] },
    [`${lti}/launch_presentation`]: { document_target: 'iframe', locale: 'zh_cn', return_url: `${url}/back` },
    [`${lti}/tool_platform`]: { product_family_code: 'moodle', version: '2024100700' },
    'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint': {
      lineitem: `${url}/lines/1`,
      lineitems: `${url}/lines`,
      scope: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
    },
    'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice': {
      context_memberships_url: `${url}/members`,
      service_versions: ['1.0', '2.0'],
    },
  }
}
