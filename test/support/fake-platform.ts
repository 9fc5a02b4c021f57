import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import type { Test } from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { insertRows } from '../../foundation/database/dialect.ts'
import type { Ground } from '../../foundation/ground.ts'
import { newId } from '../../foundation/ids.ts'
import { addPlatform, type PlatformInput } from '../../lti-tool/lti-services/registry.ts'

/** Claims of a token, by their full names. */
export type Claims = Record<string, unknown>

/** How the key set behaves. */
export type KeysMode = 'well' | 'down' | 'slow' | 'html'

/** How the storage of the course page behaves. */
export type StorageMode =
  | 'off'
  | 'parent'
  | 'frame'
  | 'mute'
  | 'error'
  | 'wrong-value'
  | 'wrong-id'
  | 'other-origin'

const lti = 'https://purl.imsglobal.org/spec/lti/claim/'
const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership#'

/** Names of claims that tests change. */
export const claim = {
  version: `${lti}version`,
  messageType: `${lti}message_type`,
  deploymentId: `${lti}deployment_id`,
  roles: `${lti}roles`,
  target: `${lti}target_link_uri`,
  resourceLink: `${lti}resource_link`,
  context: `${lti}context`,
  custom: `${lti}custom`,
  forUser: `${lti}for_user`,
  presentation: `${lti}launch_presentation`,
  lis: `${lti}lis`,
  ags: 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint',
  nrps: 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
  deepLinking: 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings',
} as const

/** Roles of the two payloads with which the first rows run. */
export const roles = { instructor: `${membership}Instructor`, student: `${membership}Learner` }

interface Key {
  kid: string
  privateKey: CryptoKey
  jwk: JWK
}

/** What the browser's next launch carries, when the platform itself makes the token. */
export interface NextLaunch {
  claims?: Claims
  storage?: StorageMode
  /** Name of the storage frame that the login names; `_parent` unless told. */
  storageTarget?: string
  /** Name under which the frame really stands. */
  frameName?: string
}

/**
 * A learning platform for tests: keys of its own, a key set over real HTTP, correct tokens unless told otherwise, and
 * course pages for a browser. It shares no code with the door.
 */
export class FakePlatform {
  readonly url: string
  readonly clientId: string
  readonly deploymentId: string
  keysMode: KeysMode = 'well'
  /** How often the key set was asked for. */
  keyRequests = 0
  /** What the next course page and the next token carry. */
  next: NextLaunch = {}
  key: Key
  #published: Key[]
  readonly #server: Server
  #stranger: FakePlatform | null = null

