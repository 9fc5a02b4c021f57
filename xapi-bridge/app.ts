import type { FastifyPluginAsync } from 'fastify'
import type { Ground } from '../foundation/ground.ts'
import { bearer } from '../foundation/http/bearer.ts'
import { isUsable } from '../ledger/access/bearer.ts'
import { adapterRoutes } from './adapters/routes.ts'
import { aliasRoutes } from './aliases/routes.ts'
import { createRejects } from './dead-letter/keep.ts'
import { deadLetterRoutes } from './dead-letter/routes.ts'
import { documentResources } from './documents/resources.ts'
import { forwardingRoutes } from './forwarding/routes.ts'
import { about } from './protocol/about.ts'
import type { Resource } from './protocol/exchange.ts'
import { protocol } from './protocol/serve.ts'
import { queueRoutes } from './queue/routes.ts'
import { rulesRoutes } from './rule-changes/routes.ts'
import { createAuthenticator } from './sources/authenticate.ts'
import { createHealth } from './sources/health.ts'
import { showSources } from './sources/metrics.ts'
import { tokenEndpoint } from './sources/oauth.ts'
import { createRates } from './sources/rates.ts'
import { receiptRoutes } from './sources/receipt-routes.ts'
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
  const authenticator = createAuthenticator(ground, health.noteUse)
  const rates = createRates(now)
  showSources(ground)
  app.addHook('onClose', async () => {
    await writer.close()
    await health.close()
  })

  const receiving = { db, config, writer, health, rates, rejects: createRejects(ground), now }
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
    callerOf: authenticator.callerOf,
    admitPush: ({ source }, bytes) => {
      try {
        rates.admit(source, bytes)
      } catch (error) {
        health.note(source.id, { limited: 1 })
        throw error
      }
    },
    resources: [about, statements, ...documentResources(ground)],
  })
  await app.register(tokenEndpoint, { ground, authenticator })
  await app.register(bearer, {
    tokenSecret: config.tokenSecret,
    isUsable: (token) => isUsable(db, token, now()),
  })
  await app.register(sourceRoutes, ground)
  await app.register(queueRoutes, ground)
  await app.register(aliasRoutes, ground)
  await app.register(rulesRoutes, ground)
  await app.register(deadLetterRoutes, ground)
  await app.register(adapterRoutes, { ground, authenticator, receiving })
  await app.register(forwardingRoutes, ground)
  await app.register(receiptRoutes, { ground, authenticator })
}
