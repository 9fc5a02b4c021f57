import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { Config } from '../config.ts'
import { ExpectedError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { problemOf, writtenProblem } from './problem.ts'

/**
 * A bare HTTP server of the house: zod schemas check and type the routes, every failure is answered as
 * `application/problem+json` (or in plain text for who asks for that first), and each request carries an id that is in
 * the log and in the answer.
 */
export function createServer({
  config,
  log,
}: {
  config: Pick<Config, 'trustProxy'>
  log: Logger
}): FastifyInstance {
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    trustProxy: config.trustProxy > 0 && ((_address: string, hop: number) => hop < config.trustProxy),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 400 },
    forceCloseConnections: 'idle',
    // Fastify waits for ever unless told; a sender on a slow line has its largest batch through long before.
    requestTimeout: 300_000,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    // Whoever hung up in the middle of a request hears no answer, and nothing here has failed.
    if (request.raw.readableAborted) request.log.debug('sender hung up')
    else if (problem.status >= 500 && !(error instanceof ExpectedError))
      request.log.error({ err: error }, 'request failed')
    else request.log.info({ code: problem.code, status: problem.status }, 'request refused')
    if (error instanceof ExpectedError && error.retryAfterSeconds)
      reply.header('retry-after', error.retryAfterSeconds)
    const { type, body } = writtenProblem(problem, request.headers.accept)
    return reply.status(problem.status).type(type).send(body)
  })
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf({ statusCode: 404, message: 'there is nothing at this address' })
    const { type, body } = writtenProblem(problem, request.headers.accept)
    return reply.status(404).type(type).send(body)
  })
  return app
}
