import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import { TokenRefused } from '../../foundation/http/bearer.ts'
import { queryOf } from '../../foundation/http/query.ts'
import { viewerOf } from '../../ledger/access/login.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { shownFaults } from '../errors.ts'
import { type FaultCode, faultCodes } from '../language/faults.ts'
import { mendAll } from './bulk.ts'
import type { MendingPlan } from './draft.ts'
import { openByCode, type RejectedFilter, rejectedPage } from './find.ts'
import { inputStates } from './input.ts'
import { type Mending, mendingNames, mendings } from './mendings.ts'
import { dismiss, preview, replay, type SettleOrder } from './settle.ts'
import { draftJson, rejectedJson, summaryJson } from './shown.ts'

const faultCode = z.enum(Object.keys(faultCodes) as [FaultCode, ...FaultCode[]])
const mendingName = z.enum(mendingNames)
const reason = z.string().trim().min(1).max(500)
const idParams = z.object({ id: z.uuid() })

const fault = z.object({
  index: z.number().optional(),
  statement_id: z.string().optional(),
  pointer: z.string().optional(),
  code: z.string().optional(),
  detail: z.string(),
})

const summary = z.object({
  rejected_id: z.string().describe('also the receipt that the sender was given'),
  source_id: z.string(),
  source: z.string(),
  received_at: z.string(),
  status: z.number().describe('the answer it got'),
  method: z.string(),
  via: z.string().describe('push, or the adapter that it came through'),
  codes: z.array(z.string()).describe('its faults, each once'),
  bytes: z.number(),
  masked: z.boolean().describe('identity numbers in it are starred out'),
  state: z.enum(inputStates),
})

const statement = z.object({
  index: z.number(),
  before: z.string(),
  after: z.string(),
  changed: z.boolean(),
  left_out: z.boolean(),
  changes: z.array(z.string()),
  faults_before: z.array(fault),
  faults_after: z.array(fault),
  stored: z.boolean().describe('the same statement is stored already'),
})

const draft = z.object({
  ready: z.boolean().describe('nothing is in the way of a replay'),
  total: z.number().describe('statements in it'),
  remaining: z.number().describe('statements that still have faults'),
  statements: z.array(statement).describe('those with faults first, at most 200'),
})

const detail = summary.omit({ codes: true }).extend({
  version: z.string(),
  statement_id: z.string().nullable().describe('the id that the address of a PUT named'),
  headers: z.record(z.string(), z.string()),
  cut: z.boolean().describe('it was longer than what is kept of one'),
  body: z.string().nullable().describe('as it came, identity numbers starred out; null if large or no text'),
  errors: z.array(fault).describe('what was wrong when it came'),
  settled_at: z.string().nullable(),
  settled_by: z.string().nullable(),
  settled_reason: z.string().nullable(),
  replayed: z.array(
    z.object({
      statement_id: z.string(),
      seq: z.number(),
      index: z.number(),
      operator: z.string(),
      reason: z.string(),
      changes: z.array(z.string()),
      replayed_at: z.string(),
    }),
  ),
  ...draft.shape,
})

const plan = z.object({
  body: z.string().max(6_291_456).optional().describe('a new body, where what came cannot be taken apart'),
  edits: z
    .array(z.object({ index: z.number().int().min(0), text: z.string().max(1_048_576) }))
    .max(500)
    .optional(),
  mendings: z.array(mendingName).max(mendingNames.length).optional(),
  leave_out: z.array(z.number().int().min(0)).max(5000).optional(),
})

const replayed = z.object({
  receipt: z.string(),
  accepted: z.number(),
  duplicate: z.number(),
  statement_ids: z.array(z.string()),
})

/** How large a plan may be: a whole new body, as JSON text in JSON. */
const bodyLimit = 16 * 1024 * 1024

