import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import cookie from '@fastify/cookie'
import jwt, { type JWT } from '@fastify/jwt'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../foundation/config.ts'
import { ExpectedError } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { MessageType } from './message-type.ts'

/** What one launch says a person is in the course. `learner` alone earns hours; none gives rights inside Xueshi. */
export type LaunchRole = 'learner' | 'course_leader' | 'visitor'

/** How a request proved its launch: the cookie, a token in page memory, or an address signed for minutes. */
export type Proof = 'cookie' | 'bearer' | 'link'

/** The launch to which a request below /app/:launch/ belongs, read from the database at each request. */
export interface LaunchSession {
  launchId: Id
  launchedAt: Instant
  registrationId: Id
  /** The person is (iss, sub); in xAPI the same is account {homePage: iss, name: sub}. */
  iss: string
  sub: string
  clientId: string
  deploymentId: string
  /** Our row for (iss, sub). */
  personId: Id
  /** The one role that decides what the pages offer: learner before course_leader before visitor. */
  launchRole: LaunchRole
  /** All roles of the launch; rights are their union. */
  launchRoles: LaunchRole[]
  /** Sent by a test user: nothing of it reaches the ledger. */
  test: boolean
  /** What the platform asked for: a course room, a choice from the catalogue, or a look at what somebody did. */
  messageType: MessageType
  /** Of a look at somebody's work: whose, as the platform names people; else null. */
  forSub: string | null
  courseTitle: string | null
  resourceLinkId: string | null
  resourceLinkTitle: string | null
  /** What the launch asks for; null lets the person choose. */
  offeringId: Id | null
  /** The teacher this person is linked to, or null while 待绑定. */
  teacherId: Id | null
  teacherNo: string | null
  /** The name exactly as the platform shared it, or null. */
  sharedName: string | null
  /** `launch_presentation.locale`, or null. */
  locale: string | null
  proof: Proof
}

/** Who signed in at /login, without a launch. */
export interface LoginSession {
  loginId: Id
  /** Of the account when it signed in: a new password raises it and ends older sessions. */
  version: number
  issuedAt: Instant
}

/** What a launch token carries; who and from which launch, no rights. */
export interface LaunchToken {
  launch: Id
  person: Id
  role: LaunchRole
  /** Until the first request that brought the cookie: the hand-over code may still lie unused. */
  code?: true
  iat: number
  exp: number
}

/** A launch is good for so long; then it must be opened again from the course. */
export const launchLifeSeconds = 8 * 3600
/** A token is good for so long, and renewed by use. */
const tokenLifeSeconds = 900
/** So many launches keep a cookie in one browser; the next one clears the oldest. */
const mostLaunches = 6

/** Why a request that a cookie authorises was not done: it did not come from a page of ours. */
export class CsrfRefused extends ExpectedError {
  readonly kind = 'forbidden'
  readonly code = 'csrf-refused'
  override message = 'the request did not come from a page of Xueshi: reload the page and try again'
}

/** There is no session, or it has ended. */
export class SessionEnded extends ExpectedError {
  readonly kind = 'unauthenticated'
  readonly code = 'session-ended'
  override message = 'the session has ended: open Xueshi again from the course'
}

/** Cookies and session tokens for everything below it: launches and people who sign in at /login. */
export const sessions = fp<Pick<Ground, 'config'>>(async (app, { config }) => {
  await app.register(cookie)
  await app.register(jwt, {
    secret: config.sessionSecret,
    namespace: 'session',
    sign: { algorithm: 'HS256' },
    verify: { algorithms: ['HS256'], allowedIss: config.publicUrl, requiredClaims: ['iat', 'exp', 'aud'] },
  })
})

function tokens(app: FastifyInstance): JWT {
  return (app.jwt as unknown as { session: JWT }).session
}

function sign(
  app: FastifyInstance,
  config: Config,
  now: Instant,
  aud: string,
  claims: object,
  seconds: number,
) {
  const iat = Math.floor(now / 1_000_000)
  return tokens(app).sign({ ...claims, iss: config.publicUrl, aud, iat, exp: iat + seconds })
}

function verify<T extends object>(app: FastifyInstance, now: Instant, aud: string, token: string): T | null {
  try {
    return tokens(app).verify<T>(token, { allowedAud: aud, clockTimestamp: now / 1000 })
  } catch {
    return null
  }
}

// ── one launch ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Name of the cookie of one launch. Its path is `/`, as the prefix demands; the name keeps launches apart. */
export function launchCookie(launchId: Id): string {
  return `__Host-xueshi-${launchId}`
}

const launchCookieName = /^__Host-xueshi-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** A cookie is cleared only by one that has all its attributes: without `Partitioned` the browser keeps it. */
const framedCookie = {
  path: '/',
  httpOnly: true,
  secure: true,
  sameSite: 'none',
  partitioned: true,
} as const

/** Seconds that a launch has left; 0 when it is over. */
export function secondsLeft(launchedAt: Instant, now: Instant): number {
  return Math.max(0, Math.floor(launchLifeSeconds - (now - launchedAt) / 1_000_000))
}

/** A token for a launch, good for 15 minutes or until the launch is over. */
export function signLaunch(
  app: FastifyInstance,
  { config, now }: Pick<Ground, 'config' | 'now'>,
  launch: { launchId: Id; personId: Id; launchRole: LaunchRole; launchedAt: Instant; code?: true },
): string {
  const at = now()
  const seconds = Math.min(tokenLifeSeconds, secondsLeft(launch.launchedAt, at))
  const claims = { launch: launch.launchId, person: launch.personId, role: launch.launchRole }
  return sign(app, config, at, 'launch', launch.code ? { ...claims, code: true } : claims, seconds)
}

