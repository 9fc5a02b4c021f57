import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import { TokenRefused } from '../../foundation/http/bearer.ts'
import { queryOf } from '../../foundation/http/query.ts'
import type { Id } from '../../foundation/ids.ts'
import { viewerOf } from '../../ledger/access/login.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { deliveryStates } from './delivery.ts'
import { destinations, requireDestination } from './destination.ts'
import { gaugesOf } from './gauges.ts'
import { deliveryJson, destinationJson, toDeliveryJson, toDestinationJson } from './json.ts'
import { deliveriesPage, figuresOf, replayDeliveries } from './log.ts'
import {
  addDestination,
  changeDestination,
  pauseDestination,
  removeDestination,
  resumeDestination,
  rotateSecret,
} from './manage.ts'
import { webhookEvents } from './signature.ts'
import { createForwarding } from './steps.ts'
import { tryOut } from './try-out.ts'
import { deliveryCodes } from './verdict.ts'
import { credentialWish, destinationChange, destinationWish } from './wish.ts'

const security = [{ token: [] }]
const params = z.object({ destination: z.uuid() })
const stateJson = z.object({ state: z.enum(['active', 'paused', 'removed']) })

/** Destinations of forwarding and the log of deliveries, for administrators' scripts and the desk. */
export const forwardingRoutes: FastifyPluginAsyncZod<Ground> = async (app, ground) => {
  const { db, now } = ground
  const forwarding = createForwarding(ground)
  const stopGauges = gaugesOf(ground)
  app.addHook('onClose', async () => {
    stopGauges()
    forwarding.sender.close()
  })

  app.get(
    '/api/destinations',
    {
      schema: {
        summary: 'All destinations with what waits, failed and is dead',
        security,
        querystring: queryOf({}),
        response: { 200: z.object({ destinations: z.array(destinationJson) }) },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const all = await destinations(db)
      const figures = await figuresOf(db, all)
      const at = now()
      return {
        destinations: all.flatMap((one) => {
          const own = figures.get(one.id)
          return own ? [toDestinationJson(one, own, at)] : []
        }),
      }
    },
  )

  app.post(
    '/api/destinations',
    {
      schema: {
        summary: 'Add a destination; the secret of a webhook is shown once',
        security,
        body: destinationWish,
        response: { 201: z.object({ destination_id: z.string(), secret: z.string().nullable() }) },
      },
    },
    async (request, reply) => {
      const by = await changerOf(request)
      return reply.status(201).send(await addDestination(ground, request.body, by))
    },
  )

  app.get(
    '/api/destinations/:destination',
    { schema: { summary: 'One destination', security, params, response: { 200: destinationJson } } },
    async (request) => {
      await app.requireToken(request, 'read')
      return shown(request.params.destination)
    },
  )

  app.patch(
    '/api/destinations/:destination',
    {
      schema: {
        summary: 'Change a destination; what is left out stays',
        security,
        params,
        body: destinationChange,
        response: { 200: destinationJson },
      },
    },
    async (request) => {
      const by = await changerOf(request)
      await changeDestination(ground, request.params.destination, request.body, by)
      return shown(request.params.destination)
    },
  )

  app.delete(
    '/api/destinations/:destination',
    { schema: { summary: 'Remove a destination for good', security, params, response: { 200: stateJson } } },
    async (request) => {
      const by = await changerOf(request)
      await removeDestination(ground, request.params.destination, by)
      return { state: 'removed' as const }
    },
  )

  app.post(
    '/api/destinations/:destination/pause',
    {
      schema: { summary: 'Send nothing until it is resumed', security, params, response: { 200: stateJson } },
    },
    async (request) => {
      const by = await changerOf(request)
      await pauseDestination(ground, request.params.destination, by)
      return { state: 'paused' as const }
    },
  )

  app.post(
    '/api/destinations/:destination/resume',
    { schema: { summary: 'Send again, at once', security, params, response: { 200: stateJson } } },
    async (request) => {
      const by = await changerOf(request)
      await resumeDestination(ground, request.params.destination, by)
      return { state: 'active' as const }
    },
  )

  app.post(
    '/api/destinations/:destination/test',
    {
      schema: {
        summary: 'Ask the receiver once, now',
        security,
        params,
        response: {
          200: z.object({
            ok: z.boolean(),
            status: z.number().nullable(),
            code: z.string().nullable(),
            milliseconds: z.number(),
          }),
        },
      },
    },
    async (request) => {
      await changerOf(request)
      return tryOut(forwarding, request.params.destination)
    },
  )

  app.post(
    '/api/destinations/:destination/rotate',
    {
      schema: {
        summary: 'A new secret for a webhook, or the new credential that an LRS gave',
        security,
        params,
        body: z.strictObject({
          overlap_hours: z.number().int().min(0).max(720).default(24).describe('so long both secrets sign'),
          credential: credentialWish.optional(),
        }),
        response: { 200: z.object({ secret: z.string().nullable() }) },
      },
    },
    async (request) => {
      const by = await changerOf(request)
      const { overlap_hours: overlapHours, credential } = request.body
      return rotateSecret(ground, request.params.destination, { overlapHours, credential }, by)
    },
  )

  app.get(
    '/api/deliveries',
    {
      schema: {
        summary: 'The log of deliveries, newest first',
        security,
        querystring: queryOf({
          destination_id: z.uuid().optional(),
          state: z.enum(deliveryStates).optional(),
          event: z.enum(['statement', ...webhookEvents]).optional(),
          code: z.enum(deliveryCodes).optional(),
          after: z
            .string()
            .regex(/^\d{1,16}_[0-9a-f-]{36}$/)
            .optional()
            .describe('`next` of the page before'),
          size: z.coerce.number().int().min(1).max(500).default(50),
        }),
        response: {
          200: z.object({ deliveries: z.array(deliveryJson), next: z.string().nullable() }),
        },
      },
    },
    async (request) => {
      await app.requireToken(request, 'read')
      const { destination_id: destinationId, ...rest } = request.query
      const { deliveries, next } = await deliveriesPage(db, { destinationId, ...rest })
      return { deliveries: deliveries.map(toDeliveryJson), next }
    },
  )

  app.post(
    '/api/deliveries/replay',
    {
      schema: {
        summary: 'Put deliveries of one destination back in line, all that match',
        security,
        body: z.strictObject({
          destination_id: z.uuid(),
          state: z.enum(['dead', 'delivered']).default('dead'),
          code: z.enum(deliveryCodes).optional(),
          delivery_ids: z.array(z.uuid()).min(1).max(500).optional(),
        }),
        response: { 200: z.object({ replayed: z.number() }) },
      },
    },
    async (request) => {
      const by = await changerOf(request)
      const { destination_id: id, delivery_ids: deliveryIds, state, code } = request.body
      return { replayed: await replayDeliveries(ground, id, { state, code, deliveryIds }, by) }
    },
  )

  async function shown(id: Id) {
    const destination = await requireDestination(db, id)
    const figures = (await figuresOf(db, [destination])).get(id)
    return toDestinationJson(destination, figures as NonNullable<typeof figures>, now())
  }

  async function changerOf(request: Parameters<typeof app.requireToken>[0]): Promise<string> {
    const { sub } = await app.requireToken(request, 'write')
    const viewer = await viewerOf(db, sub)
    // Closed between the check and here.
    if (!viewer) throw new TokenRefused()
    return actorOf(viewer)
  }
}
