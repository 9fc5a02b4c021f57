import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { NotFound } from '../../../foundation/errors.ts'
import { sha256 } from '../../../foundation/ids.ts'
import { type Bridge, BridgeRefused } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { sendForbidden } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import type { DraftShown, MendingShown, RejectedDetail } from './answers.ts'
import { isId, listOf, sendIntake, textOf } from './intake.tsx'
import { asTyped, spread } from './json-lines.ts'
import { rejectedText } from './rejected-messages.ts'
import { RejectedPage } from './rejected-page.tsx'
import type { Mending, Plan } from './rejected-parts.tsx'
import { orRefusal } from './said.tsx'

interface Params {
  id: string
}

interface Asked {
  told?: string
  accepted?: string
  duplicate?: string
}

/** How large a form may be: statements of a large request, each edited, in percent signs. */
const bodyLimit = 16 * 1024 * 1024

/** One refused request: its statements beside their faults, mended, looked at, and replayed or set aside. */
export const rejectedOneRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Params: Params; Querystring: Asked }>('/rejected/:id', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    const { told, accepted, duplicate } = request.query
    const count = (text: string | undefined) => (/^\d{1,6}$/.test(text ?? '') ? Number(text) : 0)
    return show(request, reply, {
      told,
      counts: { accepted: count(accepted), duplicate: count(duplicate) },
    })
  })

  app.post<{ Params: Params }>('/rejected/:id', { bodyLimit }, async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Record<string, unknown>
    const bridge = await desk.bridge(request.desk.who)
    const detail = await bridge.get<RejectedDetail>(pathOf(request))
    const plan = planOf(form, detail)
    const digest = sha256(JSON.stringify(plan)).toString('hex')
    const reason = textOf(form.why)
    const isSeen = textOf(form.seen) === digest
    if (form.step === 'replay' && isSeen && reason !== '') {
      const body = { ...plan, reason }
      const wish = { body, patienceMs: 60_000 }
      const done = await orRefusal(
        bridge.send<{ accepted: number; duplicate: number }>(`${pathOf(request)}/replay`, wish),
      )
      if (!(done instanceof BridgeRefused)) {
        const { accepted, duplicate } = done
        return back(reply, request, { told: 'replayed', accepted: `${accepted}`, duplicate: `${duplicate}` })
      }
      return show(request, reply, { refusal: done, mending: { plan, form, digest, draft: null } })
    }
    const draft = await orRefusal(
      bridge.send<DraftShown>(`${pathOf(request)}/preview`, { body: plan, patienceMs: 60_000 }),
    )
    if (draft instanceof BridgeRefused) {
      return show(request, reply, { refusal: draft, mending: { plan, form, digest, draft: null } })
    }
    const note = form.step !== 'replay' ? undefined : isSeen ? 'whyMissing' : 'differs'
    return show(request, reply, { mending: { plan, form, digest, draft, ...(note ? { note } : {}) } })
  })

  app.post<{ Params: Params }>('/rejected/:id/dismiss', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const reason = textOf((request.body as Record<string, unknown>).why)
    if (reason === '') return back(reply, request, { told: 'why' })
    const bridge = await desk.bridge(request.desk.who)
    const done = await orRefusal(bridge.send<object>(`${pathOf(request)}/dismiss`, { body: { reason } }))
    if (done instanceof BridgeRefused) return show(request, reply, { refusal: done })
    return back(reply, request, { told: 'dismissed' })
  })

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    more: {
      told?: string | undefined
      counts?: { accepted: number; duplicate: number }
      refusal?: BridgeRefused
      mending?: Mending
    },
  ): Promise<FastifyReply> {
    const bridge: Bridge = await desk.bridge(request.desk.who)
    const detail = await bridge.get<RejectedDetail>(pathOf(request))
    const { mendings } = await bridge.get<{ mendings: MendingShown[] }>('/api/rejected/mendings')
    const body = <RejectedPage frame={request.desk} detail={detail} mendings={mendings} {...more} />
    return sendIntake(reply, request.desk, {
      tab: 'rejected',
      title: `${rejectedText(request.desk.lang)('one')} · ${detail.source}`,
      body,
      status: more.refusal ? 422 : 200,
    })
  }
}

function pathOf(request: FastifyRequest): string {
  const { id } = request.params as Params
  // Beside the requests themselves the bridge has other addresses there.
  if (!isId(id)) throw new NotFound('rejected-unknown', 'no refused request has this id')
  return `/api/rejected/${id}`
}

function back(reply: FastifyReply, request: FastifyRequest, told: Record<string, string>): FastifyReply {
  const { id } = request.params as Params
  return reply.redirect(`/desk/rejected/${encodeURIComponent(id)}?${new URLSearchParams(told)}`, 303)
}

function planOf(form: Record<string, unknown>, detail: RejectedDetail): Plan {
  const mendings = listOf(form.mending)
  const leaveOut = listOf(form.leave_out)
    .filter((text) => /^\d{1,4}$/.test(text))
    .map(Number)
  const edits = detail.statements.flatMap(({ index, before }) => {
    const given = form[`text-${index}`]
    if (typeof given !== 'string') return []
    const text = asTyped(given)
    return text === asTyped(spread(before)) ? [] : [{ index, text }]
  })
  const rest = {
    ...(mendings.length > 0 ? { mendings } : {}),
    ...(leaveOut.length > 0 ? { leave_out: leaveOut } : {}),
  }
  const [edit] = edits
  // What cannot be taken apart is edited as a whole.
  if (edit && isWhole(detail)) return { body: edit.text, ...rest }
  return { ...(edits.length > 0 ? { edits } : {}), ...rest }
}

/** Whether the one text that is shown is the whole body, since it could not be taken apart. */
function isWhole({ total, statements }: RejectedDetail): boolean {
  return total === 1 && statements[0]?.faults_before.some(({ pointer }) => pointer === '') === true
}