/** What a launch token says, or null when it is not ours, not of this launch, or over. */
export function readLaunchToken(
  app: FastifyInstance,
  now: Instant,
  launchId: Id,
  token: string,
): LaunchToken | null {
  const claims = verify<LaunchToken>(app, now, 'launch', token)
  return claims && claims.launch === launchId ? claims : null
}

/** Gives the browser the cookie of a launch, and takes the oldest away where a seventh would come. */
export function setLaunchCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  launchId: Id,
  token: string,
): void {
  reply.setCookie(launchCookie(launchId), token, { ...framedCookie, maxAge: tokenLifeSeconds })
  const others = Object.keys(request.cookies)
    .map((name) => launchCookieName.exec(name)?.[1])
    .filter((id) => id !== undefined && id !== launchId)
    .sort() // Ids grow with time, so the first is the oldest.
  for (const id of others.slice(0, Math.max(0, others.length - (mostLaunches - 1)))) {
    reply.clearCookie(launchCookie(id as Id), framedCookie)
  }
}

/** An address of one launch that works without cookie for five minutes: downloads and media of a session in page memory. */
export function signedAddress(
  app: FastifyInstance,
  { config, now }: Pick<Ground, 'config' | 'now'>,
  launchId: Id,
  path: string,
): string {
  const token = sign(app, config, now(), 'link', { launch: launchId, path }, 300)
  return `${path}${path.includes('?') ? '&' : '?'}access=${token}`
}

/** Whether an address that `signedAddress` made is asked for, in time and for this launch. */
export function isSignedAddress(app: FastifyInstance, now: Instant, launchId: Id, url: string): boolean {
  const at = url.search(/[?&]access=[\w.-]+$/)
  if (at < 0) return false
  const claims = verify<{ launch: Id; path: string }>(app, now, 'link', url.slice(at + '?access='.length))
  return claims?.launch === launchId && claims.path === url.slice(0, at)
}

// ── people who sign in without a launch ──────────────────────────────────────────────────────────────────────────────

/** The cookie of a sign-in at /login; it is looked at outside /app/ only. */
export const loginCookie = '__Host-xueshi'

const ownCookie = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const

/** Signs a local account in: the browser gets a cookie for 12 hours at most. Rights are read from the database. */
export function startLogin(
  reply: FastifyReply,
  { config, now }: Pick<Ground, 'config' | 'now'>,
  { loginId, version }: { loginId: Id; version: number },
): void {
  const seconds = 12 * 3600
  const token = sign(reply.server, config, now(), 'login', { login: loginId, version }, seconds)
  reply.setCookie(loginCookie, token, { ...ownCookie, maxAge: seconds })
}

/** Who signed in at /login and sends this request, or null. Never for addresses below /app/. */
export function loginOf(request: FastifyRequest, now: Instant): LoginSession | null {
  const token = request.cookies[loginCookie]
  if (!token || request.url.startsWith('/app/')) return null
  const claims = verify<{ login: Id; version: number; iat: number }>(request.server, now, 'login', token)
  if (!claims) return null
  return { loginId: claims.login, version: claims.version, issuedAt: (claims.iat * 1_000_000) as Instant }
}

/** Ends a sign-in in this browser. */
export function endLogin(reply: FastifyReply): void {
  reply.clearCookie(loginCookie, ownCookie)
}

// ── requests that change something ───────────────────────────────────────────────────────────────────────────────────

/**
 * The token of a page, for the form field `_csrf` or the header `X-CSRF-Token`. `scope` is the launch (or the login);
 * `purpose` is `page` unless a route wants one of its own.
 */
export function csrfToken(config: Pick<Config, 'sessionSecret'>, scope: Id, purpose = 'page'): string {
  return createHmac('sha256', csrfKey(config.sessionSecret))
    .update(JSON.stringify([scope, purpose]))
    .digest('base64url')
}

/**
 * Refuses, with CsrfRefused, a request that a cookie authorises and no page of ours sent. GET and HEAD pass, since they
 * change nothing. To be called when the body is parsed.
 */
export function checkCsrf(request: FastifyRequest, config: Config, scope: Id, purpose = 'page'): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const given =
    request.headers['x-csrf-token'] ?? (request.body as Record<string, unknown> | undefined)?._csrf
  const meant = Buffer.from(csrfToken(config, scope, purpose))
  const brought = Buffer.from(typeof given === 'string' ? given : '')
  if (!isSameOrigin(request, config) || brought.length !== meant.length || !timingSafeEqual(brought, meant)) {
    throw new CsrfRefused()
  }
}

/** Whether a page of our own origin sent the request, as the browser says it. */
export function isSameOrigin({ headers }: FastifyRequest, { publicUrl }: Pick<Config, 'publicUrl'>): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined ? headers.origin === new URL(publicUrl).origin : site === 'same-origin'
}

const keys = new Map<string, Buffer>()

function csrfKey(sessionSecret: string): Buffer {
  let key = keys.get(sessionSecret)
  if (!key) {
    key = Buffer.from(hkdfSync('sha256', sessionSecret, '', 'xueshi csrf', 32))
    keys.set(sessionSecret, key)
  }
  return key
}