  private constructor(server: Server, key: Key, more: { clientId: string; deploymentId: string }) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.clientId = more.clientId
    this.deploymentId = more.deploymentId
    this.key = key
    this.#published = [key]
  }

  /** Starts a platform; it ends with the test. */
  static async start(
    t: Test,
    more: { clientId?: string; deploymentId?: string } = {},
  ): Promise<FakePlatform> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const platform = new FakePlatform(server, await newKey(), {
      clientId: more.clientId ?? 'xueshi-client',
      deploymentId: more.deploymentId ?? '1',
    })
    server.on('request', (request, response) => void platform.#answer(request, response))
    t.teardown(() => platform.stop())
    return platform
  }

  /** Stops answering. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** What an administrator would type to register this platform. */
  registration(changes: Partial<PlatformInput> = {}): PlatformInput {
    return {
      name: '测试平台',
      issuer: this.url,
      clientId: this.clientId,
      deploymentId: this.deploymentId,
      authUrl: `${this.url}/auth?tenant=1`,
      tokenUrl: `${this.url}/token`,
      jwksUrl: `${this.url}/jwks`,
      active: true,
      ...changes,
    }
  }

  /** Registers the platform and returns the id of its registration. */
  async register(ground: Ground, changes: Partial<PlatformInput> = {}): Promise<string> {
    return (await addPlatform(ground, this.registration(changes), 'os:tester')).platform_id
  }

  /** Registers the platform without making tool keys, which take seconds: launches need none of ours. */
  async registerWithoutKeys(ground: Ground, changes: Partial<PlatformInput> = {}): Promise<string> {
    const { name, issuer, clientId, deploymentId, authUrl, tokenUrl, jwksUrl } = this.registration(changes)
    const platformId = newId()
    const registrationId = idBytes(platformId)
    const kid = crypto.randomUUID()
    const at = ground.now()
    await insertRows(ground.db, 'platform_registration', [
      {
        registration_id: registrationId,
        iss: issuer,
        client_id: clientId,
        name,
        frame_origins: JSON.stringify([issuer]),
        service_origins: JSON.stringify([issuer]),
        registered_at: at,
      },
    ])
    await insertRows(ground.db, 'ltijs_platform', [
      {
        platform_url: issuer,
        client_id: clientId,
        platform_name: name,
        auth_endpoint: authUrl,
        accesstoken_endpoint: tokenUrl,
        kid,
        auth_config: JSON.stringify({ method: 'JWK_SET', key: jwksUrl }),
        created_at: at,
      },
    ])
    await insertRows(ground.db, 'ltijs_platform_status', [{ id: kid, active: 1, created_at: at }])
    await insertRows(ground.db, 'platform_deployment', [
      {
        registration_id: registrationId,
        deployment_id: deploymentId ?? '1',
        state: 'active',
        first_seen_at: at,
      },
    ])
    return platformId
  }

  /** Shows a new key and no longer the old one. */
  async rotate(): Promise<void> {
    this.key = await newKey()
    this.#published = [this.key]
  }

  /** The claims of a correct launch of a student, for a login's nonce. */
  claims(ground: Ground, nonce: string, changes: Claims = {}): Claims {
    const now = Math.floor(Date.now() / 1000)
    return {
      iss: this.url,
      aud: this.clientId,
      sub: '0f3c6f7e-2c1b-4c43-9a4a-1f3c5d7e9b01',
      iat: now,
      exp: now + 60,
      nonce,
      name: '陈静怡',
      given_name: '静怡',
      family_name: '陈',
      email: 'teacher@school.example',
      [claim.version]: '1.3.0',
      [claim.messageType]: 'LtiResourceLinkRequest',
      [claim.deploymentId]: this.deploymentId,
      [claim.roles]: [roles.student],
      [claim.target]: `${ground.config.publicUrl}/lti/launch`,
      [claim.resourceLink]: { id: 'link-1', title: '区级研修课程' },
      [claim.context]: { id: 'course-7', label: 'KC', title: '师德与法治', type: ['CourseSection'] },
      ...changes,
    }
  }

  /** Signs claims as this platform does; what is undefined in them is left out. */
  async sign(
    claims: Claims,
    how: { header?: Partial<JWTHeaderParameters>; key?: CryptoKey } = {},
  ): Promise<string> {
    const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
    const header = { alg: 'RS256', typ: 'JWT', kid: this.key.kid, ...how.header } as JWTHeaderParameters
    return new SignJWT(kept).setProtectedHeader(header).sign(how.key ?? this.key.privateKey)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    if (url.pathname === '/jwks') return this.#answerKeys(response)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    if (url.pathname === '/course') response.end(await this.#coursePage(url))
    else if (url.pathname === '/storage') response.end(storageFrame(url.searchParams.get('mode') ?? 'frame'))
    else if (url.pathname === '/stranger') response.end(strangerFrame())
    else if (url.pathname === '/auth') response.end(await this.#authenticationPage(url))
    else response.writeHead(404).end()
  }

  #answerKeys(response: ServerResponse): void {
    this.keyRequests += 1
    const text = JSON.stringify({ keys: this.#published.map(({ jwk }) => jwk) })
    if (this.keysMode === 'well') response.setHeader('content-type', 'application/json').end(text)
    else if (this.keysMode === 'down') response.writeHead(500).end()
    else if (this.keysMode === 'html')
      response.setHeader('content-type', 'text/html').end('<h1>not found</h1>')
    else setTimeout(() => response.end(text), 4500).unref()
  }

  /** The course in a browser: a frame, into which the login of the tool is posted. */
  async #coursePage(url: URL): Promise<string> {
    const tool = url.searchParams.get('tool') ?? ''
    const storage = this.next.storage ?? 'off'
    const parameters: Record<string, string> = {
      iss: this.url,
      client_id: this.clientId,
      login_hint: 'user-7',
      lti_message_hint: '{"cmid":7,"launchid":"ltilaunch7_1"}',
      target_link_uri: `${tool}/lti/launch`,
      ...(storage === 'off' ? {} : { lti_storage_target: this.next.storageTarget ?? '_parent' }),
    }
    const stranger = storage === 'other-origin' ? await this.#strangerUrl() : ''
    return `<!doctype html><title>course</title>
<iframe name="tool" width="900" height="600"></iframe>
${storage === 'frame' ? `<iframe name="${this.next.frameName ?? 'storage'}" src="/storage"></iframe>` : ''}
${stranger ? `<iframe name="stranger" src="${stranger}/stranger"></iframe>` : ''}
${formTo('begin', `${tool}/lti/login`, parameters, 'tool')}
<script>
const mode = ${JSON.stringify(storage)}
${storageScript}
${stranger ? 'addEventListener("load", () => document.forms.begin.submit())' : 'document.forms.begin.submit()'}
</script>`
  }

  async #strangerUrl(): Promise<string> {
    if (!this.#stranger) throw new Error('call withStranger first')
    return this.#stranger.url
  }

  /** Another origin, whose frame answers storage messages in the platform's place. */
  withStranger(stranger: FakePlatform): void {
    this.#stranger = stranger
  }

  async #authenticationPage(url: URL): Promise<string> {
    const asked = Object.fromEntries(url.searchParams)
    const tool = new URL(asked.redirect_uri ?? 'http://missing').origin
    const claims = this.claims({ config: { publicUrl: tool } } as Ground, asked.nonce ?? '', this.next.claims)
    const form = { id_token: await this.sign(claims), state: asked.state ?? '' }
    return `<!doctype html>${formTo('answer', asked.redirect_uri ?? '', form)}<script>document.forms.answer.submit()</script>`
  }
}

