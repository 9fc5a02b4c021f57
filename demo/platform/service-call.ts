import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PlatformCourse } from './courses.ts'
import type { Platform } from './platform.ts'
import type { Faults, Service } from './service-modes.ts'
import { activeTool, type ToolRegistration } from './tools.ts'

/** A call of a service that is answered with an error. */
export class CallRefused extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

/** One call of a service, with who calls about what, and what is spoilt for it. */
export interface ServiceCall {
  course: PlatformCourse
  tool: ToolRegistration
  query: URLSearchParams
  faults: Faults
  moodle: boolean
}

/** Errors of the services are JSON; a body may be of any of the 1EdTech media types. */
export function speaksServices(app: FastifyInstance): void {
  app.addContentTypeParser(
    /^application\/vnd\.ims\.[\w.-]+\+json/,
    { parseAs: 'string' },
    (_request, body, done) => {
      try {
        done(null, JSON.parse(String(body)))
      } catch {
        done(new CallRefused(400, 'the body is not JSON'))
      }
    },
  )
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof CallRefused ? error.status : error.statusCode
    if (status === undefined || status >= 500) throw error
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).send({ error: error.message })
  })
}

/** What is spoilt for this call: by the standing modes, and by those of the launch that gave the address. */
export function faultsOf(
  platform: Platform,
  query: URLSearchParams,
  service: Service,
  part?: string,
): { faults: Faults; moodle: boolean } {
  const held = platform.held.get(query.get('faults') ?? '')
  const standing = platform.serviceModes
  return {
    faults: new Map([
      ...standing.forCall(service, part),
      ...(held?.forCall(service, part) ?? new Map<string, string>()),
    ]),
    moodle: standing.moodle || held?.moodle === true,
  }
}

/**
 * Who calls, by the access token, and about which course.
 *
 * Throws CallRefused: 401 without a good token, 403 for a scope that was not
 * granted or for another client's address, 404 for an address without its query.
 */
export function callOf(
  platform: Platform,
  request: FastifyRequest,
  asked: { service: Service; part?: string; scopes: string[] },
): ServiceCall {
  const query = queryOf(request)
  const { faults, moodle } = faultsOf(platform, query, asked.service, asked.part)
  const token = /^Bearer ([\w-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const access = platform.accessTokens.find(token ?? '')
  const tool = activeTool(platform.tools, access?.clientId)
  if (!access || !tool) throw new CallRefused(401, 'the access token is missing, unknown or expired')
  if (!asked.scopes.some((scope) => access.scopes.includes(scope)))
    throw new CallRefused(403, `the access token lacks the scope ${asked.scopes.join(' or ')}`)
  const { course: courseId } = request.params as { course?: string }
  const course = platform.courses.find((each) => each.id === courseId)
  if (!course || !query.has('client'))
    throw new CallRefused(404, 'no such service: an address must be used as it was given, query included')
  if (query.get('client') !== tool.clientId) throw new CallRefused(403, 'this address is of another client')
  return { course, tool, query, faults, moodle }
}

/** The query of a request; of a repeated name the first counts. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  return new URL(request.url, 'http://platform').searchParams
}

/** Throws CallRefused unless the body came as exactly this media type; a charset may stand behind it. */
export function mustSend(request: FastifyRequest, media: string, moodle: boolean): void {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== media)
    throw new CallRefused(moodle ? 400 : 415, `the body must be sent as ${media}`)
}

/** Throws CallRefused unless exactly this media type is asked for; Moodle wants nothing beside it. */
export function mustAccept(request: FastifyRequest, media: string, moodle: boolean): void {
  const accept = request.headers.accept ?? ''
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase())
  if (moodle ? accept !== media : !types.includes(media))
    throw new CallRefused(moodle ? 400 : 406, `the Accept header must name ${media}`)
}

const STATUS_TEXT: Record<string, string> = {
  '409': 'a newer score is on record',
  '404': 'no such line item',
}

/** Fails as the faults say; true when the answer was given or never will be. */
export async function failed(reply: FastifyReply, faults: Faults): Promise<boolean> {
  const slow = faults.get('slow')
  if (slow !== undefined) await setTimeout(Number(slow || 12_000), undefined, { ref: false })
  if (faults.has('hang')) {
    // The connection stays open without an answer, until the caller or the platform ends.
    reply.hijack()
    return true
  }
  const status = [...faults.keys()].find((name) => /^[45]\d\d$/.test(name))
  if (status === undefined) return false
  if (status === '429' || status === '503') reply.header('retry-after', faults.get(status) || '2')
  if (status === '401') reply.header('www-authenticate', 'Bearer error="invalid_token"')
  reply.code(Number(status)).send({ error: STATUS_TEXT[status] ?? `fails on purpose with ${status}` })
  return true
}

/** A part of a list and the `Link` header with which the caller gets the rest. */
export interface ListPage<T> {
  items: T[]
  link: string | null
}

/**
 * Cuts one page out of a list by `limit` and `from` of the query; `size` where no limit is asked for, never more than `most`.
 *
 * The next address is the asked one with another `from`, so that filters and
 * whatever else stands in it stay.
 */
export function pageOf<T>(
  all: T[],
  request: FastifyRequest,
  publicUrl: string,
  { size, most = 100 }: { size: number; most?: number },
): ListPage<T> {
  const query = queryOf(request)
  const limit = wholeNumber(query.get('limit')) ?? size
  const from = wholeNumber(query.get('from')) ?? 0
  if (limit === 0) throw new CallRefused(400, 'limit must be at least 1')
  const end = from + Math.min(limit, most)
  if (end >= all.length) return { items: all.slice(from), link: null }
  const next = new URL(request.url, publicUrl)
  next.searchParams.set('from', String(end))
  return { items: all.slice(from, end), link: `<${next.href}>; rel="next"` }
}

function wholeNumber(text: string | null): number | null {
  if (text === null) return null
  if (!/^\d{1,6}$/.test(text)) throw new CallRefused(400, 'limit and from must be whole numbers')
  return Number(text)
}
