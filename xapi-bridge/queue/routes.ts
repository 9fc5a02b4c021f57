import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import { TokenRefused } from '../../foundation/http/bearer.ts'
import { queryOf } from '../../foundation/http/query.ts'
import { isoOf } from '../../foundation/time.ts'
import { viewerOf } from '../../ledger/access/login.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { reasonCodes } from '../completion/guard.ts'
import { type Decision, decideVoid, dismissItems, releaseItems } from './decide.ts'
import { hintsFor } from './hints.ts'
import { queueCounts, queueList, queueStatus } from './queue.ts'

const itemJson = z.object({
  item_id: z.string(),
  reason: z.string(),
  source: z.string(),
  statement_id: z.string(),
  seq: z.number(),
  teacher_hint: z.string(),
  offering_hint: z.string(),
  detail: z.string().nullable(),
  rules: z.string(),
  is_claim: z.boolean().describe('a claim was filed already; a person decides whether it stands'),
  since: z.string(),
  activity_id: z.string().nullable().describe('of what waits for a mapping or a link: the activity as sent'),
  suggestions: z
    .array(
      z.object({ offering: z.string(), title: z.string(), reason: z.string(), like: z.string().nullable() }),
    )
    .describe('offerings that an unmapped activity may be; nothing is credited by likeness'),
  candidates: z
    .array(z.object({ teacher_no: z.string(), reason: z.string() }))
    .describe('teachers whom an identifier without a link may mean'),
})

const reasonCode = z.enum(reasonCodes)
const bulk = z.object({
  code: reasonCode,
  item_ids: z.array(z.uuid()).min(1).max(500),
  reason: z.string().trim().min(1).max(500),
})
const done = z.object({ done: z.number() })

/** The waiting completions, for administrators' scripts and the desk: what waits, why, and what a person decides. */
export const queueRoutes: FastifyPluginAsyncZod<Ground> = async (app, ground) => {
  const { db } = ground
  const security = [{ token: [] }]

  app.get(
    '/api/queue',
    {
      schema: {
        summary: 'What waits, oldest first',
        security,
        querystring: queryOf({
          reason: reasonCode.optional(),
          after: z.coerce
            .number()
            .int()
            .min(0)
            .default(0)
            .describe('`seq` of the last item of the page before'),
          size: z.coerce.number().int().min(1).max(500).default(50),
        }),
        response: {
          200: z.object({
            items: z.array(itemJson),
            total: z.number(),
            counts: z.record(z.string(), z.number()),
            settled: z.boolean(),
          }),
        },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const { reason, after, size } = request.query
      const { items, total } = await queueList(db, { page: { after, size }, ...(reason ? { reason } : {}) })
      const hints = await hintsFor(db, items)
      return {
        items: items.map((item) => ({
          item_id: item.itemId,
          reason: item.reason,
          source: item.source,
          statement_id: item.statementId,
          seq: item.seq,
          teacher_hint: item.teacherHint,
          offering_hint: item.offeringHint,
          detail: item.detail,
          rules: item.rules,
          is_claim: item.claimId !== null,
          since: isoOf(item.since),
          activity_id: hints.get(item.itemId)?.activityId ?? null,
          suggestions: hints.get(item.itemId)?.suggestions ?? [],
          candidates: (hints.get(item.itemId)?.candidates ?? []).map(({ teacherNo, reason }) => ({
            teacher_no: teacherNo,
            reason,
          })),
        })),
        total,
        counts: Object.fromEntries(await queueCounts(db)),
        settled: (await queueStatus(db)).settled,
      }
    },
  )

  app.post(
    '/api/queue/release',
    {
      schema: {
        summary: 'Let items pass in spite of their code',
        security,
        body: bulk,
        response: { 200: done },
      },
    },
    async (request) => {
      const { code, item_ids, reason } = request.body
      const decision = await decisionOf(request, reason)
      return { done: await releaseItems(ground, code, item_ids, decision) }
    },
  )

  app.post(
    '/api/queue/dismiss',
    {
      schema: {
        summary: 'Set items aside; they never become claims',
        security,
        body: bulk,
        response: { 200: done },
      },
    },
    async (request) => {
      const { code, item_ids, reason } = request.body
      const decision = await decisionOf(request, reason)
      return { done: await dismissItems(ground, code, item_ids, decision) }
    },
  )

  app.post(
    '/api/queue/voids',
    {
      schema: {
        summary: 'Decide on a claim whose source took its completion back',
        security,
        body: z.object({
          item_id: z.uuid(),
          verdict: z.enum(['reverse', 'keep']),
          reason: z.string().trim().min(1).max(500),
        }),
        response: { 200: done },
      },
    },
    async (request) => {
      const { item_id, verdict, reason } = request.body
      await decideVoid(ground, item_id, verdict, await decisionOf(request, reason))
      return { done: 1 }
    },
  )

  async function decisionOf(
    request: Parameters<typeof app.requireToken>[0],
    reason: string,
  ): Promise<Decision> {
    const { sub } = await app.requireToken(request, 'write')
    const viewer = await viewerOf(db, sub)
    // Closed between the check and here.
    if (!viewer) throw new TokenRefused()
    return { actor: actorOf(viewer), makerId: sub, reason }
  }
}
