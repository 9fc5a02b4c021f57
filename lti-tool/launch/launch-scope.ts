import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { idBytes, idText, idTextOrNull } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import { linksOf } from '../../ledger/roster/identity.ts'
import { sendHtml } from '../web/page.tsx'
import { linkRequestOf } from './link-request.ts'
import { pagePolicy } from './page-headers.ts'
import { handoverPage } from './pages.tsx'
import {
  checkCsrf,
  isSignedAddress,
  type LaunchRole,
  type LaunchSession,
  type LaunchToken,
  launchCookie,
  type Proof,
  readLaunchToken,
  SessionEnded,
  secondsLeft,
  setLaunchCookie,
  signedAddress,
  signLaunch,
} from './session.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The launch this request belongs to. Set before any handler below /app/:launch/ runs. */
    launch: LaunchSession
  }
  interface FastifyContextConfig {
    /** Purpose of the CSRF token that a route demands; `page` unless it says otherwise. */
    csrfPurpose?: string
  }
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const renewAfterSeconds = 60

/**
 * Lets in what comes with the session of the launch in its path, says on `request.launch` which that is, renews the
 * cookie by use, and refuses forms that no page of ours sent. For plugins below `/app/:launch`, and for addresses that name
 * the launch as `?launch=`.
 */
export const launchScope = fp<Ground>(async (app, ground) => {
  app.decorateRequest('launch')

  app.addHook('onRequest', async (request, reply) => {
    const launchId = launchIdOf(request)
    if (!uuid.test(launchId)) throw new SessionEnded()
    const proven = proofOf(request, ground, launchId)
    if (!proven) {
      // The first page of a launch whose cookie did not come back: its script holds the hand-over code.
      if (isFrontPage(request, launchId)) return sendHandover(reply, ground, launchId)
      throw new SessionEnded()
    }
    const launch = await launchSession(ground.db, launchId, proven.proof)
    if (!launch || secondsLeft(launch.launchedAt, ground.now()) === 0) throw new SessionEnded()
    request.launch = launch
    if (proven.proof === 'cookie') await renew(request, reply, ground, proven.token)
  })

  app.addHook('preValidation', async (request) => {
    if (request.launch?.proof !== 'cookie') return
    checkCsrf(request, ground.config, request.launch.launchId, request.routeOptions.config.csrfPurpose)
  })
})

/** Pages shown from memory keep the policy of this one, so the answer to a request for links needs its way out here. */
async function sendHandover(reply: FastifyReply, { db }: Ground, launchId: Id): Promise<FastifyReply> {
  const asked = await linkRequestOf(db, launchId)
  if (asked) reply.header('content-security-policy', pagePolicy([new URL(asked.returnUrl).origin]))
  return sendHtml(reply, handoverPage(launchId))
}

function launchIdOf({ params, query }: FastifyRequest): string {
  const { launch } = { ...(query as object), ...(params as object) } as { launch?: unknown }
  return typeof launch === 'string' ? launch : ''
}

type Proven = { proof: 'cookie'; token: LaunchToken } | { proof: Exclude<Proof, 'cookie'> }

/** A token in the Authorization header goes before the cookie: it is what the page holds on to. */
function proofOf(request: FastifyRequest, { now }: Ground, launchId: Id): Proven | null {
  const bearer = /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (request.headers.authorization !== undefined) {
    return bearer && readLaunchToken(request.server, now(), launchId, bearer) ? { proof: 'bearer' } : null
  }
  const cookie = request.cookies[launchCookie(launchId)]
  const token = cookie ? readLaunchToken(request.server, now(), launchId, cookie) : null
  if (token) return { proof: 'cookie', token }
  const reads = request.method === 'GET' || request.method === 'HEAD'
  return reads && isSignedAddress(request.server, now(), launchId, request.url) ? { proof: 'link' } : null
}

/** Where the browser asks for the page itself, neither a script for a part of it nor with a proof that failed. */
function isFrontPage(request: FastifyRequest, launchId: Id): boolean {
  const [path] = request.url.split('?')
  return (
    request.method === 'GET' &&
    path === `/app/${launchId}/` &&
    request.headers.authorization === undefined &&
    request.headers['hx-request'] === undefined
  )
}

async function renew(
  request: FastifyRequest,
  reply: FastifyReply,
  ground: Ground,
  token: LaunchToken,
): Promise<void> {
  const { launch } = request
  // The cookie came back, so the hand-over code has nobody left to serve.
  if (token.code)
    await ground
      .db('lti_handover')
      .where({ launch_id: idBytes(launch.launchId) })
      .delete()
  const ageSeconds = ground.now() / 1_000_000 - token.iat
  if (!token.code && ageSeconds < renewAfterSeconds) return
  setLaunchCookie(request, reply, launch.launchId, signLaunch(request.server, ground, launch))
}

/** An address below this launch for a download or a medium, signed where the page has no cookie to send with it. */
export function addressOf(request: FastifyRequest, ground: Ground, path: string): string {
  const { launchId, proof } = request.launch
  return proof === 'bearer' ? signedAddress(request.server, ground, launchId, path) : path
}

/** A launch as the database knows it now, with the teacher its person is linked to; null where there is none. */
export async function launchSession(
  handle: Handle,
  launchId: Id,
  proof: Proof,
): Promise<LaunchSession | null> {
  const row = await handle('lti_launch as l')
    .join('lti_person as p', 'p.person_id', 'l.person_id')
    .where('l.launch_id', idBytes(launchId))
    .first('l.*', 'p.identifier_key', 'p.shared_name')
  if (!row) return null
  const key = Buffer.from(row.identifier_key)
  const link = (await linksOf(handle, [key])).get(key.toString('hex'))
  const launchRoles = row.launch_roles.split(',') as [LaunchRole, ...LaunchRole[]]
  return {
    launchId,
    launchedAt: asInstant(Number(row.launched_at)),
    registrationId: idText(row.registration_id),
    iss: row.iss,
    sub: row.sub,
    clientId: row.client_id,
    deploymentId: row.deployment_id,
    personId: idText(row.person_id),
    launchRole: launchRoles[0],
    launchRoles,
    test: row.is_test === 1,
    messageType: row.message_type,
    forSub: row.for_sub,
    courseTitle: row.course_title,
    resourceLinkId: row.resource_link_id,
    resourceLinkTitle: row.resource_link_title,
    offeringId: idTextOrNull(row.offering_id),
    teacherId: link?.teacherId ?? null,
    teacherNo: link?.teacherNo ?? null,
    sharedName: row.shared_name,
    locale: row.locale,
    proof,
  }
}
