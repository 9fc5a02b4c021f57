import fp from 'fastify-plugin'
import type { Ground } from '../../foundation/ground.ts'
import { frameOrigins } from './registration.ts'

/**
 * What every page allows itself: nothing from elsewhere, nothing inline. `formsTo` names further origins to which its
 * forms may go.
 */
export function pagePolicy(formsTo: string[] = []): string {
  return [...policy, ["form-action 'self'", ...formsTo].join(' ')].join('; ')
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
]

declare module 'fastify' {
  interface FastifyRequest {
    /** Origins that may show this one page in a frame, where they are others than those of active platforms. */
    frameAncestors: string[] | null
  }
}

/**
 * Gives every page its headers. Pages of launches may stand in frames of active platforms; other pages in none. A route
 * that needs more (a frame of course content) sets its own `Content-Security-Policy`, to which the ancestors are added.
 */
export const pageHeaders = fp<Pick<Ground, 'db' | 'log'>>(async (app, { db, log }) => {
  // Kept for the time the database is away: the page that says so must still show in its frame.
  let ancestors: string[] = []
  app.decorateRequest('frameAncestors', null)

  app.addHook('onSend', async (request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    reply.header('referrer-policy', 'no-referrer').header('x-content-type-options', 'nosniff')
    if (!String(reply.getHeader('content-type') ?? '').startsWith('text/html')) return
    if (isFramed(request.url)) {
      try {
        ancestors = await frameOrigins(db)
      } catch (error) {
        log.warn({ err: error }, 'frame origins could not be read')
      }
    }
    const framing = request.frameAncestors ?? (isFramed(request.url) ? ancestors : [])
    const allowed = framing.length > 0 ? framing.join(' ') : "'none'"
    const own = reply.getHeader('content-security-policy')
    reply.header('content-security-policy', `${own ?? pagePolicy()}; frame-ancestors ${allowed}`)
  })
})

function isFramed(url: string): boolean {
  return url.startsWith('/app/') || url.startsWith('/lti/')
}
