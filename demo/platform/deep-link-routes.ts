import type { FastifyInstance } from 'fastify'
import { type DeepLinkAnswer, readAnswer } from './deep-link-answer.ts'
import { answeredPage, refusedPage } from './deep-link-page.tsx'
import type { DeepLinkingRequest } from './deep-linking.ts'
import type { Platform } from './platform.ts'
import { notFound, sendPage, viewOf } from './site.ts'
import { ToolTokenRefused } from './tool-keys.ts'

/** Where the tool returns with what was chosen for a course (Deep Linking 2.0 §4.4). */
export function deepLinkRoutes(app: FastifyInstance, platform: Platform): void {
  app.post<{ Querystring: { request?: string }; Body: { JWT?: string } | null }>(
    '/lti/deep-links',
    async (request, reply) => {
      const asked = platform.deepLinking.get(request.query.request ?? '')
      if (!asked) return notFound(platform, request, reply)
      const view = viewOf(platform, request)
      try {
        if (view.person && view.person.key !== asked.person.key)
          throw new ToolTokenRefused('somebody else is signed in')
        const answer = await readAnswer(platform, asked, request.body?.JWT ?? '')
        // Looked at only now: a wrong answer must not use up the request, and after an `await` another may have come first.
        if (asked.answered) throw new ToolTokenRefused('this request was answered before')
        asked.answered = true
        add(platform, asked, answer)
        return sendPage(reply, answeredPage(view.language, asked.course, answer))
      } catch (error) {
        if (!(error instanceof ToolTokenRefused)) throw error
        return sendPage(reply, refusedPage(view.language, asked.course, error.message), 400)
      }
    },
  )
}

function add(platform: Platform, { course, tool }: DeepLinkingRequest, { items }: DeepLinkAnswer): void {
  for (const { link, lineItem } of items) {
    platform.links.push(link)
    if (lineItem) platform.gradebook.add(course, tool.clientId, lineItem)
  }
}
