import type { FastifyInstance, FastifyPluginAsync, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { createServer } from '../../foundation/http/server.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { sendLaunchPage } from '../../lti-tool/launch/launch-page.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { type Claims, claim, type FakePlatform } from './fake-platform.ts'

/** A login that a test began: what the browser and the platform know of it. */
export interface Begun {
  response: LightMyRequestResponse
  state: string
  nonce: string
  /** `name=value`, as the browser sends it back. */
  cookie: string
  authentication: URL
}

/** A page of a launch to look at sessions with: it shows `request.launch`, and counts the forms it let in. */
export function probePages(counter: { posted: number }): FastifyPluginAsync<Ground> {
  return async (app, ground) => {
    app.get('/', (request, reply) =>
      sendLaunchPage(request, reply, ground, {
        title: 'probe',
        body: `launch ${request.launch.launchId} of ${request.launch.sharedName ?? 'nobody'}`,
      }),
    )
    app.get('/who', async (request) => request.launch)
    app.post('/form', async () => {
      counter.posted += 1
      return { posted: counter.posted }
    })
    app.post('/purpose', { config: { csrfPurpose: 'sign' } }, async () => ({ signed: true }))
  }
}

/** The tool as a server, with pages to probe it. */
export async function toolApp(
  t: Test,
  ground: Ground,
  pages?: Parameters<typeof toolWith>[0]['launchPages'],
): Promise<FastifyInstance> {
  const app = createServer(ground)
  const launchPages = pages ?? [pingRoute, probePages({ posted: 0 })]
  await app.register(toolWith({ launchPages, otherPages: [] }), ground)
  await app.ready()
  t.teardown(() => app.close())
  return app
}

/** Parameters of a correct login initiation. */
export function loginParameters(ground: Ground, platform: FakePlatform): Record<string, string> {
  return {
    iss: platform.url,
    client_id: platform.clientId,
    login_hint: 'user-7',
    target_link_uri: `${ground.config.publicUrl}/lti/launch`,
  }
}

/** Text as a form sends it. */
export function form(fields: Record<string, string> | [string, string][]): {
  payload: string
  headers: Record<string, string>
} {
  return {
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }
}

/** Posts a login initiation as a platform's frame does, and reads what a browser would keep of the answer. */
export async function begin(
  app: FastifyInstance,
  ground: Ground,
  platform: FakePlatform,
  changes: Record<string, string> = {},
): Promise<Begun> {
  const fields = { ...loginParameters(ground, platform), ...changes }
  const response = await app.inject({ method: 'POST', url: '/lti/login', ...form(fields) })
  const address = /data-authentication="([^"]+)"/.exec(response.body)?.[1]?.replaceAll('&amp;', '&')
  const authentication = new URL(address ?? 'http://none.example')
  const set = setCookies(response)[0] ?? ''
  return {
    response,
    authentication,
    state: authentication.searchParams.get('state') ?? '',
    nonce: authentication.searchParams.get('nonce') ?? '',
    cookie: set.split(';')[0] ?? '',
  }
}

/** Every Set-Cookie of an answer. */
export function setCookies(response: LightMyRequestResponse): string[] {
  const set = response.headers['set-cookie']
  return set === undefined ? [] : Array.isArray(set) ? set : [set]
}

/** Posts a launch. */
export async function post(
  app: FastifyInstance,
  given: { token: string; state: string; cookie?: string; more?: Record<string, string> },
): Promise<LightMyRequestResponse> {
  const { payload, headers } = form({ id_token: given.token, state: given.state, ...given.more })
  return app.inject({
    method: 'POST',
    url: '/lti/launch',
    payload,
    headers: given.cookie ? { ...headers, cookie: given.cookie } : headers,
  })
}

/** A whole launch with these claims changed. */
export async function launchWith(
  app: FastifyInstance,
  ground: Ground,
  platform: FakePlatform,
  changes: Claims = {},
): Promise<LightMyRequestResponse> {
  const { state, nonce, cookie } = await begin(app, ground, platform)
  const token = await platform.sign(platform.claims(ground, nonce, changes))
  return post(app, { token, state, cookie })
}

/** What an accepted launch left in the browser. */
export interface Entered {
  launchId: string
  code: string
  cookie: string
}

/** Launches and reads the answer. Throws where it was not accepted. */
export async function enter(
  app: FastifyInstance,
  ground: Ground,
  platform: FakePlatform,
  changes: Claims = {},
): Promise<Entered> {
  return enteredBy(await launchWith(app, ground, platform, changes))
}

/** Reads the launch, its code and its cookie out of an accepted launch's answer. */
export function enteredBy(response: LightMyRequestResponse): Entered {
  const [, launchId, code] =
    /^\/app\/([0-9a-f-]{36})\/#code=([\w-]{43})$/.exec(String(response.headers.location)) ?? []
  const cookie = setCookies(response).find((set) => set.startsWith('__Host-xueshi-') && !set.includes('=;'))
  if (!launchId || !code || !cookie) throw new Error(`the launch was answered with ${response.statusCode}`)
  return { launchId, code, cookie: cookie.split(';')[0] as string }
}

/** The code that a refusal page shows. */
export function codeOf(response: LightMyRequestResponse): string | undefined {
  return /<code>([a-z-]+)<\/code>/.exec(response.body)?.[1]
}

/** The role claim alone, as tests change it. */
export function withRoles(...list: string[]): Claims {
  return { [claim.roles]: list }
}
