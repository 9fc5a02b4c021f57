import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { BridgeRefused } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { sendForbidden } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import type { NewCredential, ReceiptLine, SourceDetail } from './answers.ts'
import { isId, linesOf, listOf, sendIntake, textOf } from './intake.tsx'
import { orRefusal } from './said.tsx'
import { SourcePage } from './source-page.tsx'
import type { Looked } from './source-receipts.tsx'
import { choices } from './source-words.ts'
import { sourcesText } from './sources-messages.ts'

interface Params {
  source: string
}

interface Asked {
  told?: string
  n?: string
  id?: string
}

/** One source: how it is, its settings, its credentials, and what became of what it sent. */
export const sourceDetailRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Params: Params; Querystring: Asked }>('/sources/:source', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    const { told, n, id } = request.query
    const looked = id === undefined ? null : await lookUp(request, request.params.source, textOf(id))
    return show(request, reply, { told, n: /^\d{1,9}$/.test(n ?? '') ? Number(n) : 0, looked })
  })

  app.post<{ Params: Params }>('/sources/:source/state', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const { state, sure, discard } = request.body as Record<string, unknown>
    if (state === 'revoked' && sure !== 'yes') return back(reply, request, { told: 'not_sure' })
    const isTrialDropped = state === 'live' && discard === 'yes'
    const done = await change(request, { state, ...(isTrialDropped ? { discard_trial: true } : {}) })
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return back(
      reply,
      request,
      isTrialDropped ? { told: 'discarded', n: String(done.discarded) } : { told: 'state' },
    )
  })

  app.post<{ Params: Params }>('/sources/:source/settings', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Record<string, unknown>
    const chosen = Object.keys(choices).map((name) => [name, textOf(form[name])])
    const done = await change(request, {
      ...Object.fromEntries(chosen),
      actor_home_pages: linesOf(form.home_pages),
      rate_statements: numberOrNull(form.rate_statements),
      rate_bytes: numberOrNull(form.rate_bytes),
    })
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done, form })
    return back(reply, request, { told: done.changed.length > 0 ? 'saved' : 'unchanged' })
  })

  app.post<{ Params: Params }>('/sources/:source/credentials', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Record<string, unknown>
    const scopes = listOf(form.scope)
    const days = numberOrNull(form.days)
    const bridge = await desk.bridge(request.desk.who)
    const made = await orRefusal(
      bridge.send<NewCredential>(`${pathOf(request)}/credentials`, {
        body: { ...(scopes.length > 0 ? { scopes } : {}), ...(days === null ? {} : { expires_days: days }) },
      }),
    )
    // Answered here and now, so that the secret is in no address and is gone with the next page.
    return show(request, reply, made instanceof BridgeRefused ? { refusal: made } : { made })
  })

  app.post<{ Params: Params }>('/sources/:source/credentials/revoke', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const key = textOf((request.body as Record<string, unknown>).key)
    const bridge = await desk.bridge(request.desk.who)
    const path = `${pathOf(request)}/credentials/${encodeURIComponent(key)}/revoke`
    const done = await orRefusal(bridge.send<object>(path))
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return back(reply, request, { told: 'key_revoked' })
  })

  app.post<{ Params: Params }>('/sources/:source/signing', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const { secret, deed } = request.body as Record<string, unknown>
    const bridge = await desk.bridge(request.desk.who)
    const wish =
      deed === 'remove'
        ? ({ method: 'DELETE' } as const)
        : ({ method: 'PUT', body: { secret: textOf(secret) } } as const)
    const done = await orRefusal(bridge.send<object>(`${pathOf(request)}/signing-secret`, wish))
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return back(reply, request, { told: 'signing' })
  })

  async function change(request: FastifyRequest, body: object) {
    const bridge = await desk.bridge(request.desk.who)
    const wish = { method: 'PATCH', body, patienceMs: 30_000 } as const
    return orRefusal(bridge.send<{ changed: string[]; discarded: number }>(pathOf(request), wish))
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    more: Omit<Parameters<typeof SourcePage>[0], 'frame' | 'source'>,
  ): Promise<FastifyReply> {
    const bridge = await desk.bridge(request.desk.who)
    const source = await bridge.get<SourceDetail>(pathOf(request))
    const title = `${source.name} · ${sourcesText(request.desk.lang)('health')}`
    const body = <SourcePage frame={request.desk} source={source} {...more} />
    return sendIntake(reply, request.desk, {
      tab: 'sources',
      title,
      body,
      status: more.refusal ? 422 : 200,
    })
  }

  /** What an id leads to: a receipt, or else one statement. */
  async function lookUp(request: FastifyRequest, sourceId: string, id: string): Promise<Looked> {
    if (!isId(id)) return { id, lines: 'bad' }
    const bridge = await desk.bridge(request.desk.who)
    const base = `/api/sources/${encodeURIComponent(sourceId)}`
    const receipt = await orRefusal(bridge.get<{ statements: ReceiptLine[] }>(`${base}/receipts/${id}`))
    if (!(receipt instanceof BridgeRefused)) return { id, lines: receipt.statements }
    if (receipt.code === 'receipt-expired') return { id, lines: 'expired' }
    const line = await orRefusal(bridge.get<ReceiptLine>(`${base}/statements/${id}`))
    return { id, lines: line instanceof BridgeRefused ? 'none' : [line] }
  }
}

function pathOf(request: FastifyRequest): string {
  return `/api/sources/${encodeURIComponent((request.params as Params).source)}`
}

function back(reply: FastifyReply, request: FastifyRequest, told: Record<string, string>): FastifyReply {
  const { source } = request.params as Params
  return reply.redirect(`/desk/sources/${encodeURIComponent(source)}?${new URLSearchParams(told)}`, 303)
}

function numberOrNull(value: unknown): number | string | null {
  const text = textOf(value)
  if (text === '') return null
  // What is no number goes on as it is: the bridge refuses it, and says so.
  return /^\d{1,13}$/.test(text) ? Number(text) : text
}
