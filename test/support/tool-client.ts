import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { BegunLaunch, DemoPlatform } from '../../demo/platform/start.ts'

/** Scopes by the names that tests use. */
export const scopes = {
  lineItem: 'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem',
  lineItemRead: 'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly',
  score: 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
  result: 'https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly',
  members: 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly',
}

/** Claims that service tests read. */
export interface LaunchClaims extends JWTPayload {
  endpoint: { scope: string[]; lineitems: string; lineitem?: string }
  membershipsUrl: string
  settings: Record<string, unknown>
}

interface Key {
  kid: string
  privateKey: CryptoKey
  jwk: JWK
}

/** A tool that is only a key set and a client: it plays Xueshi's part towards the stand-in platform, without its code. */
export class ToolClient {
  readonly url: string
  key: Key
  /** How the key set answers. */
  keysStatus = 200
  keyRequests = 0
  platform!: DemoPlatform
  readonly #server: Server

  private constructor(server: Server, key: Key) {
    this.#server = server
    this.key = key
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
  }

  /** Starts the key set on a free port. */
  static async start(): Promise<ToolClient> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    const client = new ToolClient(server, await newKey())
    server.on('request', (_request, response) => {
      client.keyRequests += 1
      response.writeHead(client.keysStatus, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ keys: [client.key.jwk] }))
    })
    return client
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async rotate(): Promise<void> {
    this.key = await newKey()
  }

  /** A signed assertion for the token endpoint; a claim that is set to undefined is left out. */
  async assertion(
    change: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = this.key.privateKey,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const clientId = 'xueshi-district'
    return this.sign(
      {
        iss: clientId,
        sub: clientId,
        aud: `${this.platform.url}/lti/token`,
        iat: now,
        exp: now + 60,
        jti: crypto.randomUUID(),
        ...change,
      },
      header,
      key,
    )
  }

  /** Signs claims with the tool's key. */
  sign(
    claims: Record<string, unknown>,
    header: Record<string, unknown> = {},
    key = this.key.privateKey,
  ): Promise<string> {
    const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
    return new SignJWT(kept).setProtectedHeader({ alg: 'RS256', kid: this.key.kid, ...header }).sign(key)
  }

  /** Asks for a token; fields that are set to undefined are left out. */
  async askToken(change: Record<string, string | undefined> = {}): Promise<Response> {
    const fields = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'client_assertion' in change ? '' : await this.assertion(),
      scope: Object.values(scopes).join(' '),
      ...change,
    }
    const kept = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
    return fetch(`${this.platform.url}/lti/token`, { method: 'POST', body: new URLSearchParams(kept) })
  }

  /** An access token for these scopes. */
  async token(...wanted: string[]): Promise<string> {
    const scope = (wanted.length > 0 ? wanted : Object.values(scopes)).join(' ')
    const answer = (await (await this.askToken({ scope })).json()) as { access_token?: string }
    if (!answer.access_token) throw new Error(`no token: ${JSON.stringify(answer)}`)
    return answer.access_token
  }

  /** The claims of a launch, taken to its end. */
  async claims(wanted: Partial<Parameters<DemoPlatform['beginLaunch']>[0]> = {}): Promise<LaunchClaims> {
    const launch = this.platform.beginLaunch({ person: 'SL000001', course: 'qing-ting', ...wanted })
    const payload = decodeJwt(await this.idToken(launch))
    return {
      ...payload,
      endpoint: payload['https://purl.imsglobal.org/spec/lti-ags/claim/endpoint'],
      membershipsUrl: (
        payload['https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice'] as
          | { context_memberships_url: string }
          | undefined
      )?.context_memberships_url,
      settings: payload['https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings'],
    } as LaunchClaims
  }

  /** The id_token of a launch that was begun. */
  async idToken({ parameters, cookie, loginUrl }: BegunLaunch): Promise<string> {
    const given = Object.fromEntries(parameters)
    const query = new URLSearchParams({
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: given.client_id ?? '',
      redirect_uri: loginUrl.replace(/login$/, 'launch'),
      login_hint: given.login_hint ?? '',
      lti_message_hint: given.lti_message_hint ?? '',
      state: crypto.randomUUID(),
      nonce: crypto.randomUUID(),
    })
    const page = await (await fetch(`${this.platform.url}/lti/auth?${query}`, { headers: { cookie } })).text()
    const token = /name="id_token" value="([^"]+)"/.exec(page)?.[1]
    if (!token) throw new Error(`no token in ${page}`)
    return token
  }
}

/** An address with something added to its path, before the query. */
export function below(address: string, part: string, query: Record<string, string> = {}): string {
  const url = new URL(address)
  url.pathname += `/${part}`
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

async function newKey(): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = crypto.randomUUID()
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}
