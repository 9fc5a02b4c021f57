import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { InvalidInput, NotFound } from '../../foundation/errors.ts'
import { addressGuard } from '../../foundation/http/outbound-address.ts'
import { actorOf } from '../../ledger/access/role.ts'
import type { Desk } from '../desk/desk.ts'
import { sendDesk, sendForbidden } from '../desk/frame.tsx'
import { isId, linesOf, textOf } from '../desk/intake/intake.tsx'
import { mayDo, maySee } from '../desk/who.ts'
import {
  activatePlatform,
  approveDeployment,
  deactivatePlatform,
  withdrawDeployment,
} from '../lti-services/platform-state.ts'
import { listPlatforms, toolAddresses } from '../lti-services/registry.ts'
import { beginRotation, rotations } from '../lti-services/rotation.ts'
import { changePlatform, type PlatformSettings } from './change.ts'
import { platformsText } from './desk-messages.ts'
import { PlatformBody } from './desk-one-page.tsx'
import { type Diagnosis, testPlatform } from './diagnosis.ts'

type OfPlatform = { Params: { id: string }; Body: Record<string, unknown>; Querystring: { told?: string } }

/** One registration: what it is, who may come in by it, its key, and whether the platform is as it should be. */
export const platformOneRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<OfPlatform>('/platforms/:id', async (request, reply) => {
    if (!maySee(request.desk.who, 'platforms')) return sendForbidden(reply, request.desk)
    return show(request, reply, request.params.id, { told: request.query.told })
  })

  // Each act by its name in the address, so that a page has one form for each and none can be mistaken for another.
  for (const [name, told, act] of [
    ['activate', 'activated', activatePlatform],
    ['deactivate', 'deactivated', deactivatePlatform],
    ['rotate', 'rotated', beginRotation],
  ] as const) {
    app.post<OfPlatform>(`/platforms/:id/${name}`, async (request, reply) => {
      if (!mayTend(request)) return sendForbidden(reply, request.desk)
      const platformId = known(request.params.id)
      await act(desk, platformId, actorOf(request.desk.who))
      return reply.redirect(`/desk/platforms/${platformId}?told=${told}`, 303)
    })
  }

  for (const [name, told, act] of [
    ['approve', 'approved', approveDeployment],
    ['withdraw', 'withdrawn', withdrawDeployment],
  ] as const) {
    app.post<OfPlatform>(`/platforms/:id/${name}`, async (request, reply) => {
      if (!mayTend(request)) return sendForbidden(reply, request.desk)
      const platformId = known(request.params.id)
      // As it is: a deployment is compared byte by byte.
      const deploymentId = String(request.body.deployment_id ?? '')
      await act(desk, platformId, deploymentId, actorOf(request.desk.who))
      return reply.redirect(`/desk/platforms/${platformId}?told=${told}`, 303)
    })
  }

  app.post<OfPlatform>('/platforms/:id/settings', async (request, reply) => {
    if (!mayTend(request)) return sendForbidden(reply, request.desk)
    const platformId = known(request.params.id)
    const given: PlatformSettings = {
      name: textOf(request.body.name),
      frameOrigins: linesOf(request.body.frame_origins),
      serviceOrigins: linesOf(request.body.service_origins),
    }
    try {
      await changePlatform(desk, platformId, given, actorOf(request.desk.who))
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      return show(request, reply.status(422), platformId, { given })
    }
    return reply.redirect(`/desk/platforms/${platformId}?told=saved`, 303)
  })

  app.post<OfPlatform>('/platforms/:id/test', async (request, reply) => {
    if (!mayTend(request)) return sendForbidden(reply, request.desk)
    const platformId = known(request.params.id)
    const diagnosis = await testPlatform(desk, platformId, addressGuard(desk.config.platformPrivate))
    return show(request, reply, platformId, { diagnosis })
  })

  function mayTend(request: FastifyRequest): boolean {
    desk.refuseForeign(request)
    return mayDo(request.desk.who, 'tend_platforms')
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    more: { told?: string | undefined; given?: PlatformSettings; diagnosis?: Diagnosis },
  ): Promise<FastifyReply> {
    const frame = request.desk
    const platform = (await listPlatforms(desk)).find(({ platformId }) => platformId === known(id))
    if (!platform) throw unknown()
    const body = (
      <PlatformBody
        frame={frame}
        say={platformsText(frame.lang)}
        platform={platform}
        rotation={(await rotations(desk.db)).get(platform.platformId) ?? null}
        addresses={toolAddresses(desk.config.publicUrl)}
        mayTend={mayDo(frame.who, 'tend_platforms')}
        {...more}
      />
    )
    return sendDesk(reply, frame, { room: 'platforms', title: platform.name, body, status: reply.statusCode })
  }
}

function known(id: string): string {
  if (!isId(id)) throw unknown()
  return id.toLowerCase()
}

function unknown(): NotFound {
  return new NotFound('not-found', 'no platform is registered under this id')
}
