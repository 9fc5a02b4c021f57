import type { FastifyInstance } from 'fastify'
import { requireSecureAddress } from '../foundation/config.ts'
import { type ProbeResult, probe, requireFit } from '../foundation/database/probe.ts'
import type { Ground } from '../foundation/ground.ts'
import { health } from '../foundation/http/health.ts'
import { metrics } from '../foundation/http/metrics.ts'
import { openapi } from '../foundation/http/openapi.ts'
import { createServer } from '../foundation/http/server.ts'
import { migrations } from '../migrations/index.ts'
import { bridge } from '../xapi-bridge/app.ts'
import { version } from './version.ts'

/** Which door a process opens. */
export type Door = 'tool' | 'bridge' | 'both'

/** A server that listens. */
export interface Serving {
  app: FastifyInstance
  /** The address on which it really listens. */
  address: string
  /** Answers what is under way, takes nothing new, and closes. */
  close(): Promise<void>
}

/** How long one answer of the readiness probe is good for, in milliseconds. */
const probeLife = 15_000

/**
 * Opens the doors on one port, after the database was found fit. Throws DatabaseUnfit with one sentence that says
 * what to set.
 */
export async function serve(ground: Ground, door: Door): Promise<Serving> {
  const { config, log } = ground
  requireSecureAddress(config)
  requireFit(await probe(ground.db, migrations, { url: config.databaseUrl }))

  const app = await buildServer(ground, door)
  const address = await app.listen({ host: config.host, port: config.port })
  log.info({ address, door }, 'doors opened')
  return { app, address, close: () => closeInOrder(app) }
}

/** Connections that a browser keeps open without asking anything would hold the end up for as long as it likes. */
async function closeInOrder(app: FastifyInstance): Promise<void> {
  const impatience = setTimeout(() => app.server.closeAllConnections(), 3_000)
  await app.close()
  clearTimeout(impatience)
}

/** The server with its doors, not listening yet. Reads from top to bottom as a request passes through it. */
export async function buildServer(ground: Ground, door: Door): Promise<FastifyInstance> {
  const app = createServer(ground)
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
  })

  await app.register(metrics)
  await app.register(openapi, { version, publicUrl: ground.config.publicUrl })
  await app.register(health, {
    probe: remembered(() => probe(ground.db, migrations)),
    stopping: () => stopping,
  })
  if (door !== 'tool') await app.register(bridge, ground)
  if (door !== 'bridge') {
    // Loaded only where it is served: ltijs brings mongoose along, half a second and 40 MB.
    const { tool } = await import('../lti-tool/app.ts')
    await app.register(tool, ground)
  }
  return app
}

function remembered(fresh: () => Promise<ProbeResult>): () => Promise<ProbeResult> {
  let last: { at: number; result: ProbeResult } | null = null
  return async () => {
    if (last && Date.now() - last.at < probeLife && last.result.ok) return last.result
    last = { at: Date.now(), result: await fresh() }
    return last.result
  }
}
