import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { queryOf } from '../../foundation/http/query.ts'
import type { Id } from '../../foundation/ids.ts'
import { conversionStatesOf as statesOf } from '../conversion/states.ts'
import { NotAuthenticated } from '../errors.ts'
import { isUuid } from '../language/terms.ts'
import { type Authenticator, challengeFor } from './authenticate.ts'
import { receiptLineJson } from './json.ts'
import { receiptCsv } from './receipt-csv.ts'
import { whyNoReceipt } from './receipt-expiry.ts'
import type { ReceiptLine } from './receipt-line.ts'
import { receiptOf, statementReceipt } from './receipts.ts'
import { bearerIn, seemsForXapi } from './token.ts'

const querystring = queryOf({ format: z.enum(['json', 'csv']).optional() })
const params = z.object({ source: z.string(), id: z.string() })

/** An id of an address in the form that code carries; null for what is none. */
function idIn(text: string): Id | null {
  return isUuid(text) ? text.toLowerCase() : null
}

/**
 * What became of a request or of one statement: for the source that sent it, by its own credential or a token of that,
 * and for whoever may read `/api`.
 */
export const receiptRoutes: FastifyPluginAsyncZod<{ ground: Ground; authenticator: Authenticator }> = async (
  app,
  { ground, authenticator },
) => {
  const { db, now } = ground
  app.addHook('onError', async (request, reply, error) => {
    if (error instanceof NotAuthenticated) reply.header('WWW-Authenticate', challengeFor(request))
  })

  app.get(
    '/api/sources/:source/receipts/:id',
    {
      schema: {
        summary: 'What became of each statement of a request',
        params,
        querystring,
        response: {
          200: z.object({
            receipt: z.string(),
            complete: z
              .boolean()
              .describe('false: too old to tell of repeats and conflicts; places are left out'),
            statements: z.array(receiptLineJson),
          }),
        },
      },
    },
    async (request, reply) => {
      const [sourceId, asked] = [
        await readableSource(request, request.params.source),
        idIn(request.params.id),
      ]
      const at = now()
      const receipt =
        sourceId && asked ? await receiptOf(db, { sourceId, receipt: asked, now: at, statesOf }) : null
      if (!receipt) {
        const { rejectedInputDays } = ground.config
        throw await whyNoReceipt(db, sourceId && asked, { now: at, rejectedInputDays })
      }
      return wantsCsv(request) ? asCsv(reply, receipt.statements) : receipt
    },
  )

  app.get(
    '/api/sources/:source/statements/:id',
    {
      schema: {
        summary: 'What became of one statement, by its id',
        params,
        querystring,
        response: { 200: receiptLineJson },
      },
    },
    async (request, reply) => {
      const [sourceId, asked] = [
        await readableSource(request, request.params.source),
        idIn(request.params.id),
      ]
      const line =
        sourceId && asked ? await statementReceipt(db, { sourceId, statementId: asked, statesOf }) : null
      if (!line)
        throw new NotFound(
          'statement-unknown',
          'nothing of this id is stored for this source; what was refused stands under its receipt',
        )
      return wantsCsv(request) ? asCsv(reply, [line]) : line
    },
  )

  /** The source of an address, if who asks may know of it; else null. Throws without a good credential. */
  async function readableSource(request: FastifyRequest, text: string): Promise<Id | null> {
    const { authorization } = request.headers
    const sourceId = idIn(text)
    if (bearerIn(authorization) !== null && !seemsForXapi(authorization)) {
      await app.requireToken(request, 'read')
      return sourceId
    }
    const { source } = await authenticator.callerOf(authorization, request.ip)
    return source.id === sourceId ? sourceId : null
  }
}

function wantsCsv(request: FastifyRequest): boolean {
  const { format } = request.query as z.output<typeof querystring>
  if (format) return format === 'csv'
  return /^\s*text\/csv\b/i.test(request.headers.accept ?? '')
}

function asCsv(reply: FastifyReply, lines: ReceiptLine[]): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', 'attachment; filename="receipt.csv"')
    .header('x-content-type-options', 'nosniff')
    .send(receiptCsv(lines))
}
