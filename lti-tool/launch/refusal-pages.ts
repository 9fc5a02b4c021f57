import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ExpectedError } from '../../foundation/errors.ts'
import { problemOf, statusOf } from '../../foundation/http/problem.ts'
import { sendHtml } from '../web/page.tsx'
import { launchesCounted } from './counts.ts'
import { refusalPage } from './pages.tsx'
import { LaunchRefused } from './refusal.ts'

/**
 * Answers what people's browsers are refused with a page in Chinese and English; a script still gets
 * `application/problem+json` from the server below.
 */
export const refusalPages = fp(async (app) => {
  app.setErrorHandler((error, request, reply) => {
    if (!wantsPage(request)) throw error
    return refuse(request, reply, expectedOf(request, error))
  })
})

/** Sends the page of a refusal, and tells the log why. */
export function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof ExpectedError) {
    const { code, kind } = error
    const { reason, registrationId } = error instanceof LaunchRefused ? error : {}
    if (error instanceof LaunchRefused) launchesCounted.inc({ outcome: code })
    request.log.info({ code, reason, registrationId }, 'request refused')
    if (error.retryAfterSeconds) reply.header('retry-after', error.retryAfterSeconds)
    return sendHtml(reply.status(statusOf(kind)), refusalPage(code, request.id))
  }
  const { status, code } = problemOf(error)
  if (status >= 500) request.log.error({ err: error }, 'request failed')
  return sendHtml(reply.status(status), refusalPage(code, request.id))
}

/** At the launch door whatever fails is one of its codes: a form of another kind or size, or a database that is away. */
function expectedOf(request: FastifyRequest, error: unknown): unknown {
  if (error instanceof ExpectedError || !request.url.startsWith('/lti/')) return error
  const { statusCode = 500, code = '' } = error as { statusCode?: number; code?: string }
  if (statusCode === 413) return new LaunchRefused('lti-malformed', code, 'too_large')
  if (statusCode === 415) return new LaunchRefused('lti-malformed', code, 'unsupported')
  if (statusCode < 500) return new LaunchRefused('lti-malformed', code)
  request.log.error({ err: error }, 'launch door failed')
  return new LaunchRefused('lti-unavailable', 'an error of ours or of the database', 'unavailable', error)
}

function wantsPage({ url, headers }: FastifyRequest): boolean {
  return (
    /^\/lti\/(login|launch|register|deep-links)(?![\w-]|\/check)/.test(url) ||
    /\btext\/html\b/.test(headers.accept ?? '')
  )
}
