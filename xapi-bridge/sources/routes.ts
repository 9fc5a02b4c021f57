import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import { isoOf } from '../../foundation/time.ts'
import { sourcesWithHealth } from './health.ts'

const sourceJson = z.object({
  source_id: z.string(),
  name: z.string(),
  preset: z.string(),
  state: z.string(),
  actor_home_pages: z.array(z.string()),
  accepted: z.number(),
  duplicate: z.number(),
  refused: z.number(),
  conflict: z.number(),
  last_push_at: z.string().nullable(),
  keys: z.array(z.string()).describe('keys that are valid now; secrets are shown once, when made'),
})

/** What administrators' scripts and the desk may know of sources. */
export const sourceRoutes: FastifyPluginAsyncZod<Ground> = async (app, { db }) => {
  app.get(
    '/api/sources',
    {
      schema: {
        summary: 'All sources with what they pushed',
        security: [{ token: [] }],
        response: { 200: z.object({ sources: z.array(sourceJson) }) },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const sources = await sourcesWithHealth(db)
      return {
        sources: sources.map((source) => ({
          source_id: source.id,
          name: source.name,
          preset: source.preset,
          state: source.state,
          actor_home_pages: source.actorHomePages,
          accepted: source.accepted,
          duplicate: source.duplicate,
          refused: source.refused,
          conflict: source.conflict,
          last_push_at: source.lastPushAt === null ? null : isoOf(source.lastPushAt),
          keys: source.keys,
        })),
      }
    },
  )
}
