import type { FastifyRequest } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import type { Bridge } from './bridge.ts'
import type { DeskFrame } from './frame.tsx'
import type { Who } from './who.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in at the desk and what pages there are made with; set before any route of the desk runs. */
    desk: DeskFrame
  }
}

/** What the rooms of the desk stand on. */
export interface Desk extends Ground {
  /** The bridge, spoken to as whoever is signed in. */
  bridge(who: Who): Promise<Bridge>
  /** Throws CsrfRefused for a request that no page of ours sent. */
  refuseForeign(request: FastifyRequest): void
}
