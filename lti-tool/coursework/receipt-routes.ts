import type { FastifyPluginAsync } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { fragment, sendHtml } from '../web/page.tsx'
import { frameOf } from './frame.tsx'
import { journeyOf } from './journey.ts'
import { ReceiptState, receiptPage } from './receipt-page.tsx'
import { roomOf } from './room.ts'

/** The receipt of a finished course (完成回执), and the part of it that renews itself. */
export const receiptRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get('/receipt', async (request, reply) => {
    const room = await roomOf(ground, request.launch)
    const journey = room?.enrolment ? await journeyOf(ground, room.enrolment) : null
    const frame = frameOf(request, ground)
    return sendHtml(
      reply,
      receiptPage({ frame, room, journey, zone: ground.config.timeZone, now: ground.now() }),
    )
  })

  app.get('/receipt/state', async (request, reply) => {
    const room = await roomOf(ground, request.launch)
    const journey = room?.enrolment ? await journeyOf(ground, room.enrolment) : null
    if (!room || !journey) return reply.status(204).send()
    const frame = frameOf(request, ground)
    return sendHtml(reply, fragment(ReceiptState({ frame, journey, now: ground.now() })))
  })
}
