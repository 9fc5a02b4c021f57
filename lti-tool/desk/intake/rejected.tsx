import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { BridgeRefused } from '../bridge.ts'
import type { Desk } from '../desk.ts'
import { sendForbidden } from '../frame.tsx'
import { mayDo, maySee } from '../who.ts'
import type { BulkShown, MendingShown, RejectedSummary, SourceShown } from './answers.ts'
import { isId, listOf, sendIntake, textOf } from './intake.tsx'
import { RejectedList } from './rejected-list.tsx'
import { rejectedText } from './rejected-messages.ts'
import type { BulkOutcome, RejectedAsked } from './rejected-parts.tsx'
import { orRefusal } from './said.tsx'

/** How many refused requests one page shows, one step of a bulk mending takes, and a whole bulk mending. */
const size = { page: 50, step: 50, bulk: 1000 }

/** The list of what a page of refused requests shows. */
interface Listed {
  inputs: RejectedSummary[]
  total: number
  open_by_code: Record<string, number>
}

/** The dead letter as a list, with bulk mending of one kind of fault. */
export const rejectedListRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Querystring: Record<string, unknown> }>('/rejected', async (request, reply) => {
    if (!maySee(request.desk.who, 'sources')) return sendForbidden(reply, request.desk)
    return show(request, reply, askedOf(request.query), {})
  })

  app.post('/rejected/mend', async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'tend_intake')) return sendForbidden(reply, request.desk)
    const form = request.body as Record<string, unknown>
    const mendings = listOf(form.mending)
    const asked = askedOf({ code: form.code, source: form.source, state: 'open' })
    const reason = textOf(form.why)
    // Only what was looked at is replayed: with other mendings it is a look again.
    const isApplied = form.step === 'replay' && reason !== '' && textOf(form.seen) === mendings.join(' ')
    const done = await mendAll(request, { asked, mendings, reason: isApplied ? reason : null })
    if (done instanceof BridgeRefused) return show(request, reply, asked, { refusal: done })
    const outcome: BulkOutcome = { ...done, mendings, reason, isApplied }
    return show(request, reply, asked, { bulk: outcome })
  })

  /** Goes on until nothing is left, or enough was done for one request; without a reason it only looks. */
  async function mendAll(
    request: FastifyRequest,
    wish: { asked: RejectedAsked; mendings: string[]; reason: string | null },
  ): Promise<(BulkShown & { capped: boolean }) | BridgeRefused> {
    const { asked, mendings, reason } = wish
    const bridge = await desk.bridge(request.desk.who)
    const sum: BulkShown = {
      inputs: 0,
      ready: 0,
      accepted: 0,
      duplicate: 0,
      refused: [],
      samples: [],
      next: null,
    }
    do {
      const body = {
        code: asked.code,
        mendings,
        size: size.step,
        ...(asked.source ? { source: asked.source } : {}),
        ...(sum.next ? { after: sum.next } : {}),
        ...(reason === null ? {} : { apply: true, reason }),
      }
      const step = await orRefusal(bridge.send<BulkShown>('/api/rejected/mend', { body, patienceMs: 60_000 }))
      if (step instanceof BridgeRefused) return step
      for (const count of ['inputs', 'ready', 'accepted', 'duplicate'] as const) sum[count] += step[count]
      sum.refused.push(...step.refused)
      sum.samples.push(...step.samples)
      sum.next = step.next
    } while (sum.next !== null && sum.inputs < size.bulk)
    return { ...sum, samples: sum.samples.slice(0, 20), capped: sum.next !== null }
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: RejectedAsked,
    more: { bulk?: BulkOutcome; refusal?: BridgeRefused },
  ): Promise<FastifyReply> {
    const { who, lang } = request.desk
    const bridge = await desk.bridge(who)
    const { before, ...filter } = asked
    const given = Object.entries({ ...filter, before }).filter(([, value]) => value)
    const query = new URLSearchParams({ ...Object.fromEntries(given), size: String(size.page) })
    const listed = await bridge.get<Listed>(`/api/rejected?${query}`)
    const { sources } = await bridge.get<{ sources: SourceShown[] }>('/api/sources')
    const { mendings } = await bridge.get<{ mendings: MendingShown[] }>('/api/rejected/mendings')
    const body = (
      <RejectedList
        frame={request.desk}
        asked={asked}
        inputs={listed.inputs}
        total={listed.total}
        openByCode={listed.open_by_code}
        sources={sources}
        mendings={mendings}
        hasMore={listed.inputs.length === size.page}
        {...more}
      />
    )
    return sendIntake(reply, request.desk, {
      tab: 'rejected',
      title: rejectedText(lang)('title'),
      body,
      status: more.refusal ? 422 : 200,
    })
  }
}

/** What the address asks for; what is none of it is left out, so that an old link still shows the list. */
function askedOf(query: Record<string, unknown>): RejectedAsked {
  const [source, before] = [textOf(query.source), textOf(query.before)]
  const code = textOf(query.code)
  const state = query.state === undefined ? 'open' : textOf(query.state)
  return {
    source: isId(source) ? source : '',
    code: /^[a-z0-9-]{1,40}$/.test(code) ? code : '',
    state: ['open', 'mended', 'dismissed'].includes(state) ? state : '',
    before: isId(before) ? before : '',
  }
}
