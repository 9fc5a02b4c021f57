import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { langOf } from '../web/messages.ts'
import { type PageParts, page, sendHtml } from '../web/page.tsx'
import { csrfToken } from './session.ts'

/**
 * Answers with a page of the launch on `request.launch`: in the language of the launch, with the page's CSRF token and
 * the script that keeps its session alive.
 */
export function sendLaunchPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { config }: Pick<Ground, 'config'>,
  parts: PageParts,
): FastifyReply {
  const { launchId, locale } = request.launch
  const whole: PageParts = {
    lang: langOf({ locale, acceptLanguage: request.headers['accept-language'] }),
    home: `/app/${launchId}/`,
    csrf: csrfToken(config, launchId),
    ...parts,
    scripts: [...(parts.scripts ?? []), 'session.js'],
    data: { ...parts.data, launch: launchId },
  }
  return sendHtml(reply, page(whole))
}
