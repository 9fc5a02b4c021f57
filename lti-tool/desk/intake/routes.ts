import type { FastifyPluginAsync } from 'fastify'
import type { Desk } from '../desk.ts'
import { aliasRoutes } from './aliases.tsx'
import { destinationRoutes } from './destination.tsx'
import { destinationListRoutes } from './destinations.tsx'
import { rejectedListRoutes } from './rejected.tsx'
import { rejectedOneRoutes } from './rejected-one.tsx'
import { rulesRoutes } from './rules.tsx'
import { sourceDetailRoutes } from './source.tsx'
import { sourceListRoutes } from './sources.tsx'

/** Everything about what comes in from sources and goes on to others. */
export const intakeRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  // A form without a field comes without a body.
  app.addHook('preHandler', async (request) => {
    request.body ??= {}
  })
  for (const part of [
    sourceListRoutes,
    sourceDetailRoutes,
    rejectedListRoutes,
    rejectedOneRoutes,
    rulesRoutes,
    aliasRoutes,
    destinationListRoutes,
    destinationRoutes,
  ])
    await app.register(part, desk)
}
