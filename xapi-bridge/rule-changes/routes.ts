import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { TokenRefused } from '../../foundation/http/bearer.ts'
import { queryOf } from '../../foundation/http/query.ts'
import { isDay } from '../../foundation/time.ts'
import { viewerOf } from '../../ledger/access/login.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { tallyOf } from '../reading/cursor.ts'
import { versionJson } from '../rules/json.ts'
import { versionsOf } from '../rules/versions.ts'
import { rulesAsYaml } from '../rules/yaml.ts'
import { type Source, sourceByName } from '../sources/source.ts'
import { decideRules, proposeRules, type RuleMaker, rulesForSource } from './change.ts'
import { trialSeenBy } from './seen.ts'
import { trialJson } from './trial-json.ts'
import { tryRules } from './try.ts'

const day = z.string().refine(isDay, 'a civil day, such as 2026-01-31')
const rules = z
  .string()
  .min(1)
  .max(500_000)
  .describe('YAML: a whole rule set, or preset: and what differs from it')
const ruleVersion = z.object({
  version: z.number(),
  valid_from: z.string(),
  state: z.string(),
  content_hash: z.string(),
  reason: z.string(),
  made_by: z.string(),
  made_at: z.string(),
  checked_by: z.string().nullable(),
  checked_at: z.string().nullable(),
  applied_at: z.string().nullable(),
})
const sourceName = z.string().min(1).describe('name of the source')
const words = z.string().trim().min(1).max(500)

/** How statements of a source are read: tried, proposed, and decided on by a second person. */
export const rulesRoutes: FastifyPluginAsyncZod<Ground> = async (app, ground) => {
  const { db } = ground
  const security = [{ token: [] }]

  app.post(
    '/api/rules/try',
    {
      schema: {
        summary: 'What other rules would have decided over stored statements; writes nothing',
        security,
        body: z.strictObject({ source: sourceName, rules, from: day.optional() }),
        response: { 200: trialJson },
      },
    },
    async (request) => {
      const { sub } = await app.requireToken(request, 'read')
      const viewer = await viewerOf(db, sub)
      if (!viewer) throw new TokenRefused()
      const source = await sourceNamed(request.body.source)
      const candidate = rulesForSource(source, request.body.rules)
      const trial = await tryRules(ground, { source, candidate, from: request.body.from ?? null })
      return { rules: candidate.label, ...trialSeenBy(viewer, trial) }
    },
  )

  app.get(
    '/api/rules',
    {
      schema: {
        summary: 'The versions of the rules of a source, newest first, and as what its statements were read',
        security,
        querystring: queryOf({ source: sourceName }),
        response: {
          200: z.object({
            preset: z.string(),
            versions: z.array(ruleVersion),
            read_as: z
              .array(z.object({ outcome: z.string(), statements: z.number() }))
              .describe('as what its statements were read when they came'),
          }),
        },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const source = await sourceNamed(request.query.source)
      return {
        preset: source.preset,
        versions: (await versionsOf(db, source.id)).map(versionJson),
        read_as: await tallyOf(db, source.id),
      }
    },
  )

  app.get(
    '/api/rules/document',
    {
      schema: {
        summary: 'A rule set of a source as YAML: one version, or what its preset says',
        security,
        querystring: queryOf({
          source: sourceName,
          version: z.coerce.number().int().min(1).optional().describe('without it: the preset'),
        }),
        response: { 200: z.object({ rules: z.string() }) },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const source = await sourceNamed(request.query.source)
      return { rules: await rulesAsYaml(db, source, request.query.version ?? null) }
    },
  )

  app.post(
    '/api/rules',
    {
      schema: {
        summary: 'Propose rules for events from a day on',
        security,
        body: z.strictObject({ source: sourceName, rules, from: day, reason: words }),
        response: { 200: ruleVersion },
      },
    },
    async (request) => {
      const { rules: text, from, reason } = request.body
      const maker = await makerOf(request, reason)
      const source = await sourceNamed(request.body.source)
      return versionJson(await proposeRules(ground, { source, text, validFrom: from, ...maker }))
    },
  )

  app.post(
    '/api/rules/decide',
    {
      schema: {
        summary: 'Approve or reject proposed rules; the worker then reads again what was read before',
        security,
        body: z.strictObject({
          source: sourceName,
          version: z.number().int().min(1),
          verdict: z.enum(['approve', 'reject']),
          reason: words,
        }),
        response: { 200: ruleVersion },
      },
    },
    async (request) => {
      const { version: versionNo, verdict, reason } = request.body
      const maker = await makerOf(request, reason)
      const { id: sourceId } = await sourceNamed(request.body.source)
      return versionJson(await decideRules(ground, { sourceId, versionNo, verdict, ...maker }))
    },
  )

  async function sourceNamed(name: string): Promise<Source> {
    const source = await sourceByName(db, name)
    if (!source) throw new NotFound('source-unknown', 'no source has this name')
    return source
  }

  async function makerOf(
    request: Parameters<typeof app.requireToken>[0],
    reason: string,
  ): Promise<RuleMaker> {
    const { sub } = await app.requireToken(request, 'write')
    const viewer = await viewerOf(db, sub)
    if (!viewer) throw new TokenRefused()
    return { loginId: sub, actor: actorOf(viewer), reason }
  }
}
