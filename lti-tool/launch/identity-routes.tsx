import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import type { Tone } from '../web/components.tsx'
import { langOf } from '../web/messages.ts'
import { bindIdentity, isParked, postponeIdentity, wasAsked } from './identity.ts'
import { IdentityBody } from './identity-page.tsx'
import { looksLikeIdentityNumber } from './identity-shape.ts'
import { sendLaunchPage } from './launch-page.ts'
import { identityText } from './messages.ts'
import { csrfToken } from './session.ts'

const typedForm = z.object({
  teacher_no: z.string().max(200).default(''),
  name: z.string().max(500).default(''),
})

const ask: FastifyPluginAsync<Ground> = async (app, { db }) => {
  app.addHook('preHandler', async (request, reply) => {
    const { launch } = request
    const isFront = request.method === 'GET' && request.url.split('?')[0] === `/app/${launch.launchId}/`
    if (!isFront || request.headers['hx-request'] !== undefined) return
    if (launch.teacherId !== null || launch.test || launch.launchRole !== 'learner') return
    if (await wasAsked(db, launch.personId)) return
    return reply.redirect(`/app/${launch.launchId}/identity`, 303)
  })
}

/** Sends a learner who is not linked yet to the page of 身份绑定, once, before the first page of a launch. */
export const askWhoFirst: FastifyPluginAsync<Ground> = fp(ask as never)

/** 身份绑定, below /app/:launch/. */
export const identityRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get('/identity', async (request, reply) => {
    const parked = request.launch.teacherId === null && (await isParked(ground.db, request.launch.personId))
    return show(request, reply, parked ? { tone: 'info', text: sayTo(request)('waiting') } : null)
  })

  app.post('/identity', { schema: { body: typedForm } }, async (request, reply) => {
    const { launch } = request
    const say = sayTo(request)
    const form = request.body as z.infer<typeof typedForm>
    const typed = { teacherNo: cleaned(form.teacher_no), name: cleaned(form.name) }
    if (launch.teacherId !== null || launch.test)
      return reply.redirect(`/app/${launch.launchId}/identity`, 303)
    // Not kept and not given back: an identity number has no place here.
    if (looksLikeIdentityNumber(typed.teacherNo) || looksLikeIdentityNumber(typed.name)) {
      return show(request, reply.status(422), { tone: 'warn', text: say('identityNumber') })
    }
    if (!typed.teacherNo || !typed.name || [...typed.teacherNo].length > 64 || [...typed.name].length > 255) {
      return show(request, reply.status(422), { tone: 'warn', text: say('missing') }, typed)
    }
    const result = await bindIdentity(ground, launch, typed)
    request.log.info({ launchId: launch.launchId, outcome: result.outcome }, 'identity binding tried')
    if (result.outcome === 'linked') return reply.redirect(`/app/${launch.launchId}/`, 303)
    if (result.outcome === 'wait') {
      reply.status(429).header('retry-after', result.minutes * 60)
      return show(request, reply, { tone: 'warn', text: say('wait', { minutes: result.minutes }) }, typed)
    }
    const text = result.triesLeft > 0 ? say('parked', { left: result.triesLeft }) : say('parkedLast')
    return show(request, reply.status(422), { tone: 'warn', text }, typed)
  })

  app.post('/identity/later', async (request, reply) => {
    await postponeIdentity(ground, request.launch.personId)
    return reply.redirect(`/app/${request.launch.launchId}/`, 303)
  })

  function show(
    request: FastifyRequest,
    reply: FastifyReply,
    notice: { tone: Tone; text: string } | null,
    typed = { teacherNo: '', name: request.launch.sharedName ?? '' },
  ): FastifyReply {
    const { launch } = request
    const say = sayTo(request)
    const csrf = csrfToken(ground.config, launch.launchId)
    return sendLaunchPage(request, reply, ground, {
      title: say('title'),
      width: 'reading',
      body: <IdentityBody launch={launch} csrf={csrf} say={say} typed={typed} notice={notice} />,
    })
  }
}

function sayTo(request: FastifyRequest) {
  const acceptLanguage = request.headers['accept-language']
  return identityText(langOf({ locale: request.launch.locale, acceptLanguage }))
}

function cleaned(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\p{Cc}/gu, '')
    .trim()
}
