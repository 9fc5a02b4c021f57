import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { isKept, NotAuthenticated, StatementConflict, TooMany } from '../errors.ts'
import { hasIdentityNumber, withoutHashes } from '../language/identity-guard.ts'
import type { XapiRequest } from '../protocol/exchange.ts'
import { type Authenticator, type Caller, challengeFor } from '../sources/authenticate.ts'
import { postStatements, type Receiving } from '../statements/receive.ts'
import { translateEnvelope } from './envelope-360learning.ts'
import { createSender } from './sender.ts'

/** What adapters need: they stand in front of the endpoint and hand it statements as any source would. */
export interface Adapting {
  ground: Ground
  authenticator: Authenticator
  receiving: Receiving
}

/** How large an envelope may be, in bytes: it holds one statement. */
const bodyLimit = 1024 * 1024

/**
 * `POST /api/sources/{source}/envelopes/360learning`: takes the envelope of 360Learning's webhook, with the credential of
 * the source, its signature, or both.
 *
 * 200: the statement is stored, or was before · 202: it cannot be stored as it is, and waits in the dead letter for a
 * person; the platform sends again whatever is not answered with 2xx, and that would help nobody · 400: the body is no
 * JSON (kept as well) · 401, 403, 429, 503: as the endpoint.
 */
export const adapterRoutes: FastifyPluginAsync<Adapting> = async (app, on) => {
  const callerOf = createSender(on)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))
  app.post<{ Params: { source: string } }>(
    '/api/sources/:source/envelopes/360learning',
    { schema: { hide: true }, bodyLimit },
    async (request, reply) => {
      const caller = await callerOf(request).catch((error) => {
        if (error instanceof NotAuthenticated) reply.header('WWW-Authenticate', challengeFor(request))
        throw error
      })
      const { status, receipt, state } = await take(on, request, caller)
      reply.header('X-Xueshi-Receipt', receipt)
      return reply.status(status).send({ state, receipt })
    },
  )
}

interface Taken {
  status: 200 | 202 | 400
  receipt: Id
  state: 'stored' | 'waits'
}

async function take(
  { ground, receiving }: Adapting,
  request: FastifyRequest,
  caller: Caller,
): Promise<Taken> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const headers = request.headers as Record<string, string | undefined>
  const { source } = caller
  admit(receiving, caller, body.length)
  const translated = translateEnvelope(body, { headers, source, iriBase: ground.config.xapiIriBase })
  const made =
    'text' in translated && source.guard !== 'off' && losesIdentityNumber(body, translated.text)
      ? { fault: { index: 0, pointer: '', code: 'pii-in-statement' as const } }
      : translated
  if ('fault' in made) {
    receiving.health.note(source.id, { requests: 1, refused: 1 })
    const receipt = await receiving.rejects.keep({
      sourceId: source.id,
      receivedAt: ground.now(),
      status: 400,
      method: 'POST',
      version: '1.0.3',
      via: '360learning',
      addressId: null,
      headers,
      body,
      faults: [made.fault],
    })
    return { status: made.fault.code === 'invalid-json' ? 400 : 202, receipt, state: 'waits' }
  }
  const keeping: Receiving = {
    ...receiving,
    // What is kept is what came, not what was made of it: a later version may make something better.
    rejects: { keep: (input) => receiving.rejects.keep({ ...input, via: '360learning', headers, body }) },
  }
  try {
    return await post(keeping, caller, made.text)
  } catch (error) {
    if (!isKept(error)) throw error
    return { status: 202, receipt: error.receipt, state: 'waits' }
  }
}

/** As the endpoint: what is too fast is answered 429, and counted. */
function admit({ rates, health }: Receiving, { source }: Caller, bytes: number): void {
  try {
    rates.admit(source, bytes)
  } catch (error) {
    if (error instanceof TooMany) health.note(source.id, { limited: 1 })
    throw error
  }
}

/** A number loses digits when it is read, so what came may hold an identity number that the guard would not see. */
function losesIdentityNumber(body: Buffer, text: string): boolean {
  const holds = (one: string) => hasIdentityNumber(withoutHashes(one))
  return holds(body.toString()) && !holds(text)
}

/**
 * Stores the statement. Where only a header says when the event happened, a retry may name another time: what differs
 * from the stored statement by its time alone is the same, so a conflict is looked at again without the time.
 */
async function post(keeping: Receiving, caller: Caller, text: string): Promise<Taken> {
  const first: Receiving = {
    ...keeping,
    rejects: { keep: async (input) => (input.status === 409 ? newId() : keeping.rejects.keep(input)) },
    health: {
      ...keeping.health,
      note: (id, tally) => (tally.conflict === undefined ? keeping.health.note(id, tally) : undefined),
    },
  }
  // A source that drops conflicts quietly would hide this one, and it may be none.
  const telling: Caller = { ...caller, source: { ...caller.source, onConflict: 'refuse' } }
  try {
    return await store(first, telling, text)
  } catch (error) {
    if (!(error instanceof StatementConflict)) throw error
  }
  return store(keeping, caller, JSON.stringify({ ...JSON.parse(text), timestamp: undefined }))
}

async function store(receiving: Receiving, caller: Caller, text: string): Promise<Taken> {
  const request: XapiRequest = {
    method: 'POST',
    params: new Map(),
    repeated: false,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(text),
    caller,
    version: '1.0.3',
  }
  const { headers } = await postStatements(receiving, request)
  return { status: 200, receipt: headers['X-Xueshi-Receipt'] ?? newId(), state: 'stored' }
}
