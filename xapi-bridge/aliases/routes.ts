import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { TokenRefused } from '../../foundation/http/bearer.ts'
import { queryOf } from '../../foundation/http/query.ts'
import { isoOf } from '../../foundation/time.ts'
import { viewerOf } from '../../ledger/access/login.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { type Source, sourceById } from '../sources/source.ts'
import { addAliases, aliasesOf, mostAliases, removeAlias } from './aliases.ts'

const params = z.object({ source: z.uuid() })
const reason = z.string().trim().min(1).max(500)
const activity = z.string().min(1).max(2000)

/** Further names that a source has for offerings, as administrators map them: exact ids, also many at once. */
export const aliasRoutes: FastifyPluginAsyncZod<Ground> = async (app, ground) => {
  const { db } = ground
  const security = [{ token: [] }]

  app.get(
    '/api/sources/:source/aliases',
    {
      schema: {
        summary: 'Activities of a source that people mapped',
        security,
        params,
        querystring: queryOf({}),
        response: {
          200: z.object({
            aliases: z.array(
              z.object({
                activity: z.string(),
                offering: z.string(),
                made_by: z.string(),
                reason: z.string(),
                recorded_at: z.string(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const source = await sourceOf(request.params.source)
      const aliases = await aliasesOf(db, source.id)
      return {
        aliases: aliases.map((one) => ({
          activity: one.activityId,
          offering: one.offeringCode,
          made_by: one.madeBy,
          reason: one.reason,
          recorded_at: isoOf(one.recordedAt),
        })),
      }
    },
  )

  app.post(
    '/api/sources/:source/aliases',
    {
      schema: {
        summary: 'Map activities to an offering; what waits for them is released',
        security,
        params,
        body: z.strictObject({
          activities: z.array(activity).min(1).max(mostAliases),
          offering: z.string().min(1).max(100),
          reason,
        }),
        response: { 200: z.object({ added: z.number() }) },
      },
    },
    async (request) => {
      const actor = await actorBy(request)
      const { activities, offering, reason: why } = request.body
      const source = await sourceOf(request.params.source)
      const wish = { source, activityIds: activities, offeringCode: offering, actor, reason: why }
      return { added: await addAliases(ground, wish) }
    },
  )

  app.post(
    '/api/sources/:source/aliases/remove',
    {
      schema: {
        summary: 'Forget a mapping; claims that were filed by it stand',
        security,
        params,
        body: z.strictObject({ activity, reason }),
        response: { 200: z.object({ removed: z.string() }) },
      },
    },
    async (request) => {
      const actor = await actorBy(request)
      const source = await sourceOf(request.params.source)
      const { activity: activityId, reason: why } = request.body
      await removeAlias(ground, { source, activityId, actor, reason: why })
      return { removed: activityId }
    },
  )

  async function sourceOf(id: string): Promise<Source> {
    const source = await sourceById(db, id)
    if (!source) throw new NotFound('source-unknown', 'no source has this id')
    return source
  }

  async function actorBy(request: Parameters<typeof app.requireToken>[0]): Promise<string> {
    const { sub } = await app.requireToken(request, 'write')
    const viewer = await viewerOf(db, sub)
    if (!viewer) throw new TokenRefused()
    return actorOf(viewer)
  }
}
