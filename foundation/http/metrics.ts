import fp from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Figures of one process in Prometheus' form. Labels are routes and codes, never people. */
export const registry = new Registry()
collectDefaultMetrics({ register: registry, prefix: 'xueshi_' })

const requests = new Histogram({
  name: 'xueshi_http_request_seconds',
  help: 'Time to answer, by method, route and status',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers: [registry],
})

/** Pieces of background work that were done, by step. */
export const workDone = new Counter({
  name: 'xueshi_work_done_total',
  help: 'Pieces of background work done, by step',
  labelNames: ['step'],
  registers: [registry],
})

/** Measures every request and answers `/metrics`. */
export const metrics = fp(async (app) => {
  app.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: String(reply.statusCode),
    }
    requests.observe(labels, reply.elapsedTime / 1000)
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
})
