import type { FastifyPluginAsync } from 'fastify'
import { NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { bearer } from '../foundation/http/bearer.ts'
import { isUsable } from '../ledger/access/bearer.ts'
import { queueRoutes } from './conversion/routes.ts'
import { conversionStatesOf } from './conversion/states.ts'
import { createRejects } from './dead-letter/keep.ts'
import { deadLetterRoutes } from './dead-letter/routes.ts'
import { documentResources } from './documents/resources.ts'
import { NotAuthenticated } from './errors.ts'
import { isUuid } from './language/terms.ts'
import { about } from './protocol/about.ts'
import type { Resource } from './protocol/exchange.ts'
import { protocol } from './protocol/serve.ts'
import { type Authenticator, createAuthenticator } from './sources/authenticate.ts'
import { createHealth } from './sources/health.ts'
import { receiptOf } from './sources/receipts.ts'
import { sourceRoutes } from './sources/routes.ts'
import { consistentThrough } from './statements/consistent-through.ts'
import { largestJson, postStatements, putStatement } from './statements/receive.ts'
import { getStatements } from './statements/retrieve.ts'
import { createWriter } from './statements/writer.ts'

/** The LRS endpoint. Reads from top to bottom as a request passes through it. */
export const bridge: FastifyPluginAsync<Ground> = async (app, ground) => {
  const { db, now, config } = ground
  const writer = createWriter(ground)
  const health = createHealth(ground)
  const authenticator = createAuthenticator(ground)
  app.addHook('onClose', async () => {
    await writer.close()
    await health.close()
  })

  const receiving = { db, config, writer, health, rejects: createRejects(ground), now }
  const retrieving = { db, writer, config, path: '/xapi/statements' }
  const statements: Resource = {
    path: '/statements',
    bodyLimit: largestJson + config.xapiAttachmentBytes,
    always: async () => consistentThrough(await writer.watermark()),
    methods: {
      POST: (request) => postStatements(receiving, request),
      PUT: (request) => putStatement(receiving, request),
      GET: (request) => getStatements(retrieving, request),
    },
  }

  await app.register(protocol, {
    prefix: '/xapi',
    defaultVersion: config.xapiDefaultVersion,
    callerOf: (authorization) => authenticator.callerOf(authorization),
    resources: [about, statements, ...documentResources(ground)],
  })
  await app.register(bearer, {
    tokenSecret: config.tokenSecret,
    isUsable: (token) => isUsable(db, token, now()),
  })
  await app.register(sourceRoutes, ground)
  await app.register(queueRoutes, ground)
  await app.register(deadLetterRoutes, ground)
  await app.register(receiptResource, { ground, authenticator, prefix: '/api/sources' })
}

/** `/api/sources/:source/receipts/:id`: what became of a request, for the source that sent it. */
const receiptResource: FastifyPluginAsync<{ ground: Ground; authenticator: Authenticator }> = async (
  app,
  { ground, authenticator },
) => {
  app.get<{ Params: { source: string; id: string } }>('/:source/receipts/:id', async (request, reply) => {
    const { source } = await authenticator.callerOf(request.headers.authorization).catch((error) => {
      if (error instanceof NotAuthenticated) reply.header('WWW-Authenticate', 'Basic realm="xAPI"')
      throw error
    })
    const { source: sourceId, id } = request.params
    const receipt =
      source.id === sourceId && isUuid(id)
        ? await receiptOf(ground.db, { sourceId, receipt: id.toLowerCase(), statesOf: conversionStatesOf })
        : null
    if (!receipt) throw new NotFound('receipt-unknown', 'this source has no such receipt')
    return receipt
  })
}
