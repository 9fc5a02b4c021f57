import type { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { NotFound } from '../../foundation/errors.ts'
import { BadRequest, EncodedBody, isKept, MethodNotAllowed, NotAuthenticated } from '../errors.ts'
import { type Negotiated, negotiate, type Version } from '../language/version.ts'
import { type Caller, challengeFor } from '../sources/authenticate.ts'
import { requestInForm } from './alternate.ts'
import { answerPreflight, openToBrowsers } from './cors.ts'
import type { Handler, Method, Resource, XapiRequest } from './exchange.ts'
import { boundedForm, credentialIn, mostUnknown } from './form-body.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Which source sent this request to the bridge, and what its credential permits. */
    caller: Caller | null
    /** The rules of xAPI that bind this request. */
    xapiVersion: Version
  }
}

/** What the protocol needs to serve its resources. */
export interface Protocol {
  resources: Resource[]
  defaultVersion: Version
  /** Says who sends a request; throws when it may not come in. Asked once for each request. */
  callerOf(authorization: string | undefined, address: string): Promise<Caller>
  /** Hears of every PUT and POST with the bytes that came; throws when the source has used up what it may push. */
  admitPush?(caller: Caller, bytes: number): void
}

/**
 * Serves resources of xAPI: version, credential, method and syntax of a request are settled here, once for all of them,
 * so that a handler only sees what was asked (xAPI Communication 1 and 3).
 */
export const protocol: FastifyPluginAsync<Protocol> = async (app, on) => {
  app.decorateRequest('caller', null)
  app.decorateRequest('xapiVersion', on.defaultVersion)
  // The bytes are the truth: nothing may parse them before a resource does.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  for (const resource of on.resources) serve(resource)
  app.setNotFoundHandler((request, reply) => {
    greet(request, reply)
    throw new NotFound('not-found', 'there is nothing at this address')
  })

  function serve(resource: Resource): void {
    const allow = allowedBy(resource)
    // Whom nobody asks who they are, nothing of size is taken from.
    const bodyLimit = resource.isOpen ? mostUnknown : resource.bodyLimit
    app.route({
      method: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'],
      url: resource.path,
      schema: { hide: true },
      ...(bodyLimit && { bodyLimit }),
      onRequest: async (request, reply) => {
        const negotiated = greet(request, reply)
        if (request.method === 'OPTIONS') return answerPreflight(reply, allow)
        if (isEncoded(request)) throw new EncodedBody()
        if (isInForm(request)) return
        if (!handlerOf(resource, request.method)) throw new MethodNotAllowed(allow)
        if (!resource.isOpen) await admit(request, request.headers.authorization, negotiated)
      },
      preParsing: async (request, reply, payload) => {
        if (resource.isOpen || !isInForm(request)) return payload
        return boundedForm(payload as Readable, (beginning) => identify(request, reply, beginning))
      },
      handler: async (request, reply) => {
        const asked = isInForm(request) ? await unfold(resource, request, reply) : askedBy(request)
        const handler = handlerOf(resource, asked.method)
        if (!handler) throw new MethodNotAllowed(allow)
        if (asked.caller && (asked.method === 'PUT' || asked.method === 'POST'))
          on.admitPush?.(asked.caller, asked.body.length)
        const { status, headers, body } = await handler(asked as XapiRequest)
        if (resource.always) await accompany(reply, resource.always)
        reply.status(status).headers(headers)
        if (asked.method !== 'HEAD') return reply.send(body)
        // A HEAD in a form is answered as the POST that it came as: there nothing of the length may stay.
        if (request.method === 'HEAD') reply.header('Content-Length', Buffer.byteLength(body))
        // An empty text gets the character set that the text itself would get, and bytes get none.
        return reply.send(typeof body === 'string' ? '' : noBody)
      },
      onError: async (request, reply, error) => {
        if (error instanceof NotAuthenticated) reply.header('WWW-Authenticate', challengeFor(request))
        if (error instanceof MethodNotAllowed) reply.header('Allow', error.allow)
        // What was refused for its content is kept, and has a receipt too.
        if (isKept(error)) reply.header('X-Xueshi-Receipt', error.receipt)
        if (resource.always) await accompany(reply, resource.always)
      },
    })
  }

  function greet(request: FastifyRequest, reply: FastifyReply): Negotiated {
    if (request.headers.origin !== undefined) openToBrowsers(reply)
    return settle(request, reply, request.headers['x-experience-api-version'] as string | undefined)
  }

  function settle(request: FastifyRequest, reply: FastifyReply, header: string | undefined): Negotiated {
    const negotiated = negotiate(header, on.defaultVersion)
    request.xapiVersion = negotiated.version
    reply.header('X-Experience-API-Version', negotiated.version)
    return negotiated
  }

  async function admit(
    request: FastifyRequest,
    authorization: string | undefined,
    { understood }: Negotiated,
  ): Promise<void> {
    request.caller = await on.callerOf(authorization, request.ip)
    if (!understood)
      throw new BadRequest('X-Experience-API-Version is missing or names a version not spoken here')
  }

  /** Lets in who begins a large form: by the credential in it, which goes before that of the header. */
  async function identify(request: FastifyRequest, reply: FastifyReply, beginning: Buffer): Promise<void> {
    try {
      await on.callerOf(credentialIn(beginning) ?? request.headers.authorization, request.ip)
    } catch (error) {
      // The sender may still be sending.
      reply.header('Connection', 'close')
      throw error
    }
  }

  /** A credential may stand in the form alone, so only here is it known who sends it. */
  async function unfold(resource: Resource, request: FastifyRequest, reply: FastifyReply): Promise<Asked> {
    const { headers, ...said } = requestInForm(
      request.query as Query,
      request.headers as XapiRequest['headers'],
      bodyOf(request),
    )
    const negotiated = settle(request, reply, headers['x-experience-api-version'])
    if (!resource.isOpen) await admit(request, headers.authorization, negotiated)
    if (negotiated.version !== '1.0.3')
      throw new BadRequest('the alternate request syntax belongs to xAPI 1.0.x alone')
    return { ...said, headers, repeated: false, caller: request.caller, version: negotiated.version }
  }
}

