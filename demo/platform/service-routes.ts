import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { projectRoot } from '../../foundation/root.ts'
import { storageFramePage } from './pages.tsx'
import type { Platform } from './platform.ts'

const ASSETS: Record<string, string> = {
  'platform.css': 'text/css; charset=utf-8',
  'post.js': 'text/javascript; charset=utf-8',
  'registration.js': 'text/javascript; charset=utf-8',
  'storage.js': 'text/javascript; charset=utf-8',
}

// Beyond the three seconds that a careful tool waits for a key set.
const SLOW_MS = 5_000

/** What machines ask of the stand-in platform: its keys, its journal, its scripts. */
export function serviceRoutes(app: FastifyInstance, platform: Platform): void {
  app.get('/lti/jwks', async (_request, reply) => {
    if (platform.keySet === 'down') {
      // As a machine that is gone: the connection ends without an answer.
      reply.hijack()
      reply.raw.destroy()
      return
    }
    if (platform.keySet === 'slow') await setTimeout(SLOW_MS, undefined, { ref: false })
    if (platform.keySet === 'html') return reply.type('text/html').send('<!doctype html><title>login</title>')
    return reply.header('cache-control', 'no-store').send(await platform.keys.published())
  })

  app.get<{ Querystring: { since?: string } }>('/journal', (request, reply) =>
    reply.send(platform.journal.since(Number(request.query.since ?? 0))),
  )
  app.post('/journal', (request, reply) => {
    platform.journal.note({
      kind: 'message',
      method: '',
      url: '',
      headers: {},
      body: request.body,
      status: null,
    })
    return reply.code(204).send()
  })

  app.get<{ Querystring: { storage?: string } }>('/storage-frame', (request, reply) =>
    reply.type('text/html; charset=utf-8').send(storageFramePage(request.query.storage ?? 'frame')),
  )

  app.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const type = ASSETS[request.params.name]
    if (!type) return reply.callNotFound()
    return reply
      .type(type)
      .send(await readFile(join(projectRoot, 'demo/platform/assets', request.params.name)))
  })
}
