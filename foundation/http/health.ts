import type { FastifyPluginAsync } from 'fastify'
import type { ProbeResult } from '../database/probe.ts'

/** Liveness (`/healthz`: the process answers) and readiness (`/readyz`: the database gives what the book relies on). */
export const health: FastifyPluginAsync<{
  probe: () => Promise<ProbeResult>
  stopping: () => boolean
}> = async (app, { probe, stopping }) => {
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }))

  app.get('/readyz', { schema: { hide: true } }, async (request, reply) => {
    if (stopping()) return reply.status(503).send({ status: 'stopping' })
    try {
      const result = await probe()
      return await reply
        .status(result.ok ? 200 : 503)
        .send({ status: result.ok ? 'ready' : 'unfit', ...result })
    } catch (error) {
      request.log.warn({ err: error }, 'readiness could not be probed')
      return reply.status(503).send({ status: 'database unreachable' })
    }
  })
}
