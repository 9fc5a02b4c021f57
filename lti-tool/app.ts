import formbody from '@fastify/formbody'
import type { FastifyPluginAsync } from 'fastify'
import { NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { courseworkRoutes } from './coursework/routes.ts'
import { deepLinkAnswer, pickerRoutes, pickFirst } from './deep-linking/routes.tsx'
import { deskRoutes } from './desk/routes.tsx'
import { launchDoor } from './launch/door.ts'
import { askWhoFirst, identityRoutes } from './launch/identity-routes.tsx'
import { launchScope } from './launch/launch-scope.ts'
import { pageHeaders } from './launch/page-headers.ts'
import { refusalPages } from './launch/refusal-pages.ts'
import { sessions } from './launch/session.ts'
import { pingRoute, sessionRoutes } from './launch/session-routes.ts'
import { refuseDebugOutput } from './lti-services/ltijs.ts'
import { reviewFirst, reviewRoutes } from './review/routes.tsx'
import { transcriptRoutes } from './transcript/routes.tsx'
import { webAssets } from './web/assets.ts'

/** Pages of one launch, below /app/:launch; `request.launch` is set there. */
const launchPages: FastifyPluginAsync<Ground>[] = [
  pingRoute,
  pickFirst,
  pickerRoutes,
  reviewFirst,
  reviewRoutes,
  askWhoFirst,
  identityRoutes,
  courseworkRoutes,
  transcriptRoutes,
]

/** Pages that need no launch. */
const otherPages: FastifyPluginAsync<Ground>[] = [deskRoutes]

/** What a person sees. Reads from top to bottom as a request passes through it. */
export const tool: FastifyPluginAsync<Ground> = toolWith({ launchPages, otherPages })

/** The tool with these pages behind its door. */
export function toolWith(pages: {
  launchPages: FastifyPluginAsync<Ground>[]
  otherPages: FastifyPluginAsync<Ground>[]
}): FastifyPluginAsync<Ground> {
  return async (app, ground) => {
    refuseDebugOutput(ground.config.production)
    await app.register(webAssets)
    await app.register(refusalPages)
    await app.register(pageHeaders, ground)
    await app.register(sessions, ground)
    await app.register(launchDoor, ground)
    await app.register(sessionRoutes, ground)
    await app.register(async (scope) => {
      await scope.register(formbody)
      await scope.register(launchScope, ground)
      await scope.register(deepLinkAnswer, ground)
    })
    await app.register(async (scope) => {
      await scope.register(formbody)
      for (const plugin of pages.otherPages) await scope.register(plugin, ground)
    })
    await app.register(
      async (scope) => {
        await scope.register(formbody)
        await scope.register(launchScope, ground)
        for (const plugin of pages.launchPages) await scope.register(plugin, ground)
        scope.setNotFoundHandler(() => {
          throw new NotFound('not-found', 'there is nothing at this address')
        })
      },
      { prefix: '/app/:launch' },
    )
  }
}