/** The dead letter, for administrators' scripts and the desk: what was refused, why, and how it is mended. */
export const deadLetterRoutes: FastifyPluginAsyncZod<Ground> = async (app, ground) => {
  const { db } = ground
  const security = [{ token: [] }]

  app.get(
    '/api/rejected',
    {
      schema: {
        summary: 'Requests that were refused for their content, newest first',
        security,
        querystring: queryOf({
          source: z.uuid().optional(),
          code: faultCode.optional(),
          state: z.enum(inputStates).optional(),
          before: z.uuid().optional().describe('`rejected_id` of the last of the page before'),
          size: z.coerce.number().int().min(1).max(500).default(50),
        }),
        response: {
          200: z.object({
            inputs: z.array(summary),
            total: z.number(),
            open_by_code: z
              .record(z.string(), z.number())
              .describe('open requests by fault, of the source asked for or of all'),
          }),
        },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const { source, code, state, before, size } = request.query
      const filter: RejectedFilter = {
        ...(source ? { sourceId: source.toLowerCase() } : {}),
        ...(code ? { code } : {}),
        ...(state ? { state } : {}),
      }
      const { inputs, total } = await rejectedPage(db, filter, {
        size,
        ...(before ? { before: before.toLowerCase() } : {}),
      })
      return {
        inputs: inputs.map(summaryJson),
        total,
        open_by_code: Object.fromEntries(await openByCode(db, filter)),
      }
    },
  )

  app.get(
    '/api/rejected/mendings',
    {
      schema: {
        summary: 'The mendings there are',
        security,
        querystring: queryOf({}),
        response: {
          200: z.object({
            mendings: z.array(z.object({ name: mendingName, does: z.string(), codes: z.array(z.string()) })),
          }),
        },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      return {
        mendings: mendingNames.map((name) => {
          const { does, codes } = mendings[name] as Mending
          return { name, does, codes: [...codes] }
        }),
      }
    },
  )

  app.get(
    '/api/rejected/:id',
    {
      schema: {
        summary: 'One refused request with its statements and their faults',
        security,
        params: idParams,
        response: { 200: detail },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      return rejectedJson(ground, request.params.id.toLowerCase())
    },
  )

  app.post(
    '/api/rejected/:id/preview',
    {
      bodyLimit,
      schema: {
        summary: 'What a mending would make of a refused request; changes nothing',
        security,
        params: idParams,
        body: plan,
        response: { 200: draft },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      return draftJson(await preview(ground, request.params.id.toLowerCase(), planOf(request.body)))
    },
  )

  app.post(
    '/api/rejected/:id/replay',
    {
      bodyLimit,
      schema: {
        summary: 'Mend a refused request and store its statements, all or none',
        security,
        params: idParams,
        body: plan.extend({ reason }),
        response: { 200: replayed },
      },
    },
    async (request) => {
      const order = await orderOf(request, request.body.reason)
      const id = request.params.id.toLowerCase()
      const { statementIds, ...done } = await replay(ground, id, planOf(request.body), order)
      return { ...done, statement_ids: statementIds }
    },
  )

  app.post(
    '/api/rejected/:id/dismiss',
    {
      schema: {
        summary: 'Set a refused request aside for good',
        security,
        params: idParams,
        body: z.object({ reason }),
        response: { 200: z.object({ state: z.enum(inputStates) }) },
      },
    },
    async (request) => {
      await dismiss(ground, request.params.id.toLowerCase(), await orderOf(request, request.body.reason))
      return { state: 'dismissed' as const }
    },
  )

  app.post(
    '/api/rejected/mend',
    {
      schema: {
        summary: 'Apply mendings to everything that waits under one fault; without `apply` only preview',
        security,
        body: z
          .object({
            code: faultCode,
            mendings: z.array(mendingName).min(1).max(mendingNames.length),
            source: z.uuid().optional(),
            after: z.uuid().optional().describe('`next` of the answer before'),
            size: z.number().int().min(1).max(100).default(50),
            apply: z.boolean().default(false),
            reason: reason.optional(),
          })
          .refine(({ apply, reason }) => !apply || reason !== undefined, {
            path: ['reason'],
            message: 'a replay needs a reason',
          }),
        response: {
          200: z.object({
            inputs: z.number(),
            ready: z.number(),
            accepted: z.number(),
            duplicate: z.number(),
            refused: z.array(
              z.object({ rejected_id: z.string(), code: z.string().nullable(), errors: z.array(fault) }),
            ),
            samples: z.array(
              z.object({
                rejected_id: z.string(),
                index: z.number(),
                before: z.string(),
                after: z.string(),
                faults_after: z.array(fault),
              }),
            ),
            next: z.string().nullable(),
          }),
        },
      },
    },
    async (request) => {
      const { code, mendings: names, source, after, size, apply } = request.body
      const order = apply ? await orderOf(request, request.body.reason ?? '') : null
      if (!order) await app.requireToken(request, 'read')
      const wish = {
        code,
        plan: { mendings: names },
        size,
        ...(source ? { sourceId: source.toLowerCase() } : {}),
        ...(after ? { after: after.toLowerCase() } : {}),
      }
      const { refused, samples, ...rest } = await mendAll(ground, wish, order)
      return {
        ...rest,
        refused: refused.map(({ id, code: why, statements }) => ({
          rejected_id: id,
          code: why ?? null,
          errors: shownFaults(statements.flatMap(({ faultsAfter }) => faultsAfter)),
        })),
        samples: samples.map(({ id, index, before, after: made, faultsAfter }) => ({
          rejected_id: id,
          index,
          before,
          after: made,
          faults_after: shownFaults(faultsAfter),
        })),
      }
    },
  )

  async function orderOf(request: FastifyRequest, why: string): Promise<SettleOrder> {
    const { sub } = await app.requireToken(request, 'write')
    const viewer = await viewerOf(db, sub)
    // Closed between the check and here.
    if (!viewer) throw new TokenRefused()
    return { actor: actorOf(viewer), operatorId: sub, reason: why }
  }
}

function planOf({ body, edits, mendings: names, leave_out }: z.infer<typeof plan>): MendingPlan {
  return {
    ...(body === undefined ? {} : { body }),
    ...(edits ? { edits } : {}),
    ...(names ? { mendings: names } : {}),
    ...(leave_out ? { leaveOut: leave_out } : {}),
  }
}