type Query = Record<string, string | string[]>
type Asked = Omit<XapiRequest, 'method' | 'caller'> & { method: string; caller: Caller | null }

const noBody = Buffer.alloc(0)
const noParams: ReadonlyMap<string, string> = new Map()

function allowedBy({ methods }: Resource): string {
  const own = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...own, 'OPTIONS'].join(', ')
}

function handlerOf({ methods }: Resource, method: string): Handler | undefined {
  return methods[(method === 'HEAD' ? 'GET' : method) as Method]
}

/** While the database is away there may be nothing true to say; that must not turn an answer into another one. */
async function accompany(reply: FastifyReply, always: NonNullable<Resource['always']>): Promise<void> {
  const headers = await always().catch(() => null)
  if (headers) reply.headers(headers)
}

function isEncoded({ headers }: FastifyRequest): boolean {
  const encoding = headers['content-encoding']
  return encoding !== undefined && encoding !== '' && !/^identity$/i.test(encoding)
}

/** Whether a request comes by the alternate request syntax. */
function isInForm(request: FastifyRequest): boolean {
  return request.method === 'POST' && (request.query as Query).method !== undefined
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : noBody
}

function askedBy(request: FastifyRequest): Asked {
  let repeated = false
  let params = noParams
  const query = Object.entries(request.query as Query)
  if (query.length > 0) {
    repeated = query.some(([, value]) => Array.isArray(value))
    params = new Map(query.map(([name, value]) => [name, Array.isArray(value) ? (value[0] ?? '') : value]))
  }
  return {
    method: request.method,
    params,
    repeated,
    headers: request.headers as XapiRequest['headers'],
    body: bodyOf(request),
    caller: request.caller,
    version: request.xapiVersion,
  }
}
