import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { NotFound } from '../foundation/errors.ts'
import type { Ground } from '../foundation/ground.ts'
import { bearer } from '../foundation/http/bearer.ts'
import { isUsable } from '../ledger/access/bearer.ts'
import { queueRoutes } from './conversion/routes.ts'
import { conversionStatesOf } from './conversion/states.ts'
import { BadRequest, InvalidStatements, NotAuthenticated, StatementConflict } from './errors.ts'
import { isUuid } from './language/terms.ts'
import { negotiate, type Version } from './language/version.ts'
import { type Authenticator, type Caller, createAuthenticator } from './sources/authenticate.ts'
import { createHealth } from './sources/health.ts'
import { receiptOf } from './sources/receipts.ts'
import { createRejects } from './sources/rejected.ts'
import { sourceRoutes } from './sources/routes.ts'
import { consistentThrough, type XapiAnswer, type XapiRequest } from './statements/answer.ts'
import { postStatements, putStatement } from './statements/receive.ts'
import { getStatements } from './statements/retrieve.ts'
import { createWriter, type Writer } from './statements/writer.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Which source sent this request to the bridge, and what its credential permits. */
    caller: Caller | null
    /** The rules of xAPI that bind this request. */
    xapiVersion: Version
  }
}

/** How large a request of statements may be, in bytes. */
const bodyLimit = 6 * 1024 * 1024

/** The LRS endpoint. Reads from top to bottom as a request passes through it. */
export const bridge: FastifyPluginAsync<Ground> = async (app, ground) => {
  const writer = createWriter(ground)
  const health = createHealth(ground)
  const authenticator = createAuthenticator(ground)
  app.addHook('onClose', async () => {
    await writer.close()
    await health.close()
  })
  app.decorateRequest('caller', null)
  app.decorateRequest('xapiVersion', '1.0.3')

  await app.register(aboutResource, { ...ground, prefix: '/xapi' })
  await app.register(statementResource, { ground, writer, health, authenticator, prefix: '/xapi/statements' })
  await app.register(bearer, {
    tokenSecret: ground.config.tokenSecret,
    isUsable: (token) => isUsable(ground.db, token, ground.now()),
  })
  await app.register(sourceRoutes, ground)
  await app.register(queueRoutes, ground)
  await app.register(receiptResource, { ground, authenticator, prefix: '/api/sources' })
}

/** `/xapi/about`: which versions are spoken. Open to everybody. */
const aboutResource: FastifyPluginAsync<Ground> = async (app, { config }) => {
  app.get('/about', { schema: { hide: true } }, async (request, reply) => {
    const { version } = negotiate(versionHeader(request), config.xapiDefaultVersion)
    reply.header('X-Experience-API-Version', version)
    return reply.type('application/json').send('{"version":["1.0.3","2.0.0"]}')
  })
}

interface StatementResource {
  ground: Ground
  writer: Writer
  health: ReturnType<typeof createHealth>
  authenticator: Authenticator
}

/** `/xapi/statements`. */
const statementResource: FastifyPluginAsync<StatementResource> = async (app, on) => {
  const { ground, writer, health, authenticator } = on
  const { db, now, config } = ground
  // The bytes are the truth: nothing but this endpoint's own reader may parse them.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))

  app.addHook('onRequest', async (request, reply) => {
    const { version, understood } = negotiate(versionHeader(request), config.xapiDefaultVersion)
    request.xapiVersion = version
    reply.header('X-Experience-API-Version', version)
    request.caller = await authenticator.callerOf(request.headers.authorization)
    if (!understood)
      throw new BadRequest('X-Experience-API-Version is missing or names a version not spoken here')
  })
  // What was refused for its content is kept, and has a receipt too.
  app.addHook('onError', async (_request, reply, error) => {
    if (error instanceof InvalidStatements || error instanceof StatementConflict)
      reply.header('X-Xueshi-Receipt', error.receipt)
  })
  app.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode === 401) reply.header('WWW-Authenticate', 'Basic realm="xAPI", charset="UTF-8"')
    if (!reply.hasHeader('X-Experience-API-Consistent-Through')) {
      // While the database is away there is nothing true to say, and the answer must not wait for it.
      const watermark = await writer.watermark().catch(() => null)
      if (watermark !== null) reply.headers(consistentThrough(watermark))
    }
    return wantsText(request, reply) ? asText(reply, String(payload)) : payload
  })

  const receiving = { writer, health, rejects: createRejects(db), now }
  const retrieving = { db, writer, config, path: '/xapi/statements' }
  const schema = { hide: true }
  app.post('/', { schema, bodyLimit }, async (request, reply) =>
    send(reply, await postStatements(receiving, xapiRequestOf(request))),
  )
  app.put('/', { schema, bodyLimit }, async (request, reply) =>
    send(reply, await putStatement(receiving, xapiRequestOf(request))),
  )
  app.get('/', { schema }, async (request, reply) =>
    send(reply, await getStatements(retrieving, xapiRequestOf(request))),
  )
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

function wantsText({ headers }: FastifyRequest, reply: FastifyReply): boolean {
  const isProblem = String(reply.getHeader('content-type')).startsWith('application/problem+json')
  return isProblem && /^\s*text\/plain/i.test(headers.accept ?? '')
}

/** A problem in lines, for people who read it in a terminal. */
function asText(reply: FastifyReply, payload: string): string {
  const { title, errors = [] } = JSON.parse(payload) as {
    title: string
    errors?: { index?: number; pointer?: string; detail: string }[]
  }
  const lines = errors.map(({ index, pointer, detail }) => `statement ${index} ${pointer}: ${detail}`)
  const text = `${[title, ...lines].join('\n')}\n`
  reply.type('text/plain; charset=utf-8').header('content-length', Buffer.byteLength(text))
  return text
}

function versionHeader(request: FastifyRequest): string | undefined {
  const header = request.headers['x-experience-api-version']
  return Array.isArray(header) ? header[0] : header
}

function xapiRequestOf(request: FastifyRequest): XapiRequest {
  const params = new Map<string, string>()
  let repeated = false
  for (const [name, value] of Object.entries(request.query as Record<string, string | string[]>)) {
    if (Array.isArray(value)) repeated = true
    params.set(name, Array.isArray(value) ? (value[0] ?? '') : value)
  }
  return {
    method: request.method,
    params,
    repeated,
    headers: request.headers as Record<string, string | undefined>,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    caller: request.caller as Caller,
    version: request.xapiVersion,
  }
}

function send(reply: FastifyReply, answer: XapiAnswer): FastifyReply {
  return reply.status(answer.status).headers(answer.headers).send(answer.body)
}
