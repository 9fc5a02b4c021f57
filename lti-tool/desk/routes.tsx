import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { newId } from '../../foundation/ids.ts'
import { deskScope } from '../../ledger/access/bearer.ts'
import { checkCsrf, csrfToken } from '../launch/session.ts'
import { platformListRoutes } from '../platforms/desk-list.tsx'
import { platformOneRoutes } from '../platforms/desk-one.tsx'
import { auditRoutes } from './audit.tsx'
import { bridgeFor } from './bridge.ts'
import { claimRoutes } from './claims.tsx'
import type { Desk } from './desk.ts'
import { langOfRequest, sendForbidden } from './frame.tsx'
import { importRoutes } from './imports.tsx'
import { intakeRoutes } from './intake/routes.ts'
import { deskText } from './messages.ts'
import { memberRoutes } from './platforms/members.tsx'
import { scoreRoutes } from './platforms/scores.tsx'
import { sendProblem } from './problem.tsx'
import { queueRoutes } from './queue.tsx'
import { signInRoutes } from './sign-in.tsx'
import { teacherRoutes } from './teachers.tsx'
import { todayRoutes } from './today.tsx'
import { mayDo, whoOf } from './who.ts'

/** How long a token lives that a page makes for one question to the bridge, in seconds. */
const tokenLife = 60

/** Pages for people who come without a launch: sign-in, and the desk of district, schools and inspectors. */
export const deskRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  const { config } = ground
  await app.register(signInRoutes, ground)

  const desk: Desk = {
    ...ground,
    async bridge(who) {
      const scopes = [deskScope, 'read', ...(mayDo(who, 'decide_queue') ? ['write'] : [])]
      const token = await signApiToken(
        config.tokenSecret,
        { jti: newId(), sub: who.loginId, scopes },
        tokenLife,
      )
      return bridgeFor(ground, () => token)
    },
    refuseForeign: (request) => checkCsrf(request, config, request.desk.who.loginId),
  }
  await app.register(deskScopeOf(desk), { prefix: '/desk' })
}

function deskScopeOf(desk: Desk): FastifyPluginAsync {
  return async (app) => {
    app.decorateRequest('desk')
    app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error))
    app.setNotFoundHandler((request, reply) =>
      sendProblem(request, reply, new NotFound('not-found', 'there is nothing at this address')),
    )
    if (!app.hasContentTypeParser('application/x-www-form-urlencoded')) await app.register(formbody)
    await app.register(multipart, { limits: { fileSize: 10 * 1024 * 1024, files: 10, fields: 20 } })

    app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
      const who = await whoOf(request, desk)
      if (!who) return reply.redirect('/login', 303)
      const lang = langOfRequest(request)
      request.desk = { who, lang, say: deskText(lang), csrf: csrfToken(desk.config, who.loginId) }
      if (who.roles.length === 0) return sendForbidden(reply, request.desk)
    })

    for (const room of [
      todayRoutes,
      teacherRoutes,
      claimRoutes,
      queueRoutes,
      intakeRoutes,
      scoreRoutes,
      memberRoutes,
      importRoutes,
      platformListRoutes,
      platformOneRoutes,
      auditRoutes,
    ]) {
      await app.register(room, desk)
    }
  }
}
