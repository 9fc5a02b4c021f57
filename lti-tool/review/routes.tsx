import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { transact } from '../../foundation/database/transact.ts'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { sendLaunchPage } from '../launch/launch-page.ts'
import type { LaunchSession } from '../launch/session.ts'
import { langOf } from '../web/messages.ts'
import { reviewText } from './messages.ts'
import { ReviewBody } from './page.tsx'
import { workOf } from './work.ts'

const first: FastifyPluginAsync<Ground> = async (app) => {
  app.addHook('preHandler', async (request, reply) => {
    const { launch } = request
    if (launch.messageType !== 'LtiSubmissionReviewRequest') return
    const isFront = request.method === 'GET' && request.url.split('?')[0] === `/app/${launch.launchId}/`
    if (isFront) return reply.redirect(`/app/${launch.launchId}/review`, 303)
  })
}

/** Sends a launch from a gradebook to the work that it asks for, before any other page of it. */
export const reviewFirst: FastifyPluginAsync<Ground> = fp(first as never)

/**
 * A learner's work, read-only (LTI Submission Review 1.0), below /app/:launch/: for who leads the course, and for the
 * learner. The door let in nobody else. A look at another person's work is in the audit.
 */
export const reviewRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get('/review', async (request, reply) => {
    const { launch } = request
    const { forSub, offeringId, iss } = launch
    if (forSub === null) throw new NotFound('not-found', 'this launch asks for nobody’s work')
    const work = offeringId ? await workOf(ground.db, { iss, sub: forSub }, offeringId) : null
    if (work && forSub !== launch.sub) await noteLook(ground, launch, work.offering.code)
    const lang = langOf({ locale: launch.locale, acceptLanguage: request.headers['accept-language'] })
    return sendLaunchPage(request, reply, ground, {
      title: reviewText(lang)('title'),
      body: <ReviewBody lang={lang} zone={ground.config.timeZone} work={work} />,
    })
  })
}

async function noteLook({ db, now }: Ground, launch: LaunchSession, offering: string): Promise<void> {
  await transact(db, (trx) =>
    recordAudit(trx, {
      actor: `platform:${launch.registrationId}`,
      action: 'submission-viewed',
      subjectKind: 'lti_person',
      subjectId: launch.forSub ?? '',
      detail: { by: launch.sub, offering, launch: launch.launchId },
      now: now(),
    }),
  )
}
