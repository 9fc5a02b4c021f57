import type { FastifyReply, FastifyRequest } from 'fastify'
import type { View } from './layout.tsx'
import type { Platform } from './platform.ts'
import { texts } from './texts.ts'

/** How a page is drawn for whoever asks for it. */
export function viewOf(platform: Platform, request: FastifyRequest): View {
  const language = request.cookies.language === 'en' ? 'en' : 'zh'
  return { language, person: platform.signedIn(request), path: request.url }
}

/** Answers that there is no such page, or none for this person. */
export function notFound(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const { language } = viewOf(platform, request)
  return reply.code(404).type('text/plain; charset=utf-8').send(texts[language].notFound)
}

/** Answers with a page. */
export function sendPage(reply: FastifyReply, html: string, status = 200) {
  return reply.code(status).type('text/html; charset=utf-8').send(html)
}

/** The modes in a field of a form or query: one a line, or several fields. */
export function wordsIn(mode: string | string[] | undefined): string[] {
  return [mode ?? []]
    .flat()
    .flatMap((text) => text.split('\n'))
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