async function newKey(): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = crypto.randomUUID()
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}

function formTo(name: string, action: string, fields: Record<string, string>, target = ''): string {
  const quoted = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  const inputs = Object.entries(fields).map(
    ([key, value]) => `<input type="hidden" name="${quoted(key)}" value="${quoted(value)}">`,
  )
  return `<form name="${name}" method="post" action="${quoted(action)}"${target ? ` target="${target}"` : ''}>${inputs.join('')}</form>`
}

/** Platform storage as the specification asks, or one fault. */
const storageScript = `
const kept = new Map()
addEventListener('message', ({ data, origin, source }) => {
  if (!data || (data.subject !== 'lti.put_data' && data.subject !== 'lti.get_data')) return
  if (mode === 'off' || mode === 'mute' || (mode === 'frame' && window === top)) return
  const place = origin + ' ' + data.key
  if (data.subject === 'lti.put_data') kept.set(place, data.value)
  const answer = { subject: data.subject + '.response', message_id: data.message_id, key: data.key, value: kept.get(place) }
  if (data.subject === 'lti.get_data') {
    if (mode === 'wrong-value') answer.value = 'A'.repeat(43)
    if (mode === 'wrong-id') answer.message_id = 'another'
    if (mode === 'error') answer.error = { code: 'bad_request', message: 'no' }
    if (mode === 'other-origin') return frames.stranger.postMessage({ answer, to: origin }, '*')
  }
  source.postMessage(answer, origin)
})
`

function storageFrame(mode: string): string {
  return `<!doctype html><script>const mode = ${JSON.stringify(mode)}; ${storageScript.replaceAll("(mode === 'frame' && window === top)", 'false')}</script>`
}

function strangerFrame(): string {
  return `<!doctype html><script>addEventListener('message', ({ data }) => top.frames.tool.postMessage(data.answer, data.to))</script>`
}
